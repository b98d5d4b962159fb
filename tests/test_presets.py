from __future__ import annotations

import dataclasses
import statistics

import pytest

from adder import PRESETS, ExperimentError, Task, from_query, preset, shipped_solver
from adder.presets import FORMER_NAMES

TEXTBOOK = {"seq2seq", "seq2seq-100", "mapping-mlp", "mapping-lstm", "mapping-lstm-stacked"}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_has_words_and_an_experiment_of_its_own(name: str) -> None:
    entry = PRESETS[name]
    assert entry.name == name
    assert entry.label
    assert entry.blurb.endswith((".", "?"))
    assert preset(name) is entry.experiment
    assert sum(other.experiment == entry.experiment for other in PRESETS.values()) == 1


@pytest.mark.parametrize("name", PRESETS)
def test_a_presets_seconds_an_epoch_are_the_median_of_its_solvers_run(name: str) -> None:
    median = statistics.median(epoch.seconds for epoch in shipped_solver(name).history)
    assert PRESETS[name].seconds_an_epoch == float(f"{median:.4g}")


@pytest.mark.parametrize("name", [name for name, entry in PRESETS.items() if entry.races])
def test_a_network_that_races_a_class_learns_in_minutes_and_is_better_than_most_classes_then(name: str) -> None:
    entry, solver = PRESETS[name], shipped_solver(name)
    assert entry.seconds_an_epoch * entry.experiment.training.epochs < 120
    assert solver.history[-1].exact_match > 0.9
    assert (entry.experiment.task.base, entry.experiment.encoding.writes_characters) == (10, True)


def test_the_textbook_presets_keep_the_tutorials_settings() -> None:
    tutorial = preset("seq2seq")
    assert tutorial.task == Task(smallest=1, largest=10, terms=2)
    assert (tutorial.training.epochs, tutorial.training.samples, tutorial.training.batch_size) == (30, 1_000, 10)
    assert {name for name in PRESETS if preset(name).task.held_out == 0} == TEXTBOOK


ASKED = {
    "two-digits": Task(smallest=0, largest=99),
    "three-digits": Task(smallest=0, largest=999),
    "five-digits": Task(smallest=0, largest=99_999, draw="lengths"),
    "nine-digits": Task(smallest=0, largest=999_999_999),
    "terms": Task(smallest=0, largest=99, terms=5, fewest_terms=2),
    "plus-minus": Task(smallest=0, largest=99, terms=3, fewest_terms=2, operators="+-"),
    "calculator": Task(smallest=0, largest=9, terms=4, fewest_terms=2, operators="+-*", brackets=2),
    "squares": Task(smallest=0, largest=99, terms=1, operators="^"),
    "columns": Task(smallest=0, largest=99_999, draw="lengths"),
    "pen-and-paper": Task(smallest=0, largest=99_999, draw="lengths"),
    "pen-and-paper-binary": Task(smallest=0, largest=255, base=2),
    "pen-and-paper-terms": Task(smallest=0, largest=99_999, terms=3, fewest_terms=2, draw="lengths"),
    "binary": Task(smallest=0, largest=255, base=2),
    "smallest": Task(smallest=0, largest=10**10 - 1),
}


@pytest.mark.parametrize("name", ASKED)
def test_a_recipe_asks_what_its_name_says_and_holds_out_a_tenth(name: str) -> None:
    assert preset(name).task == dataclasses.replace(ASKED[name], held_out=0.1)


def test_every_preset_is_a_textbooks_or_a_recipe() -> None:
    assert set(PRESETS) - set(ASKED) == TEXTBOOK


def test_the_recipes_that_go_on_past_their_training_are_those_on_columns_and_those_with_heads() -> None:
    on_columns = {"columns", "binary", "smallest"}
    with_heads = {"pen-and-paper", "pen-and-paper-binary", "pen-and-paper-terms"}
    assert {name for name in PRESETS if preset(name).any_length} == on_columns | with_heads
    assert preset("smallest").weights == 1


def test_a_former_name_still_names_its_preset() -> None:
    assert preset("seq2seq-fast") == preset("two-digits")
    assert from_query("preset=seq2seq-fast&seed=3") == preset("two-digits").replaced({"seed": 3})
    assert set(FORMER_NAMES.values()) <= set(PRESETS)
    assert not set(FORMER_NAMES) & set(PRESETS)


def test_an_unknown_preset_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ExperimentError, match=r"preset must be one of seq2seq, .*; received: 'sequence'"):
        preset("sequence")


def test_a_name_that_is_no_text_is_no_preset() -> None:
    with pytest.raises(ExperimentError, match=r"preset must be one of seq2seq, .*; received: \['a'\]"):
        preset(["a"])  # type: ignore[arg-type]
