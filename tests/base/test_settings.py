"""Each kind of setting: what it takes, how it reads text, and what it says to the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass
from typing import Any

import numpy as np
import pytest

from adder import ExperimentError
from adder.base.settings import (
    Change,
    Changes,
    Choice,
    Number,
    Setting,
    Sizes,
    Switch,
    Whole,
    check_settings,
    setting,
    settings_of,
    settings_table,
    written,
)
from adder.tasks.pairs import Pairs

WHOLE = Whole("Units", "How many.", 1, 1_000)
OPTIONAL = Whole("Fewest", "At least.", 1, 9, optional=True)
NUMBER = Number("Rate", "How fast.", 1e-7, 10)
SHARE = Number("Held out", "Kept away.", 0, 0.9, least=0.01, percent=True)
CHOICE = Choice("Cell", "What remembers.", {"lstm": "LSTM", "none": "nothing"})
DRAW = Choice("Draw", "How.", {"ends": "near the ends"}, optional=True, none="as usual")
SWITCH = Switch("Both ways", "Whether.")
SIZES = Sizes("Layers", "Units of each.", 4, 512)
PAIRS = Pairs("Pairs", "Each with its answer.")
CHANGES = Changes("Changes", "In mid-run.", {"rate": NUMBER, "draw": DRAW}, 3, 30)


@pytest.mark.parametrize(
    ("declared", "text", "value"),
    [
        (WHOLE, " 100 ", 100),
        (WHOLE, "1,000", 1_000),
        (WHOLE, "1 000", 1_000),
        (WHOLE, "+1’000", 1_000),
        (WHOLE, "１００", 100),
        (OPTIONAL, "None", None),
        (OPTIONAL, "", None),
        (NUMBER, "3e-3", 0.003),
        (NUMBER, "1", 1.0),
        (NUMBER, "0,003", 0.003),
        (SHARE, "20%", 0.2),
        (CHOICE, " lstm", "lstm"),
        (CHOICE, "none", "none"),
        (DRAW, "none", None),
        (SWITCH, "TRUE", True),
        (SIZES, "(6, 7)", (6, 7)),
        (SIZES, "6,", (6,)),
        (SIZES, "100,100", (100, 100)),
        (SIZES, "6，７", (6, 7)),
        (CHANGES, "10:draw=none,20:rate=0.5", (Change(10, "draw", None), Change(20, "rate", 0.5))),
        (CHANGES, "None", ()),
        (CHANGES, "", ()),
        (PAIRS, '"a, b",c\r\n"say ""d""",e\n\n', (("a, b", "c"), ('say "d"', "e"))),
    ],
)
def test_text_is_read_and_written_text_is_read_back(declared: Setting, text: str, value: object) -> None:
    read = declared.read("name", text)
    assert read == value
    assert type(read) is type(value)
    assert declared.check("name", read) == read
    assert declared.read("name", written(value)) == value


@pytest.mark.parametrize(
    ("declared", "given", "plain"),
    [
        (WHOLE, np.int64(3), 3),
        (NUMBER, 1, 1.0),
        (NUMBER, np.float32(0.5), 0.5),
        (SIZES, [np.int32(6), 6], (6, 6)),
        (PAIRS, [["a", " b"], ("c", "d")], (("a", "b"), ("c", "d"))),
        (CHANGES, [[9, "rate", 1], [3, "draw", "ends"]], (Change(3, "draw", "ends"), Change(9, "rate", 1.0))),
    ],
)
def test_a_value_becomes_a_plain_one(declared: Setting, given: object, plain: object) -> None:
    checked = declared.check("name", given)
    assert checked == plain
    assert type(checked) is type(plain)


def test_a_negative_zero_is_the_zero_it_equals() -> None:
    assert str(SHARE.check("name", -0.0)) == "0.0"


def read(declared: Setting, text: str) -> Callable[[], Any]:
    return lambda: declared.read("name", text)


def check(declared: Setting, value: object) -> Callable[[], Any]:
    return lambda: declared.check("name", value)


WRITTEN_CHANGES = "changes with commas between, such as 10:learning_rate=0.001,20:batch_size=50"


