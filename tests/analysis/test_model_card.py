"""The card of a network tells what its file holds, and nothing that another person wrote."""

from __future__ import annotations

import dataclasses
import re

import pytest
import yaml

from adder import PRESETS, Rule, Solver, evaluate, model_card, shipped_solver
from adder.analysis.model_card import card_body
from adder.base.language import LANGUAGES
from adder.solvers.results import Tally
from adder.solvers.shipped import solver_path
from tests.experiments import TINY_TEXT, random_solver


def head(card: str) -> dict[str, object]:
    _, metadata, _ = card.split("---\n", 2)
    return yaml.safe_load(metadata)


@pytest.mark.parametrize("name", PRESETS)
def test_the_card_beside_a_solver_is_that_of_its_file(name: str) -> None:
    beside = solver_path(name).with_suffix(".md")
    assert beside.read_text("utf-8") == model_card(shipped_solver(name)), "make cards"


def test_programs_read_the_figures_of_the_report() -> None:
    solver = shipped_solver("squares")
    found = head(model_card(solver))
    assert solver.report is not None
    assert (found["license"], found["tags"]) == ("mit", ["arithmetic", "text", "seq2seq"])
    (entry,) = found["model-index"]  # type: ignore[misc]
    (result,) = entry["results"]
    assert entry["name"] == "squares"
    assert result["metrics"] == [
        {"type": "exact_match", "value": solver.report.exact_match},
        {"type": "rmse", "value": solver.report.rmse},
    ]


def test_where_it_fails_is_the_worst_of_each_kind() -> None:
    solver = random_solver(TINY_TEXT)
    report = dataclasses.replace(
        evaluate(solver, n=100), by_carries=(Tally(0, 60, 30), Tally(1, 30, 3), Tally(2, 10, 5)), by_length=()
    )
    card = model_card(dataclasses.replace(solver, report=report))
    assert "- how many columns carry: `1`: 10.00% of 30\n" in card
    assert "characters in the question" not in card
    assert f"# adder-{TINY_TEXT.digest}\n" in card


def test_a_network_that_nobody_measured_claims_nothing() -> None:
    card = model_card(random_solver(TINY_TEXT))
    assert "Nobody has measured it" in card
    assert "model-index" not in head(card)
    assert not re.search(r"\d%", card.partition("## How good it is")[2])


def test_it_holds_nothing_that_another_person_wrote() -> None:
    rule = Rule((("secret`1`", "a"), ("secret`2`", "b")))
    solver = random_solver(dataclasses.replace(TINY_TEXT, task=rule))
    card = model_card(solver)
    assert "secret" not in card
    named = dataclasses.replace(
        evaluate(random_solver(TINY_TEXT), n=10), by_operator=(Tally("`![](x)`", 5, 0), Tally("-", 5, 1))
    )
    card = model_card(dataclasses.replace(solver, report=named))
    assert "- operator: `'![](x)'`: 0.00% of 5\n" in card


def test_it_can_be_read_in_every_language() -> None:
    solver = shipped_solver("two-digits")
    for code, language in LANGUAGES.items():
        said = card_body(solver, code)
        assert re.findall("^## (.*)$", said, re.MULTILINE)[0] == language.say("What it is")
        assert "`adder train two-digits`" in said


def test_the_command_of_a_changed_experiment_trains_it_again() -> None:
    experiment = PRESETS["two-digits"].experiment.replaced({"seed": 2, "task.operators": "+-"})
    card = model_card(Solver(experiment, random_solver(experiment).weights))
    assert "`adder train two-digits --set task.operators=+- --seed 2`" in card
