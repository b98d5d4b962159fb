"""The playground: choose an experiment, train it live, watch it learn, and ask it any sum.

The page is drawn once a click. What moves while a run trains are three fragments, which redraw themselves alone.
"""

from __future__ import annotations

import statistics

import pandas as pd
import streamlit as st

from adder import evaluation, training
from adder.assets import shipped_solver
from adder.encoding import ScaledEncoding
from adder.errors import AdderError, JobError
from adder.experiment import LARGEST_SEED, MOST_EPOCHS, Experiment
from adder.jobs import JobView
from adder.presets import PRESETS, from_query, nearest_preset, preset, to_query
from adder.results import Answer, EpochEvent
from adder.solver import Solver
from adder.task import LARGEST_NUMBER, MOST_HELD_OUT, MOST_TERMS
from adder.ui import charts, state

TITLE = "Playground"
ICON = ":material/model_training:"
PATH = "playground"

_LIVE_SECONDS = 0.3
_TARGETS = {"never": None, "90 %": 0.9, "99 %": 0.99, "100 %": 1.0}
_CUSTOM = "custom"


def show() -> None:
    """Draw the page."""
    trouble = state.load_address()
    st.title("Watch a neural network learn to add")
    if trouble:
        st.warning(trouble, icon=":material/link_off:")
    view, lost = _run()
    if lost:
        st.info(lost, icon=":material/history:")
    active = view is not None and view.active
    often = _LIVE_SECONDS if active else None
    left, right = st.columns([2, 3], gap="large")
    with left:  # first, since the browser takes longest over its chart
        st.fragment(_ask, run_every=often)()
    with right:
        _choose_experiment()
        _transport(view)
        st.fragment(_status, run_every=often)()
    st.fragment(_curves, run_every=often)(active)
    state.write_address()
    state.jobs()  # the engine starts once there is a page to look at


def _run() -> tuple[JobView | None, str]:
    try:
        return state.view_of_run(), ""
    except JobError as error:
        state.forget_run()
        return None, f"{str(error)[0].upper()}{str(error)[1:]}."


def _choose_experiment() -> None:
    experiment = state.experiment()
    name = nearest_preset(experiment)
    is_preset = experiment.replaced({"seed": 1}) == preset(name)

    def pick() -> None:
        state.choose(preset(st.session_state["preset"]))

    st.session_state["preset"] = name
    st.selectbox(
        "Experiment",
        list(PRESETS),
        format_func=lambda each: PRESETS[each].label,
        key="preset",
        on_change=pick,
        help="Each is a task, a way of writing it down, a network and a recipe for training it.",
    )
    st.caption(PRESETS[name].blurb if is_preset else f"Changed from: {PRESETS[name].label}.")
    more = st.expander("More", icon=":material/tune:", key="more", on_change="rerun")
    if more.open:  # closed, its seven widgets would only hold up the first paint
        with more:
            _knobs(experiment)
            if not is_preset:
                st.button("Back to the preset's settings", icon=":material/undo:", on_click=pick)
    st.markdown(_facts(experiment))


