"""A table of the hundred sums of two digits, on which people choose those that a network never sees.

A sum has the name `3+4`, the smaller number first; it also stands for `4+3`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from adder.experiment import Experiment
from adder.plots.style import AMBER, BLUE, ORANGE
from adder.solvers import evaluation
from adder.solvers.solver import Solver
from adder.tasks.pairs import Rule
from adder.ui.language import say

KEY = "lesson map"
MOST_KEPT_AWAY = 20
PAIRS = [(first, second) for first in range(10) for second in range(10)]
_SCRIPT = Path(__file__).with_suffix(".js").read_text("utf-8")
_STYLE = f"""
.pairs {{ max-width: min(100%, 54vh); margin: 0 auto; font-family: var(--st-font); }}
.pairs > div {{ display: grid; grid-template-columns: 0.7fr repeat(10, 1fr); gap: 3px; margin-bottom: 3px; }}
.pairs span, .pairs button {{ display: grid; place-items: center; font: inherit; color: inherit; padding: 0; }}
.pairs span {{ font-weight: 600; }}
.pairs button {{
  aspect-ratio: 1.15; border: 3px solid transparent; border-radius: 5px; font-size: 0.85em; cursor: pointer;
  background: color-mix(in srgb, currentColor 9%, transparent); font-variant-numeric: tabular-nums;
}}
.pairs button.right {{ background: color-mix(in srgb, {BLUE} 30%, transparent); font-weight: 600; }}
.pairs button.wrong {{ background: color-mix(in srgb, {ORANGE} 85%, black); color: white; font-weight: 600; }}
.pairs button.away {{ border-color: {AMBER}; border-style: dashed; }}
.pairs button:focus-visible {{ outline: 3px solid var(--st-primary-color); outline-offset: 1px; }}
"""


@lru_cache(maxsize=1)
def _component() -> Any:
    return st.components.v2.component("adder_pair_map", css=_STYLE, js=_SCRIPT)


def named(first: int, second: int) -> str:
    """The name of a sum."""
    return f"{min(first, second)}+{max(first, second)}"


@lru_cache(maxsize=64)
def without(away: tuple[str, ...]) -> Experiment:
    """The textbook's experiment on all sums of two digits but these."""
    seen = [pair for pair in PAIRS if named(*pair) not in away]
    return Experiment(task=Rule(tuple((f"{first}+{second}", str(first + second)) for first, second in seen)))


def show_results(solver: Solver | None, away: Sequence[str], *, locked: bool, chosen: Callable[[], None]) -> None:
    """Draw the table with what a network writes, and say how many of both kinds are right; without one it is empty.

    Args:
        solver: The network.
        away: The sums that are held out.
        locked: Whether no sums can be chosen now.
        chosen: Called when others were chosen.
    """
    written: list[str] = []
    if solver:
        task = solver.experiment.task
        questions = task.read([f"{first}+{second}" for first, second in PAIRS])
        written = [text.strip() for text in evaluation.ask_all(solver, questions, task).texts]
    show(away, written, locked=locked, chosen=chosen)
    if written:
        right = {pair: text == str(sum(pair)) for pair, text in zip(PAIRS, written, strict=True)}
        kept = [right[pair] for pair in PAIRS if named(*pair) in away]
        st.markdown(
            say(
                "Practised: **{seen}** of {n} right. Held out: **{kept}** of {all_kept} right.",
                seen=sum(right.values()) - sum(kept),
                n=len(PAIRS) - len(kept),
                kept=sum(kept),
                all_kept=len(kept),
            )
        )


def show(away: Sequence[str], written: Sequence[str], *, locked: bool, chosen: Callable[[], None]) -> None:
    """Draw the table.

    Args:
        away: The sums that are held out at first, as `3+4`, the smaller number first.
        written: What a network writes for each of the hundred, row by row; empty if there is none.
        locked: Whether no sums can be chosen now.
        chosen: Called when others were chosen; they are then `away` of the session's `KEY`.
    """
    texts = {"away": say("held out"), "right": say("✓ right"), "wrong": say("✗ wrong")}
    _component()(
        data={"away": list(away), "written": list(written), "most": MOST_KEPT_AWAY, "locked": locked, "texts": texts},
        default={"away": list(away)},
        key=KEY,
        on_away_change=chosen,
    )
