"""The stage of the playground: a network at one epoch, with a slider through all of its epochs.

The page mounts it as a component and says which network it shows; the browser loads the rest itself
(`adder.ui.stage.routes`), so that neither the end of an epoch nor the slider draws the page again. The component tells
the page which epoch is shown and what was asked, for the panels beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import streamlit as st

from adder.analysis.picture_texts import picture_texts
from adder.base.language import LANGUAGES, Language
from adder.base.messages import marked
from adder.experiment import Experiment
from adder.ui.language import say, session_language
from adder.ui.stage import routes

DRAWN_WITH = (routes.FILES["stage.js"], routes.FILES["stage.css"])
_EPOCH, _QUESTION, _OF = "stage epoch", "stage question", "stage network"
_KEY = "stage"
_MOST_PLACES = 6
_SCRIPT = """
export default async function (component) {
  const { show } = await import(new URL(component.data.module, document.baseURI).href);
  show(component);
}
"""
_TEXTS = {
    "ask": marked("Ask it a question"),
    "nothing": marked("nothing"),
    "correct": marked("✓ right"),
    "mistaken": marked("✗ wrong, it is {truth}"),
    "unknown": marked("not in the list, so nobody knows"),
    "sure": marked("{share} sure"),
    "before": marked("it said {number} before rounding"),
    "replay": marked("Replay"),
    "pause": marked("Hold"),
    "back": marked("One epoch back"),
    "next": marked("One epoch on"),
    "slider": marked("Epoch"),
    "now": marked("Now"),
    "live": marked("live"),
    "replayed": marked("a replay"),
    "none": marked("No epoch yet"),
    "untrained": marked("Epoch 0: it has learned nothing yet"),
    "epoch": marked("Epoch {epoch} of {planned}"),
    "right": marked("{right} of {all} right"),
    "rightNew": marked("{right} of {all} right, all of them questions it never saw"),
    "waiting": marked("After each epoch it answers these {all}"),
    "tileRight": marked("{question}: it wrote {written}, which is right"),
    "tileWrong": marked("{question}: it wrote {written}, and it is {truth}"),
    "placesTitle": marked("Right at each place of the answer"),
    "whole": marked("whole answer"),
    "epochs": marked("epochs"),
    "changed": marked("From epoch {epoch} on: {said}"),
    "mapTitle": marked("Its mistakes"),
    "mapRight": marked("First number down, second across. {right} of {all} right."),
    "mapWaiting": marked("First number down, second across."),
    "mapHeldOut": marked("Framed: never practised."),
    "figures": marked("Whole answers right: {exact} of {asked}, a lucky guess: {guess}. Loss: {loss}."),
    "undrawn": marked("This question has too many steps to draw; ask a shorter one."),
    "noFigures": marked("Random weights: no figures yet."),
}


@lru_cache(maxsize=1)
def _component() -> Any:
    return st.components.v2.component("adder_stage", js=_SCRIPT)


def show(
    kind: str,
    name: str,
    experiment: Experiment,
    *,
    live: bool,
    who: str,
    asks: bool,
    plays: int,
    on_change: Callable[[], None],
    small: bool = False,
) -> None:
    """Draw the stage.

    Args:
        kind: The kind of network, as in `adder.ui.stage.story`.
        name: Its name.
        experiment: What it was trained for.
        live: Whether its newest epoch is shown at first, and each new one when it comes.
        who: A sentence about whose network it is, or an empty text.
        asks: Whether it can be asked a question.
        plays: A number; when it grows, the epochs are played from the first.
        on_change: Called when another epoch is shown, or another question asked.
        small: Whether it is only a slider, the twenty sums and the places of the answer.
    """
    key = f"{kind}/{name}"
    if st.session_state.get(_OF) != key:
        st.session_state[_OF], st.session_state[_EPOCH] = key, None if live else 0
    task = experiment.task
    askable = task.askable(experiment.any_length)
    data = {
        "module": routes.FILES["stage.js"],
        "look": f"{routes.PATH}/look/{key}",
        "key": key,
        "lang": session_language().code,
        **_texts(session_language()),
        "places": _places(experiment),
        "question": question(experiment),
        "inputMode": "tel" if task.operators == "+" and task.base == 10 else "text",
        "askable": say(askable),
        "who": who,
        "asks": asks,
        "small": small,
        "live": live,
        "epoch": st.session_state[_EPOCH],
        "plays": plays,
    }

    def hear() -> None:  # It lasts as long as the session, also while another page is shown.
        heard = st.session_state[_KEY]
        st.session_state[_EPOCH] = heard.get("epoch")
        if asked := heard.get("question"):
            st.session_state[_QUESTION][task.example] = asked
        on_change()

    _component()(data=data, key=_KEY, on_epoch_change=hear, on_question_change=hear)


@lru_cache(maxsize=len(LANGUAGES))
def _texts(language: Language) -> dict[str, dict[str, str]]:
    """What the stage and its picture say in a language."""
    texts = {name: language.say(text) for name, text in _TEXTS.items()}
    return {"texts": texts, "pictureTexts": picture_texts(language)}


def epoch() -> int | None:
    """The epoch that the stage shows; None if it is the newest."""
    chosen: int | None = st.session_state.get(_EPOCH)
    return chosen


def question(experiment: Experiment) -> str:
    """The question to the network on the stage: what was typed, or else an example of its task."""
    asked: dict[str, str] = st.session_state.setdefault(_QUESTION, {})
    return asked.get(experiment.task.example, experiment.task.example)


def _places(experiment: Experiment) -> list[str]:
    """What the places of an answer are called, from the right."""
    names = [say("ones"), say("tens"), say("hundreds"), say("thousands")]
    if experiment.task.operators and experiment.task.base == 10:
        return names + [f"10{raised}" for raised in "⁴⁵⁶⁷"[: _MOST_PLACES - len(names)]]
    return [say("last")] + [say("{n} from the right", n=n) for n in range(2, _MOST_PLACES + 1)]
