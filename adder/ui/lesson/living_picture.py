"""The living picture of one answer, by itself, for a step of the lesson."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import streamlit as st

from adder.analysis.picture import Arrangement, arrangement, picture
from adder.analysis.picture_texts import picture_texts
from adder.solvers.shipped import shipped_solver
from adder.ui.language import say, session_language
from adder.ui.stage import routes

_STYLE = ".picture-player { --picture-height: clamp(14rem, 100dvh - 25rem, 30rem); }"
_SCRIPT = """
const players = new WeakMap();

export default async function ({ data, parentElement }) {
  const { PicturePlayer, isDark } = await import(new URL(data.module, document.baseURI).href);
  let known = players.get(parentElement);
  if (!known) {
    const host = parentElement.appendChild(document.createElement("div"));
    known = { host, player: new PicturePlayer(host, { texts: data.texts }) };
    players.set(parentElement, known);
  }
  const { host, player } = known;
  player.dark = isDark(host);
  player.reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (known.shown !== data.shown) player.show(data.picture, { play: true });
  known.shown = data.shown;
  return () => {
    player.close();
    host.remove();
    players.delete(parentElement);
  };
}
"""


@lru_cache(maxsize=1)
def _component() -> Any:
    return st.components.v2.component("adder_living_picture", css=_STYLE, js=_SCRIPT)


@lru_cache(maxsize=8)
def _arranged(name: str) -> Arrangement:
    return arrangement(shipped_solver(name))


def show(name: str, question: str) -> None:
    """Draw how the network that ships for a preset answers, and play it.

    Raises:
        QuestionError: The question cannot be asked of this network.
    """
    data = {
        "module": routes.FILES["picture_player.js"],
        "texts": picture_texts(session_language()),
        "picture": picture(shipped_solver(name), question, _arranged(name)).plain(say),
        "shown": f"{name} {question}",
    }
    _component()(data=data, key="lesson picture")
