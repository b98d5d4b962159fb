"""What moves while a run trains: progress, figures, curves and twenty examples."""

from __future__ import annotations

import statistics

import streamlit as st

from adder.base.figures import figure
from adder.base.messages import counted
from adder.experiment import Experiment
from adder.query import from_query, to_query
from adder.runs.run import RunView
from adder.solvers import evaluation
from adder.solvers.results import Epoch
from adder.training import trainer
from adder.training.trainer import EpochEvent
from adder.ui import run_service, watched_run
from adder.ui.charts import epoch_curves as lines
from adder.ui.drawing import draw
from adder.ui.formats import duration, percent, visible
from adder.ui.hiding import shows
from adder.ui.language import say, session_language
from adder.ui.markdown import code, plain

_LEAST_SECONDS = 0.3  # between two redraws
_SECONDS_PER_WATCHER = 0.03  # all watchers share what the server can draw
_LEAST_QUEUED_SECONDS = 1.0  # between two polls of a run that waits
_FEW = 100  # check questions, whose share of right answers says little without its interval


def poll_seconds(view: RunView | None) -> float | None:
    """Seconds between two polls of a run; None if there is nothing to wait for."""
    if view is None or not view.active:
        return None
    return max(redraw_seconds(), _LEAST_QUEUED_SECONDS) if view.status == "queued" else redraw_seconds()


def interval() -> float | None:
    """The same for the watched run as it is now."""
    return poll_seconds(watched_run.poll()[0])


def redraw_seconds() -> float:
    """Seconds between two redraws of something that moves: the more people watch, the longer."""
    return max(_LEAST_SECONDS, _SECONDS_PER_WATCHER * run_service.get().watching)


def status() -> None:
    """How far the run is and what it scores; redraws itself while the run is active."""
    view, _ = watched_run.poll()
    if view is not None:
        progress(view)
        figures(view.events[-1] if view.events else None, view.experiment)


def curves() -> None:
    """The run's curves and examples; redraws itself while the run is active."""
    view, _ = watched_run.poll()
    if view is None and not shows("train"):
        return
    if view is None:
        text = say(
            "Press **Train**: the loss and the accuracy are drawn here after every epoch, and twenty questions with "
            "what the network answers."
        )
        st.info(text, icon=":material/show_chart:")
    elif not view.events and view.active and view.status != "loading":
        text = say(
            "The curves begin after the first epoch. The first run after the server has started waits for "
            "TensorFlow, and a network that is new to this machine is compiled first: on a small machine that can "
            "take a minute."
        )
        st.info(text, icon=":material/show_chart:")
    elif view.events:
        charts(view)
        examples(view.events[-1], view.experiment)
        if not view.active:  # earlier, the line would come and go, and move what is below it
            _best_epoch_note(view)


def charts(view: RunView) -> None:
    """Loss and accuracy by epoch, side by side."""
    experiment, language = view.experiment, session_language()
    held_out, epochs = bool(experiment.task.held_out), experiment.training.epochs
    _, guess_characters, _ = _guess(to_query(experiment))
    loss, accuracy = st.columns(2, gap="large")
    with loss:
        frame = lines.loss_frame(language, view.events, held_out)
        chart = lines.loss_chart(language, held_out, epochs, experiment.encoding.writes_characters)
        draw(frame, chart, say("Loss by epoch; its last value stands above"))
    with accuracy:
        frame = lines.accuracy_frame(language, view.events, held_out, guess_characters)
        chart = lines.accuracy_chart(language, held_out, epochs)
        draw(frame, chart, say("Accuracy by epoch; its last values stand above"))


def _best_epoch_note(view: RunView) -> None:
    """After a run whose best epoch was not its last: which one it was, and why."""
    best = max(view.events, key=lambda event: (event.exact_match, event.epoch))
    if view.events[-1].exact_match < best.exact_match:
        st.caption(
            say(
                "The best epoch was {epoch}, with an exact match of {share}. A late dip is common: the last steps "
                "were taken at a learning rate that still shakes the weights. “Keep the best epoch” under More keeps "
                "the best, and a final learning rate calms the end.",
                epoch=best.epoch,
                share=percent(best.exact_match),
            )
        )


def progress(view: RunView) -> None:
    """How far a run is, with its message."""
    epochs = view.experiment.training.epochs
    done = len(view.events)
    message = say(view.message)
    values: dict[str, object] = {"done": done, "epochs": epochs}
    if view.status == "loading" or view.lost:
        st.progress(0.0, text=_ended(message))
        return
    if view.status == "queued":
        place = say("Number {place} in the queue.", place=view.place) if view.place > 1 else say("Next in the queue.")
        if view.wait is not None:
            wait = say("About {time} to wait.", time=duration(max(1.0, view.wait)))
            place = f"{place} {wait}"
        st.progress(min(1.0, done / epochs), text=f"{place} {_ended(message)}")
        return
    if view.status == "running":
        text = say("Epoch {done} of {epochs}", **values)
        if view.moving and done > 1:
            # The first epoch may include compilation.
            seconds = statistics.median(event.seconds for event in view.events[1:][-5:])
            speed = round(view.experiment.training.samples / max(seconds, 1e-9))
            left = say("{time} left", time=duration(seconds * (epochs - done)))
            rate = say(counted("{n:,} question a second", "{n:,} questions a second", n=speed))
            text = f"{text} · {left} · {rate}"
        if view.watchers > 1:
            watched = say(counted("{n} watches this run", "{n} watch this run", n=view.watchers))
            text = f"{text} · {watched}"
        if view.part:
            part = say("{share} of the next", share=percent(view.part))
            text = f"{text} · {part}"
        share = min(1.0, (done + view.part) / epochs)
        st.progress(share, text=f"{text}. {_ended(message)}" if message else text)
        return
    values["time"] = duration(sum(event.seconds for event in view.events))
    reached = say("Reached its target after epoch {done} of {epochs}, in {time}.", **values)
    words = {
        "done": reached
        if done < epochs
        else say(counted("Done: {n} epoch in {time}.", "Done: {n} epochs in {time}.", n=done, time=values["time"])),
        "paused": say("Paused after epoch {done} of {epochs}.", **values),
        "stopped": say("Stopped after epoch {done} of {epochs}.", **values),
        "failed": say("Failed after epoch {done} of {epochs}.", **values),
    }[view.status]
    failed = view.status == "failed"
    st.progress(min(1.0, done / epochs), text=words if failed or not message else f"{words} {_ended(message)}")
    if failed:
        st.error(plain(_ended(message)), icon=":material/error:")


