"""Every page in both languages; in Chinese, no English sentence is left on it."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from adder.jobs import JobView
from adder.presets import PRESETS
from adder.solver import Solver
from adder.store import RunRecord
from adder.ui import PAGES, state
from adder.ui.language import LANGUAGES
from adder.ui.lesson import STEPS
from adder.ui.panels import PANELS

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
    "|".join(PRESETS) + r"|`[^`]*`|:material/\w+:|:[a-z]+(?:-background)?\[|\{[^}]*\}|[\w.-]+[._=][\w.-]+"
)
ENGLISH = re.compile(r"[A-Za-z]{2,}(?:[ ,;:’'-]+[A-Za-z]{2,})+")


class NoJobs:
    """A job service without a run."""

    store_trouble = ""

    def view(self, job_id: str, watcher: str = "") -> JobView:
        raise AssertionError("there is no run to look at")

    def solver(self, job_id: str) -> Solver | None:
        return None

    def runs(self) -> tuple[RunRecord, ...]:
        return ()


def opened(page: str, language: str, **address: str) -> AppTest:
    app = AppTest.from_string(f"from adder.ui import {page}, state\n\nstate.begin()\n{page}.show()", default_timeout=60)
    app.query_params["lang"] = language
    for key, value in address.items():
        app.query_params[key] = value
    return app.run()


def english(app: AppTest) -> set[str]:
    """Runs of two or more English words on a page that are no names."""
    found: set[str] = set()
    for element in app.main:
        if element.type == "code":
            continue
        proto = getattr(element, "proto", None)
        texts = [
            getattr(element, "value", ""),
            *(getattr(proto, name, "") for name in ("label", "help", "body", "placeholder")),
        ]
        for text in filter(lambda each: isinstance(each, str), texts):
            for run in ENGLISH.findall(OVERLOOKED.sub(" ", text)):
                if any(word not in NAMES for word in re.findall(r"[A-Za-z]+", run)):
                    found.add(run)
    return found


@pytest.fixture(autouse=True)
def no_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "jobs", NoJobs)


ADDRESSES = [
    *((page.__name__.rpartition(".")[2], {}) for page in PAGES),
    *(("playground", {"panel": panel}) for panel in PANELS),
    *(("lesson", {"step": str(step)}) for step in range(1, len(STEPS) + 1)),
    *(("lesson", {"step": "7", "view": view}) for view in ("gates", "attention", "carry")),
    ("quiz", {"ask": "10+13~7+8", "answers": "26_10"}),
    ("quiz", {"ask": "10+13", "answers": "26"}),
    ("quiz", {"ask": "10+13~7+8", "answers": "26_10"}),
    ("quiz", {"ask": "10+13", "answers": "26_10"}),
]


@pytest.mark.parametrize(("page", "address"), ADDRESSES)
@pytest.mark.parametrize("language", list(LANGUAGES))
def test_every_page_is_drawn_in_every_language(page: str, address: dict[str, str], language: str) -> None:
    app = opened(page, language, **address)
    assert not app.exception
    assert app.title
    if language != "en":
        assert not english(app)
