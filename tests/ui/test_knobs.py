from __future__ import annotations

import dataclasses
from typing import Any

import pytest

import adder
from adder.encodings import ENCODINGS
from adder.networks import NETWORKS
from adder.tasks import TASKS
from adder.ui.knobs import KNOBS, Choice, Real, Whole

PARTS: dict[str, Any] = {
    **{f"task {name}": kind for name, kind in TASKS.items()},
    **{f"encoding {name}": kind for name, kind in ENCODINGS.items()},
    **{f"network {name}": kind for name, kind in NETWORKS.items()},
    "training": adder.Training,
}
LISTS = {("task rule", "pairs")}  # uploaded, not typed


@pytest.mark.parametrize("part", PARTS)
def test_every_setting_has_its_knob_and_no_knob_lacks_its_setting(part: str) -> None:
    fields = {field.name for field in dataclasses.fields(PARTS[part]) if (part, field.name) not in LISTS}
    assert set(KNOBS[part]) == fields


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        (part, name, value)
        for part, knobs in KNOBS.items()
        for name, knob in knobs.items()
        if isinstance(knob, Choice)
        for value in knob.options
    ],
)
def test_every_choice_is_one_that_the_setting_takes(part: str, name: str, value: Any) -> None:
    changes = {"terms": 1, "operators": value} if value == "^" else {name: value}
    assert getattr(PARTS[part](**changes), name) == value


@pytest.mark.parametrize(
    ("part", "name"),
    [
        (part, name)
        for part, knobs in KNOBS.items()
        for name, knob in knobs.items()
        if isinstance(knob, Whole | Real) and (part, name) != ("task rule", "held_out")
    ],
)
def test_the_limits_of_a_field_are_those_of_its_setting(part: str, name: str) -> None:
    knob = KNOBS[part][name]
    assert isinstance(knob, Whole | Real)
    with pytest.raises(adder.ExperimentError, match=name):
        PARTS[part](**{name: knob.low - 1})
