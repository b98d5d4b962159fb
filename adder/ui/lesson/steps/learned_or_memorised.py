"""Learned, or memorised? And the recipe that learns."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from adder.base.messages import marked
from adder.experiment import Experiment
from adder.presets import PRESETS, preset
from adder.solvers.results import Epoch
from adder.solvers.shipped import shipped_solver
from adder.ui import training_view
from adder.ui.charts import every_pair, run_comparison
from adder.ui.drawing import draw
from adder.ui.formats import percent, short
from adder.ui.language import say, session_language
from adder.ui.lesson import choices, lesson_runs, prose

TITLE = marked("Learned, or memorised?")

_HELD_OUT = preset("seq2seq").replaced({"task.held_out": 0.2})
_LABELS = {
    "held_out": marked("Textbook, 1 to 10, a fifth held out"),
    "seq2seq-100": marked("Textbook, 1 to 100"),
    "two-digits": marked("A better recipe, 0 to 99"),
}
_EXPERIMENTS: dict[str, Experiment] = {
    "held_out": _HELD_OUT,
    "seq2seq-100": preset("seq2seq-100"),
    "two-digits": preset("two-digits"),
}


def show() -> dict[str, str]:
    """Hold out pairs and train; compare the textbook's recipe with a better one on the same axes."""
    textbook = preset("seq2seq")
    samples = textbook.training.epochs * textbook.training.samples
    distinct = textbook.task.distinct_questions
    prose.about(
        "From 1 to 10 there are {distinct} different sums, and in training the network sees {samples:,}: each of "
        "them some {times} times. It may simply know them all by heart. To find out, keep a fifth of the pairs "
        "away from training, and ask for exactly those.",
        distinct=distinct,
        samples=samples,
        times=round(samples / distinct),
    )
    name = choices.one_of("try", say("What to train"), _LABELS, "held_out")
    beside = list(_EXPERIMENTS.values())
    lesson_runs.train([_EXPERIMENTS[name]], say("Train it here"), lambda: _results(name), beside=beside)
    prose.notice(
        "What it was trained on comes out right, and what was held out nearly all wrong: it has learned a table "
        "by heart, not how to add. From 1 to 100 that is hopeless, {n} sums are too many for {samples:,} samples. "
        "The better recipe pads each number on its own, writes the units first and reads the question both ways; "
        "from {more:,} samples it adds pairs that it has never seen.",
        n=short(preset("seq2seq-100").task.distinct_questions),
        samples=samples,
        more=shipped_solver("two-digits").history[-1].samples,
    )
    return {"try": name} | lesson_runs.address([_EXPERIMENTS[name]])


def _results(name: str) -> None:
    if view := lesson_runs.poll(_EXPERIMENTS[name]):
        training_view.progress(view)
    left, right = st.columns([2, 3], gap="large")
    with left:
        _pairs()
    with right:
        _compared()


def _pairs() -> None:
    """The hundred pairs of the textbook's task, with what its network with held-out pairs makes of them."""
    st.markdown(say("**All pairs from 1 to 10, a fifth of them held out**"))
    solver = lesson_runs.solver(_HELD_OUT)
    task = _HELD_OUT.task
    language = session_language()
    frame = every_pair.pair_frame(language, task, solver)
    shares = {
        held_out: percent(float((rows["verdict"] == "right").mean())) for held_out, rows in frame.groupby("held_out")
    }
    draw(
        frame,
        every_pair.pair_chart(language),
        say("Right or wrong for each pair of numbers; a frame marks held-out ones"),
    )
    if solver is None:
        st.caption(say("The framed pairs are never trained on. Train the first one to see what becomes of them."))
        return
    st.caption(
        say(
            "After epoch {epoch}: **{seen}** of the pairs it was trained on are right, and **{held_out}** of the "
            "framed ones, which it never saw.",
            epoch=len(solver.history),
            seen=shares[False],
            held_out=shares[True],
        )
    )


def _compared() -> None:
    """Exact match by samples: the networks that ship, and those trained here."""
    st.markdown(say("**Exact match, on the same axes**"))
    shown: dict[str, Sequence[Epoch]] = {}
    for name, experiment in _EXPERIMENTS.items():
        view = lesson_runs.poll(experiment)
        label = say(_LABELS[name])
        shown[label] = view.events if view else shipped_solver(name).history if name in PRESETS else ()
    samples = max(each.training.epochs * each.training.samples for each in _EXPERIMENTS.values())
    chart = run_comparison.exact_match_chart(session_language(), tuple(shown), samples)
    draw(run_comparison.exact_match_frame(shown), chart, say("Exact match of three runs by questions seen in training"))
    st.caption(
        say(
            "On held-out questions where any are held out, otherwise on fresh ones. Runs that were not trained here "
            "are those of the networks that ship."
        )
    )
