"""Puts the keyboard focus into a text box, which Streamlit's own widgets cannot do.

A browser drops the focus when the element that had it goes away, such as the button that started a game.
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
    """Put the focus into a text box, unless another element has it.

    Args:
        box: The key of a text box.
        moment: Any text; the focus moves again when it changes.
    """
    _component()(data={"box": box, "moment": moment}, key="focus", height=1)