def _knobs(experiment: Experiment) -> None:
    flat = experiment.flat()

    def change(setting: str) -> None:
        value = st.session_state[setting]
        if setting == "training.target":
            value = _TARGETS.get(value, flat[setting])
        if setting == "task.held_out":
            value = value / 100
        try:
            state.choose(experiment.replaced({setting: value}))
        except AdderError as error:
            st.session_state["knob_trouble"] = f"{error}."

    def whole(setting: str, label: str, low: int, high: int, text: str) -> None:
        st.session_state[setting] = flat[setting]
        st.number_input(label, low, high, step=1, key=setting, on_change=change, args=(setting,), help=text)

    if trouble := st.session_state.pop("knob_trouble", ""):
        st.error(f"Nothing was changed: {trouble}", icon=":material/error:")
    first, second, third = st.columns(3)
    with first:
        whole("task.smallest", "Smallest number", 0, LARGEST_NUMBER, "The smallest number in a sum.")
        whole("task.largest", "Largest number", 1, LARGEST_NUMBER, "The largest number in a sum.")
        whole("task.terms", "Numbers in a sum", 2, MOST_TERMS, "How many numbers are added.")
    with second:
        st.session_state["task.held_out"] = round(flat["task.held_out"] * 100)
        st.number_input(
            "Held out (%)",
            0,
            round(MOST_HELD_OUT * 100),
            step=5,
            key="task.held_out",
            on_change=change,
            args=("task.held_out",),
            help="The share of distinct sums never trained on, mirrors such as 3+4 and 4+3 being one. "
            "0 is as in the textbook.",
        )
        whole("training.epochs", "Epochs", 1, MOST_EPOCHS, "How many times a fresh batch of sums is drawn.")
        whole("training.samples", "Sums an epoch", 1, 100_000, "How many sums are drawn for each epoch.")
    with third:
        whole("training.batch_size", "Batch size", 1, 100_000, "Sums between two changes of the weights.")
        options = dict(_TARGETS)
        chosen = next((label for label, value in options.items() if value == flat["training.target"]), None)
        if chosen is None:
            chosen = f"{flat['training.target']:.2%}"
        st.session_state["training.target"] = chosen
        st.selectbox(
            "Stop at exact match",
            [*options, *([chosen] if chosen not in options else [])],
            key="training.target",
            on_change=change,
            args=("training.target",),
            help="End the run once this share of the check questions is answered wholly right.",
        )
        whole("seed", "Seed", 0, LARGEST_SEED, "Decides the first weights and every sum drawn.")


def _facts(experiment: Experiment) -> str:
    task = experiment.task
    held_out = (
        f"**{task.held_out_questions:,}** of them held out" if task.held_out else "none held out, as in the textbook"
    )
    samples = experiment.training.epochs * experiment.training.samples
    return (
        f"**{experiment.weights:,}** weights · **{task.distinct_questions:,}** distinct sums, {held_out} · "
        f"**{samples:,}** samples in {experiment.training.epochs:,} epochs · seed {experiment.seed}"
    )


def _transport(view: JobView | None) -> None:
    status = view.status if view else None
    with st.container(horizontal=True):
        if view is None or not view.active:
            label = {"done": "Train again", "stopped": "Train from the start", "failed": "Train from the start"}
            if status in ("stopped", "failed"):
                st.button("Continue", type="primary", icon=":material/resume:", on_click=_continue)
            st.button(
                label.get(status or "", "Train"),
                type="secondary" if status in ("stopped", "failed") else "primary",
                icon=":material/play_arrow:",
                on_click=_train,
                help="Train this experiment live, from its first weights.",
            )
        else:
            st.button(
                "Stop",
                type="primary",
                icon=":material/stop:",
                on_click=_stop,
                help="End after the present epoch; you can go on later.",
            )
        if view is not None:
            st.button(
                "Reset",
                icon=":material/restart_alt:",
                on_click=_reset,
                help="Back to the untrained network with the same seed: the same first weights.",
            )
        st.button(
            "New seed",
            icon=":material/casino:",
            on_click=_new_seed,
            help="Other first weights and other sums. Is the result luck?",
        )


def _train() -> None:
    try:
        state.watch(state.jobs().submit(state.experiment()))
    except JobError as error:
        st.toast(f"{error}", icon=":material/error:")


def _stop() -> None:
    if run := state.run_id():
        state.jobs().stop(run)


def _continue() -> None:
    if run := state.run_id():
        try:
            state.jobs().resume(run)
        except JobError as error:
            st.toast(f"{error}", icon=":material/error:")


def _reset() -> None:
    _stop()
    state.forget_run()


def _new_seed() -> None:
    _stop()
    experiment = state.experiment()
    state.choose(experiment.replaced({"seed": (experiment.seed + 1) % LARGEST_SEED}))


def _status() -> None:
    """How far the run is and what it scores; redraws itself while the run is active."""
    view, _ = _run()
    if view is not None:
        _progress_bar(view)
        _figures(view.events[-1] if view.events else None, view.experiment)


