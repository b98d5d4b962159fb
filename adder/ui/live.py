"""What moves while a run trains: progress, figures, curves and twenty examples."""

from __future__ import annotations

import statistics

import streamlit as st

from adder import evaluation, training
from adder.experiment import Experiment
from adder.jobs import JobView
from adder.presets import from_query, to_query
from adder.results import EpochEvent
from adder.solver import true_texts
from adder.ui import state
from adder.ui.charts import curves as lines
from adder.ui.drawing import draw, duration, percent, visible


def status() -> None:
    """How far the run is and what it scores; redraws itself while the run is active."""
    view, _ = state.look()
    if view is not None:
        _progress_bar(view)
        _figures(view.events[-1] if view.events else None, view.experiment)


def curves(was_active: bool) -> None:
    """The run's curves and examples; redraws itself while the run is active."""
    view, lost = state.look()
    if lost or (was_active and (view is None or not view.active)):
        st.rerun()  # the buttons belong to the page, and the fragments need not redraw themselves any more
    experiment = view.experiment if view else state.experiment()
    events = view.events if view else ()
    held_out = bool(experiment.task.held_out)
    _, guess_characters = _guess(to_query(experiment))
    on_characters = experiment.encoding.writes_characters
    if not events:
        st.info(
            "Press **Train**: the loss and the accuracy are drawn here after every epoch, and twenty questions with "
            "what the network answers."
            if view is None
            else "The curves begin after the first epoch. The first run after the server has started waits for "
            "TensorFlow, and a network that is new to this machine is compiled first: on a small machine that can "
            "take a minute.",
            icon=":material/show_chart:",
        )
        return
    epochs = experiment.training.epochs
    loss, accuracy = st.columns(2, gap="large")
    with loss:
        frame = lines.loss_frame(state.language(), events, held_out)
        draw(
            frame,
            lines.loss_chart(state.language(), held_out, epochs, on_characters),
            "Loss by epoch; its last value stands above",
        )
    with accuracy:
        frame = lines.accuracy_frame(state.language(), events, held_out, guess_characters)
        draw(
            frame,
            lines.accuracy_chart(state.language(), held_out, epochs),
            "Accuracy by epoch; its last values stand above",
        )
    _examples(events[-1], held_out)


def _progress_bar(view: JobView) -> None:
    epochs = view.experiment.training.epochs
    done = len(view.events)
    if view.status == "queued":
        place = f"Number {view.place} in the queue" if view.place > 1 else "Next in the queue"
        st.progress(done / epochs, text=f"{place}. {view.message}." if view.message else f"{place}.")
        return
    if view.status == "running":
        text = f"Epoch {done} of {epochs}"
        if view.moving and done > 1:
            text += f" · {duration(_seconds_left(view))} left · {_speed(view):,.0f} questions a second"
        st.progress(min(1.0, done / epochs), text=f"{text}. {view.message}." if view.message else text)
        return
    seconds = sum(event.seconds for event in view.events)
    words = {
        "done": f"Done: {done} epochs in {duration(seconds)}",
        "paused": f"Paused after epoch {done} of {epochs}",
        "stopped": f"Stopped after epoch {done} of {epochs}",
        "failed": f"Failed after epoch {done} of {epochs}",
    }[view.status]
    if view.status == "done" and done < epochs:
        words = f"Reached its target after epoch {done} of {epochs}, in {duration(seconds)}"
    st.progress(min(1.0, done / epochs), text=f"{words}.")
    if view.status == "failed":
        st.error(state.plain(f"{view.message}."), icon=":material/error:")


def _seconds_left(view: JobView) -> float:
    return _recent_seconds(view) * (view.experiment.training.epochs - len(view.events))


def _speed(view: JobView) -> float:
    return view.experiment.training.samples / _recent_seconds(view)


def _recent_seconds(view: JobView) -> float:
    later = view.events[1:]  # the first epoch may have waited for its compilation
    return statistics.median(event.seconds for event in later[-5:])


@st.cache_data(max_entries=256, show_spinner=False)
def _guess(query: str) -> tuple[float, float]:
    experiment = from_query(query)
    return evaluation.guess_scores(true_texts(experiment, training.check_questions(experiment)))


def _figures(event: EpochEvent | None, experiment: Experiment) -> None:
    guess_exact, guess_characters = _guess(to_query(experiment))
    on_characters = experiment.encoding.writes_characters
    asked = "held-out questions, never trained on" if experiment.task.held_out else "fresh questions"
    with st.container(horizontal=True):
        _metric(
            "Exact match",
            percent(event.exact_match) if event else "–",
            f"guessing {guess_exact:.1%}",
            f"Answers right in every character, on a fixed list of {asked}. Below it, what always writing the "
            "commonest character of each position would score.",
        )
        if on_characters:
            _metric(
                "Characters right",
                percent(event.check_accuracy) if event else "–",
                f"guessing {guess_characters:.1%}",
                f"On the same list of {asked}. The spaces that pad an answer count too, so this flatters; that is why "
                "even guessing scores.",
            )
        _metric(
            "Loss",
            f"{event.check_loss:.4f}" if event else "–",
            f"training {event.loss:.4f}" if event else "no epoch yet",
            f"On the same list of {asked}; below it, the mean over the last epoch's training questions.",
        )


def _metric(label: str, value: str, beside: str, text: str) -> None:
    st.metric(label, value, beside, delta_color="off", delta_arrow="off", border=True, help=text)


def _examples(event: EpochEvent, held_out: bool) -> None:
    kind = (
        "held-out questions, never trained on"
        if held_out
        else "fresh questions (nothing is held out, so training may have seen them)"
    )
    right = sum(example.correct for example in event.examples)
    st.markdown(f"**{right} of {len(event.examples)}** {kind}, after epoch {event.epoch}:")
    rows = [
        {
            "Question": f"`{example.question}`",
            "Expected": f"`{visible(example.expected)}`",
            "Predicted": _compared(example.predicted, example.expected),
            "": "✓ right" if example.correct else "✗ wrong",
        }
        for example in event.examples
    ]
    half = (len(rows) + 1) // 2
    for column, part in zip(st.columns(2, gap="large"), (rows[:half], rows[half:]), strict=True):
        if part:
            column.table(part, hide_index=True)


def _compared(predicted: str, expected: str) -> str:
    if len(predicted) != len(expected):
        return f":red-background[**{predicted}**]"
    if predicted == expected:
        return f"`{visible(predicted)}`"
    marked = (
        f"`{visible(char)}`" if char == truth else f":red-background[**{visible(char)}**]"
        for char, truth in zip(predicted, expected, strict=True)
    )
    return " ".join(marked)
