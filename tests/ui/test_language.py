"""Every page in both languages; in Chinese, no English sentence is left on it."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from adder.base.language import LANGUAGES
from adder.presets import PRESETS
from adder.ui.guides import guide_headings
from adder.ui.lesson.steps import STEPS
from adder.ui.menu import PAGES
from adder.ui.panels import PANELS
from tests.ui.fake_runs import FakeRuns, opened

NAMES = [
    "adder",
    "Keras",
    "TensorFlow",
    "Python",
    "LSTM",
    "GRU",
    "MLP",
    "RMSE",
    "RepeatVector",
    "Softmax",
    "Dense",
    "TimeDistributed",
    "Transformer",
    "Learning",
    "to",
    "Execute",
    "AdderBoard",
    "Adam",
    "RMSprop",
    "SGD",
    "CSV",
    "JSON",
    "UTF",
    "Enter",
    "Bahdanau",
    "Luong",
    "Sutskever",
    "Cho",
    "Zaremba",
    "Hochreiter",
    "Schmidhuber",
    "et",
    "al",
    "minGPT",
    "Andrej",
    "Karpathy",
    "English",
    "Streamlit",
    "NumPy",
    "py",
    "softmax",
]
OVERLOOKED = re.compile(
    "|".join([*PRESETS, *guide_headings().values()])
    + r"|`[^`]*`|<pre[^>]*>[^<]*</pre>|:material/\w+:|:[a-z]+(?:-background)?\[|\{[^}]*\}|[\w.-]+[._=][\w.-]+"
)
ENGLISH = re.compile(r"[A-Za-z]{2,}(?:[ ,;:’'-]+[A-Za-z]{2,})+")


def english(app: AppTest) -> set[str]:
    """Runs of two or more English words on a page that are no names."""
    found: set[str] = set()
    for text in itertools.chain.from_iterable(map(texts, app.main)):
        for run in ENGLISH.findall(OVERLOOKED.sub(" ", text)):
            if any(word not in NAMES for word in re.findall(r"[A-Za-z]+", run)):
                found.add(run)
    return found


def texts(element: Any) -> Iterator[str]:
    """What a person may read of an element: its words, the choices it offers, and the cells and titles in it."""
    proto = getattr(element, "proto", None)
    value = getattr(element, "value", "")
    options = [str(getattr(option, "content", option)) for option in getattr(proto, "options", ())]
    if isinstance(value, pd.DataFrame):
        yield from map(str, [*value.columns, *value.to_numpy().ravel()])
    elif isinstance(value, str) and not options and element.type != "code":  # Choices are keys, and code is quoted.
        yield value
    for name in ("label", "help", "body", "placeholder", "caption"):
        if isinstance(text := getattr(proto, name, ""), str):
            yield text
    yield from options
    if spec := getattr(proto, "spec", ""):
        yield from titles(json.loads(spec))


def titles(specification: Any) -> Iterator[str]:
    """The titles of a chart's axes, legends and tooltips."""
    if isinstance(specification, dict):
        if isinstance(title := specification.get("title"), str):
            yield title
        specification = list(specification.values())
    if isinstance(specification, list):
        for part in specification:
            yield from titles(part)


ADDRESSES = [
    *((page.__name__.rpartition(".")[2], {}) for page in PAGES),
    *(("playground", {"panel": panel}) for panel in PANELS),
    *(("lesson", {"step": str(step)}) for step in range(2, len(STEPS) + 1)),
    *(("lesson", {"step": "7", "view": view}) for view in ("gates", "attention", "carry")),
    ("lesson", {"step": "8", "ask": "columns"}),
    ("lesson", {"step": "4", "nobridge": "1"}),
    ("quiz", {"opponent": "two-digits", "seed": "1", "length": "5"}),
    ("quiz", {"opponent": "two-digits", "ask": "10+13~7+8", "answers": "26_21"}),
    ("quiz", {"opponent": "two-digits", "ask": "10+13~7+8", "answers": "26_21~15_9"}),
    ("quiz", {"opponent": "two-digits", "length": "many"}),
    ("quiz", {"ask": "10+13", "answers": "26"}),
]


@pytest.mark.parametrize(("page", "address"), ADDRESSES)
@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_every_page_is_drawn_in_every_language(
    page: str, address: dict[str, str], language: str, runs: FakeRuns
) -> None:
    app = opened(page, lang=language, **address)
    assert app.title
    assert not english(app)