def _curves(was_active: bool) -> None:
    """The run's curves and examples; redraws itself while the run is active."""
    view, lost = _run()
    if lost or (was_active and (view is None or not view.active)):
        st.rerun()  # the buttons belong to the page, and the fragments need not redraw themselves any more
    experiment = view.experiment if view else state.experiment()
    events = view.events if view else ()
    held_out = bool(experiment.task.held_out)
    _, guess_characters = _guess(to_query(experiment))
    on_characters = experiment.encoding.name != ScaledEncoding.name
    if not events:
        st.info(
            "Press **Train**: the loss and the accuracy are drawn here after every epoch, and twenty sums with what "
            "the network answers."
            if view is None
            else "The curves begin after the first epoch. A worker that has just started imports TensorFlow first, "
            "which takes some seconds.",
            icon=":material/show_chart:",
        )
        return
    epochs = experiment.training.epochs
    loss, accuracy = st.columns(2, gap="large")
    with loss:
        frame = charts.loss_frame(events, held_out)
        unit = "nats a character" if on_characters else "squared error, scaled"
        _draw(frame, charts.loss_chart(held_out, epochs, unit), "Loss by epoch; its last value stands above")
    with accuracy:
        frame = charts.accuracy_frame(events, held_out, guess_characters)
        _draw(frame, charts.accuracy_chart(held_out, epochs), "Accuracy by epoch; its last values stand above")
    _examples(events[-1], held_out)


def _progress_bar(view: JobView) -> None:
    epochs = view.experiment.training.epochs
    done = len(view.events)
    if view.status == "queued":
        place = f"Number {view.place} in the queue" if view.place else "Waiting"
        st.progress(done / epochs, text=f"{place}. {view.message}")
        return
    if view.status == "running":
        text = f"Epoch {done} of {epochs}"
        if done:
            text += f" · {_duration(_seconds_left(view))} left · {_speed(view):,.0f} sums a second"
        st.progress(min(1.0, done / epochs), text=f"{text}. {view.message}" if view.message else text)
        return
    seconds = sum(event.seconds for event in view.events)
    words = {
        "done": f"Done: {done} epochs in {_duration(seconds)}",
        "stopped": f"Stopped after epoch {done} of {epochs}",
        "failed": f"Failed after epoch {done} of {epochs}",
    }[view.status]
    if view.status == "done" and done < epochs:
        words = f"Reached its target after epoch {done} of {epochs}, in {_duration(seconds)}"
    st.progress(min(1.0, done / epochs), text=f"{words}. {view.message}" if view.message else f"{words}.")
    if view.status == "failed":
        st.error(view.message, icon=":material/error:")


def _seconds_left(view: JobView) -> float:
    recent = [event.seconds for event in view.events[-5:]]
    return statistics.median(recent) * (view.experiment.training.epochs - len(view.events))


def _speed(view: JobView) -> float:
    recent = [event.seconds for event in view.events[-5:]]
    return view.experiment.training.samples / statistics.median(recent)


