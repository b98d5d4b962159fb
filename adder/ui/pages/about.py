"""The About page: what adder is, what its networks score, how to use it from Python, and the guides.

The address holds the guide that is open as `guide=hosting`.
"""

from __future__ import annotations

import streamlit as st

from adder.base.figures import figure
from adder.base.messages import marked
from adder.presets import PRESETS
from adder.solvers.shipped import shipped_solver
from adder.ui import address, header
from adder.ui.formats import percent
from adder.ui.guides import guide_headings, guide_text
from adder.ui.language import say

TITLE = marked("About")
ICON = ":material/info:"
PATH = "about"
DRAWN_WITH = ("ButtonGroup", "Html", "Table")

_SPLITS = {"held_out": marked("questions it never saw"), "fresh": marked("new questions")}

_EXAMPLE = """<pre style="white-space: pre-wrap">import adder

experiment = adder.preset("seq2seq")
for event in adder.Trainer(experiment).run():
    print(event.epoch, event.loss, event.accuracy)
event.solver.solve("3+10").text</pre>"""

_GUIDE = "guide"
_READABLE_PIXELS = 900
_WRAP = """<style>
[data-testid=stMarkdownContainer] :not(pre) > code { overflow-wrap: anywhere; white-space: normal; }
[data-testid=stMarkdownContainer] td:not(:last-child) > code { white-space: nowrap; }
@media (max-width: 40rem) {
  [data-testid=stMarkdownContainer] table { display: block; overflow-x: auto; }
  [data-testid=stMarkdownContainer] :is(td, th) { padding: 0.25rem 0.4rem; }
  [data-testid=stMarkdownContainer] td:last-child:nth-child(n + 3) { min-width: 9rem; }
}
</style>"""
"""A table is no wider than a phone, or is moved sideways. Names stay whole; addresses stand last, and may break."""


def show() -> None:
    """Draw the page, or the guide that is open."""
    headings = guide_headings()
    if _GUIDE not in st.session_state:
        given = st.query_params.get(_GUIDE, "")
        st.session_state[_GUIDE] = given if given in headings else ""
    opened = st.session_state[_GUIDE]
    header.show(headings[opened] if opened else say("About adder"))
    st.pills(
        say("Guides"),
        ["", *headings],
        format_func=lambda each: headings[each] if each else say("About adder"),
        required=True,
        key=_GUIDE,
        persist_state="session",
        label_visibility="collapsed",
    )
    if opened:
        st.html(_WRAP)
        with st.container(width=_READABLE_PIXELS):
            st.markdown(guide_text(opened))
    else:
        _about()
    address.write({_GUIDE: opened} if opened else {})


def _about() -> None:
    st.markdown(
        say(
            "A network here is never told what a number is. It reads a sum as characters, `12+50`, and writes the "
            "answer as characters, `62`, and all it has to learn from is examples. **Train** trains the network you "
            "see, on this server, from random weights. A replay of an earlier training says that it is one."
        )
    )
    st.header(say("From Python"))
    with st.container(key="about-python"):
        st.html(_EXAMPLE)  # `st.code` would load half a megabyte to colour six lines.
    st.markdown(
        say(
            "The ideas are those of Sutskever et al. 2014 (sequence to sequence), Cho et al. 2014 (the "
            "encoder-decoder) and Hochreiter & Schmidhuber 1997 (the LSTM); the textbook settings are those of a "
            "well-known tutorial of 2017. The name remembers the `adder` example of Andrej Karpathy's minGPT."
        )
    )
    st.header(say("What ships, and what it scores"))
    st.markdown(
        say(
            "Each was trained by the command line's `train` with seed 1, and then asked 2,000 questions. Where the "
            "experiment holds questions out, it never saw these. Elsewhere they are drawn anew, and it may have "
            "practised them. **A lucky guess** always writes the commonest character of each place."
        )
    )
    st.table([_row(name) for name in PRESETS])  # It comes last, since nothing below it moves when it is drawn.


def _row(name: str) -> dict[str, str]:
    solver = shipped_solver(name)
    report = solver.report
    assert report is not None  # A test holds that every shipped solver carries one.
    characters = solver.experiment.encoding.writes_characters
    return {
        say("Experiment"): say(PRESETS[name].label),
        say("Asked"): say(_SPLITS[report.split]),
        say("Whole answers right"): percent(report.exact_match),
        say("Digits right"): percent(report.character_accuracy) if characters else "–",
        say("RMSE"): "–" if report.rmse is None else figure(report.rmse, 2),
        say("A lucky guess"): percent(report.guess_exact_match),
        say("Weights"): f"{solver.experiment.weights:,}",
        say("Samples"): f"{solver.history[-1].samples:,}",
    }
