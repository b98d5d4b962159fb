"""Two reading heads as two fingers, which walk over the digits of a long sum while its answer is written."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from adder.analysis.look_inside import Inside
from adder.ui.charts.style import BLUE, ORANGE
from adder.ui.language import say

_SCRIPT = Path(__file__).with_suffix(".js").read_text("utf-8")
_STYLE = f"""
.fingers {{ font-family: var(--st-code-font); font-size: 1.02em; }}
.read, .answer {{ display: grid; grid-template-columns: repeat(auto-fill, 1.5ch); line-height: 1.75; }}
.answer {{ margin-top: 0.4em; padding-top: 0.3em; border-top: 2px solid currentColor; font-weight: 700; }}
.read span, .answer span {{ text-align: center; border-radius: 3px; }}
.read .finger0 {{ background: {BLUE}; color: white; border-radius: 50%; }}
.read .finger1 {{ background: {ORANGE}; color: white; }}
.answer .wrong {{ color: var(--st-red-text-color); }}
.controls {{ display: flex; gap: 0.75em; align-items: center; margin-top: 0.6em; font-family: var(--st-font); }}
.controls button {{
  min-height: 44px; min-width: 6em; font: inherit; color: inherit; background: none; cursor: pointer;
  border: 1px solid currentColor; border-radius: 8px;
}}
.controls input {{ flex: 1; min-height: 44px; accent-color: var(--st-primary-color); }}
"""


@lru_cache(maxsize=1)
def _component() -> Any:
    return st.components.v2.component("adder_two_fingers", css=_STYLE, js=_SCRIPT)


def show(inside: Inside, total: int) -> None:
    """Play how the heads walk.

    Args:
        inside: A network with two reading heads that answers.
        total: What is right.
    """
    [places] = inside.heads.values()
    written = "".join(each.char for each in inside.written)
    truth = str(total).rjust(len(written))[::-1]  # in the order in which it is written
    wrong = sum(mine != true for mine, true in zip(written, truth, strict=True))
    texts = {
        "play": say("Play"),
        "pause": say("Pause"),
        "step": say("Digit of the answer"),
        "at": say("on {first} and {second}"),
        "verdict": say("all right") if wrong == 0 else say("{n} wrong", n=wrong),
    }
    _component()(
        data={
            "read": "".join(inside.read),
            "fingers": places.argmax(axis=-1).tolist(),
            "written": written,
            "truth": truth,
            "texts": texts,
        },
        key="lesson fingers",
    )