def _duration(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


@st.cache_data(max_entries=256, show_spinner=False)
def _guess(query: str) -> tuple[float, float]:
    experiment = from_query(query)
    task = experiment.task
    answers = task.answers(training.check_questions(experiment))
    if isinstance(experiment.encoding, ScaledEncoding):
        return evaluation.guess_scores([str(answer) for answer in answers.tolist()])
    grid = experiment.encoding.encode_answers(task, answers)
    return evaluation.guess_scores(experiment.encoding.read_answers(grid))


def _figures(event: EpochEvent | None, experiment: Experiment) -> None:
    guess_exact, guess_characters = _guess(to_query(experiment))
    on_characters = experiment.encoding.name != ScaledEncoding.name
    asked = "held-out sums, never trained on" if experiment.task.held_out else "fresh sums"
    with st.container(horizontal=True):
        _metric(
            "Exact match",
            f"{event.exact_match:.1%}" if event else "–",
            f"guessing {guess_exact:.1%}",
            f"Answers right in every character, on a fixed list of {asked}. Below it, what always writing the "
            "commonest character of each position would score.",
        )
        if on_characters:
            _metric(
                "Characters right",
                f"{event.check_accuracy:.1%}" if event else "–",
                f"guessing {guess_characters:.1%}",
                f"On the same list of {asked}. The spaces that pad an answer count too, so this flatters; that is why "
                "even guessing scores.",
            )
        _metric(
            "Loss",
            f"{event.check_loss:.4f}" if event else "–",
            f"training {event.loss:.4f}" if event else "no epoch yet",
            f"On the same list of {asked}; below it, the mean over the last epoch's training sums.",
        )


def _metric(label: str, value: str, beside: str, text: str) -> None:
    st.metric(label, value, beside, delta_color="off", delta_arrow="off", border=True, help=text)


def _draw(frame: pd.DataFrame, chart: charts.Specification, alt: str) -> None:
    """Draw a chart so that new data moves it without drawing it anew.

    Streamlit does so where the specification, of which `alt` becomes a part, is the same as before, and the data
    comes beside it.
    """
    st.vega_lite_chart(frame, chart, width="stretch", alt=alt)


def _examples(event: EpochEvent, held_out: bool) -> None:
    kind = (
        "held-out sums, never trained on"
        if held_out
        else "fresh sums (nothing is held out, so training may have seen them)"
    )
    right = sum(example.correct for example in event.examples)
    st.markdown(f"**{right} of {len(event.examples)}** {kind}, after epoch {event.epoch}:")
    rows = [
        {
            "Sum": f"`{example.question}`",
            "Expected": f"`{_visible(example.expected)}`",
            "Predicted": _compared(example.predicted, example.expected),
            "": "✓ right" if example.correct else "✗ wrong",
        }
        for example in event.examples
    ]
    half = (len(rows) + 1) // 2
    for column, part in zip(st.columns(2, gap="large"), (rows[:half], rows[half:]), strict=True):
        if part:
            column.table(part, hide_index=True)


def _visible(text: str) -> str:
    return text.replace(" ", "␣")


def _compared(predicted: str, expected: str) -> str:
    if len(predicted) != len(expected):
        return f":red-background[**{predicted}**]"
    if predicted == expected:
        return f"`{_visible(predicted)}`"
    marked = (
        f"`{_visible(char)}`" if char == truth else f":red-background[**{_visible(char)}**]"
        for char, truth in zip(predicted, expected, strict=True)
    )
    return " ".join(marked)


def _ask() -> None:
    """The box for any sum, answered by the run as far as it is, or by the solver that ships."""
    solver, who = _answering()
    question = st.text_input(
        "Ask it a sum",
        value=solver.experiment.task.example,
        key=f"question {solver.experiment.task.example}",
        help=f"Whole numbers from {solver.experiment.task.smallest:,} to {solver.experiment.task.largest:,} "
        "with + between them. Press Enter to ask.",
    )
    try:
        answer = solver.solve(question)
    except AdderError as error:
        st.warning(f"{str(error)[0].upper()}{str(error)[1:]}.", icon=":material/edit:")
        st.caption(who)
        return
    _show_answer(answer)
    st.caption(who)


def _answering() -> tuple[Solver, str]:
    experiment = state.experiment()
    view, _ = _run()
    solver = state.jobs().solver(view.id) if view else None
    if view and solver:
        return solver, f"Answered by your network after epoch {len(solver.history)}."
    name = nearest_preset(experiment)
    return shipped_solver(name), f"Answered by the trained network that ships with adder: {PRESETS[name].label}."


def _show_answer(answer: Answer) -> None:
    verdict = ":green[✓ right]" if answer.correct else f":red[✗ wrong], it is **{answer.expected.strip()}**"
    written = answer.text.strip().replace(" ", "␣") or "nothing"
    st.markdown(f"### {answer.question.replace('+', ' + ')} = {written}  \n{verdict}{_doubt(answer)}")
    if answer.characters:
        frame = charts.answer_frame(answer)
        _draw(
            frame, charts.answer_chart(len(answer.characters)), "How likely each symbol is at each place of the answer"
        )
        st.caption(
            f"Predicted `{_visible(answer.text)}`, expected `{_visible(answer.expected)}`. A row a character, "
            "darker is likelier; ✓ or ✗ marks what it wrote, ○ the truth it missed, ␣ is padding."
        )


def _doubt(answer: Answer) -> str:
    if answer.number is not None:
        return f" · it said {answer.number:.3f} before rounding"
    return f" · {answer.confidence:.1%} sure"