@pytest.mark.parametrize(
    ("refused", "sentence"),
    [
        (read(WHOLE, "2.5"), "a whole number; received: '2.5'"),
        (read(WHOLE, "1.000"), "a whole number; received: '1.000'"),
        (read(WHOLE, "1,00"), "a whole number; received: '1,00'"),
        (read(WHOLE, "1 2"), "a whole number; received: '1 2'"),
        (check(WHOLE, 2.5), "a whole number from 1 to 1,000; received: 2.5"),
        (check(WHOLE, True), "a whole number from 1 to 1,000; received: True"),
        (check(WHOLE, None), "a whole number from 1 to 1,000; received: None"),
        (check(WHOLE, 1_001), "a whole number from 1 to 1,000; received: 1001"),
        (
            check(Whole("", "", 0, 10**999), -1),
            "a whole number from 0 to a number of 1,000 digits; received: -1",
        ),
        (check(Whole("", "", 1, 1), 2), "1; received: 2"),
        (read(NUMBER, "fast"), "a number; received: 'fast'"),
        (check(NUMBER, float("nan")), "a number from 1e-07 to 10; received: nan"),
        (check(NUMBER, float("inf")), "a number from 1e-07 to 10; received: inf"),
        (check(NUMBER, "1"), "a number from 1e-07 to 10; received: '1'"),
        (check(SHARE, 0.001), "0 or at least 0.01; received: 0.001"),
        (check(CHOICE, "rnn"), "one of lstm, none; received: 'rnn'"),
        (check(CHOICE, ["lstm"]), "one of lstm, none; received: ['lstm']"),
        (check(CHOICE, None), "one of lstm, none; received: None"),
        (read(SWITCH, "maybe"), "true or false; received: 'maybe'"),
        (check(SWITCH, 1), "true or false; received: 1"),
        (read(SIZES, "6,six"), "whole numbers with commas between, such as 6,6; received: '6,six'"),
        (check(SIZES, 6), "1 to 4 layer sizes, such as 6,6; received: 6"),
        (check(SIZES, ()), "1 to 4 layer sizes, such as 6,6; received: ()"),
        (check(SIZES, (6, 513)), "a whole number from 1 to 512; received: 513"),
        (read(CHANGES, "10:rate"), f"{WRITTEN_CHANGES}; received: '10:rate'"),
        (read(CHANGES, "ten:rate=1"), f"{WRITTEN_CHANGES}; received: 'ten:rate=1'"),
        (check(CHANGES, [[10, "rate"]]), f"{WRITTEN_CHANGES}; received: [10, 'rate']"),
        (
            check(CHANGES, [1] * 4),
            "at most 3 changes of rate or draw, such as 10:learning_rate=0.001; received: [1, 1, 1, 1]",
        ),
        (
            check(CHANGES, [[2, "rate", 1], [2, "rate", 2]]),
            "one value for each setting in an epoch; received: '2:rate=1.0,2:rate=2.0'",
        ),
        (check(PAIRS, 5), "pairs of a question and its answer; received: 5"),
        (check(PAIRS, ()), "2 to 20,000 pairs; received: 0 of them"),
    ],
)
def test_a_refusal_says_what_was_expected_and_what_came(refused: Callable[[], Any], sentence: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        refused()
    assert str(caught.value) == f"name must be {sentence}"


@dataclass(frozen=True, slots=True)
class Layer:
    units: int = setting(3, WHOLE)
    cell: str = setting("lstm", CHOICE)
    draw: str | None = setting(None, DRAW)
    name: str = "no setting"

    def __post_init__(self) -> None:
        check_settings(self, "layer")


def test_a_frozen_dataclass_of_settings_is_checked_when_it_is_built() -> None:
    assert list(settings_of(Layer)) == ["units", "cell", "draw"]
    given: Any = np.int64(5)
    layer = Layer(given)
    assert type(layer.units) is int
    with pytest.raises(ExperimentError, match=r"^layer\.cell must be one of lstm, none; received: 'gru'$"):
        Layer(cell="gru")
    with pytest.raises(FrozenInstanceError):
        layer.units = 4  # type: ignore[misc]


def test_the_table_shows_limits_choices_and_values() -> None:
    assert settings_table(Layer(), "layer")[2:] == [
        "| `layer.units` | Units | a whole number from 1 to 1,000 | `3` | How many. |",
        "| `layer.cell` | Cell | `lstm`, `none` (nothing) | `lstm` | What remembers. |",
        "| `layer.draw` | Draw | `none` (as usual), `ends` (near the ends) | `none` | How. |",
    ]
