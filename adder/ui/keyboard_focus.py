"""Puts the keyboard into a box: the one thing on the pages that Streamlit's own widgets cannot do.

A browser drops the focus when what had it goes away, as a button does that started a game.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import streamlit as st

_SCRIPT = """
export default function ({ data }) {
  const find = () => document.querySelector(`.st-key-${data.box} input`);
  const idle = () => document.activeElement === null || document.activeElement === document.body;
  let tries = 40;
  const wait = () => {
    const box = find();
    if (box && idle()) box.focus({ preventScroll: true });
    if (!box && tries-- > 0) setTimeout(wait, 25);
  };
  wait();
}
"""


@lru_cache(maxsize=1)
def _component() -> Any:
    return st.components.v2.component("adder_focus", js=_SCRIPT)


def put_into(box: str, moment: str) -> None:
    """Put the keyboard into the box of this key, unless something else has it.

    Args:
        box: The key of a text box.
        moment: Any text; a new one puts it there again.
    """
    _component()(data={"box": box, "moment": moment}, key="focus", height=1)