def _ended(message: str) -> str:
    return f"{message}{say('.')}" if message else ""


@st.cache_data(max_entries=256, show_spinner=False)
def _guess(query: str) -> tuple[float, float, int]:
    """What guessing scores on the check questions, whole answers and characters; and how many questions there are."""
    experiment = from_query(query)
    questions = trainer.check_questions(experiment)
    whole, characters = evaluation.guess_scores(experiment.encoding.true_texts(experiment.task, questions))
    return whole, characters, len(questions)


def figures(event: Epoch | None, experiment: Experiment) -> None:
    """The last epoch's figures, each beside the score of guessing or of training."""
    guess_exact, guess_characters, n = _guess(to_query(experiment))
    asked = say(
        counted(
            "On {n} held-out question, always the same, never trained on.",
            "On {n} held-out questions, always the same, never trained on.",
            n=n,
        )
        if experiment.task.held_out
        else counted(
            "On {n} fresh question, always the same, drawn anew from the same task.",
            "On {n} fresh questions, always the same, drawn anew from the same task.",
            n=n,
        )
    )
    with st.container(horizontal=True):
        _metric(
            say("Exact match"),
            percent(event.exact_match) if event else "–",
            say("guessing {share:.1%}", share=guess_exact),
            asked
            + " "
            + say(
                "Answers right in every character. Below it, what always writing the commonest character of each "
                "position would score."
            ),
        )
        if experiment.encoding.writes_characters:
            _metric(
                say("Characters right"),
                percent(event.check_accuracy) if event else "–",
                say("guessing {share:.1%}", share=guess_characters),
                asked
                + " "
                + say(
                    "The spaces that pad an answer count too, so this flatters; that is why even guessing scores. "
                    "Padding left out, it is {share}.",
                    share=percent(event.unpadded_accuracy) if event else "–",
                ),
            )
        _metric(
            say("Loss"),
            figure(event.check_loss, 4) if event else "–",
            say("training {loss}", loss=figure(event.loss, 4)) if event else say("no epoch yet"),
            asked + " " + say("Below it, the mean over the last epoch's training questions."),
        )

    task = experiment.task
    there_are = task.held_out_questions if task.held_out else task.distinct_questions
    if event is not None and n < min(_FEW, there_are):  # more would have taken too long
        low, high = evaluation.wilson_interval(event.exact_match, n)
        said = counted(
            "{n} question was asked; {sure} sure, the exact match is {low:.1%} to {high:.1%}.",
            "{n} questions were asked; {sure} sure, the exact match is {low:.1%} to {high:.1%}.",
            n=n,
            sure="95 %",
            low=low,
            high=high,
        )
        st.caption(say(said))


def _metric(label: str, value: str, beside: str, text: str) -> None:
    st.metric(label, value, beside, delta_color="off", delta_arrow="off", border=True, help=text)


def examples(event: EpochEvent, experiment: Experiment) -> None:
    """Twenty of the questions asked after every epoch, with the expected and the predicted answers."""
    if not event.examples:
        return
    right, asked = sum(example.correct for example in event.examples), len(event.examples)
    st.markdown(
        say(
            counted(
                "**{right} of {n}** held-out question, never trained on, after epoch {epoch}:",
                "**{right} of {n}** held-out questions, never trained on, after epoch {epoch}:",
                n=asked,
                right=right,
                epoch=event.epoch,
            )
            if experiment.task.held_out
            else counted(
                "**{right} of {n}** fresh question (nothing is held out, so training may have seen it), after epoch "
                "{epoch}:",
                "**{right} of {n}** fresh questions (nothing is held out, so training may have seen them), after epoch "
                "{epoch}:",
                n=asked,
                right=right,
                epoch=event.epoch,
            )
        )
    )
    rows = [
        {
            say("Question"): code(example.question),
            say("Expected"): code(visible(example.expected)),
            say("Predicted"): compared(example.predicted, example.expected),
            " ": say("✓ right") if example.correct else say("✗ wrong"),
        }
        for example in event.examples
    ]
    half = (len(rows) + 1) // 2
    for column, part in zip(st.columns(2, gap="large"), (rows[:half], rows[half:]), strict=True):
        if part:
            column.table(part, hide_index=True)


def compared(predicted: str, expected: str) -> str:
    """The predicted answer as Markdown, with its wrong characters marked.

    >>> print(compared("73", "72"))
    `7` :red-background[**3**]
    """
    if len(predicted) != len(expected):
        return f":red-background[**{plain(visible(predicted))}**]"
    if predicted == expected:
        return code(visible(predicted))
    marked = (
        code(visible(char)) if char == truth else f":red-background[**{plain(visible(char))}**]"
        for char, truth in zip(predicted, expected, strict=True)
    )
    return " ".join(marked)
