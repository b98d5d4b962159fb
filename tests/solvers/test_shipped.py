from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from adder import PRESETS, ExperimentError, Solver, Task, evaluate, preset, shipped_solver
from adder.base.paths import ASSETS
from adder.solvers.evaluation import evaluate_on
from adder.solvers.shipped import HALF_TRAINED, solver_path

EACH_PRESET = pytest.mark.parametrize("name", PRESETS)


@EACH_PRESET
def test_a_presets_shipped_solver_was_trained_as_the_preset_says(name: str) -> None:
    assert shipped_solver(name).experiment == preset(name)


@EACH_PRESET
def test_a_shipped_solver_has_the_history_of_its_run(name: str) -> None:
    history, training = shipped_solver(name).history, preset(name).training
    assert [event.epoch for event in history] == list(range(1, training.epochs + 1))
    assert history[-1].samples == training.epochs * training.samples


@pytest.mark.slow
@EACH_PRESET
def test_a_shipped_report_is_what_evaluate_finds(name: str) -> None:
    solver = shipped_solver(name)
    assert solver.report is not None
    found = evaluate(solver).to_dict()
    # Another processor may round a borderline probability the other way, so figures agree closely, not bit by bit.
    for name_of_figure, figure in solver.report.to_dict().items():
        if isinstance(figure, float):
            assert found[name_of_figure] == pytest.approx(figure, rel=0.05, abs=0.002), name_of_figure
        elif isinstance(figure, int | str | None):
            assert found[name_of_figure] == figure, name_of_figure


@EACH_PRESET
def test_a_shipped_solver_is_a_small_file_that_saves_as_itself(name: str) -> None:
    content = solver_path(name).read_bytes()
    assert len(content) < 2_000_000
    question = preset(name).task.example
    again = Solver.from_bytes(Solver.from_bytes(content).to_bytes())
    assert again.solve(question) == shipped_solver(name).solve(question)


def test_no_other_solvers_ship() -> None:
    assert {path.stem for path in (ASSETS / "solvers").iterdir()} == set(PRESETS)


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("seq2seq", 0.98),
        ("two-digits", 0.999),
        ("three-digits", 0.995),
        ("five-digits", 0.995),
        ("nine-digits", 0.99),
        ("terms", 0.99),
        ("plus-minus", 0.99),
        ("calculator", 0.99),
        ("columns", 0.999),
        ("pen-and-paper", 0.9995),
        ("pen-and-paper-binary", 0.9995),
        ("pen-and-paper-terms", 0.9995),
        ("binary", 1.0),
        ("smallest", 0.99),
    ],
)
def test_a_shipped_solver_reaches_its_figure(name: str, least: float) -> None:
    report = shipped_solver(name).report
    assert report is not None
    assert report.split == ("held_out" if preset(name).task.held_out else "fresh")
    assert report.exact_match >= least


LEARN_BY_FAILING = {"seq2seq-100", "mapping-mlp", "mapping-lstm", "mapping-lstm-stacked", "squares"}
SIMPLE = {  # A teacher's first sums have these numbers.
    "two-digits": range(100),
    "three-digits": (
        0,
        1,
        5,
        9,
        10,
        11,
        50,
        90,
        99,
        100,
        101,
        111,
        240,
        299,
        333,
        500,
        538,
        555,
        690,
        900,
        960,
        998,
        999,
    ),
    "terms": (0, 1, 9, 10, 50, 90, 99),
    "plus-minus": (0, 1, 9, 10, 11, 50, 89, 90, 99),
    "nine-digits": (
        0,
        1,
        99,
        1_000,
        54_321,
        99_999_999,
        111_111_111,
        123_456_789,
        500_000_000,
        888_888_888,
        999_999_999,
    ),
}


@EACH_PRESET
def test_a_shipped_report_has_its_figure_of_first_questions(name: str) -> None:
    report = shipped_solver(name).report
    assert report is not None
    assert report.first_exact_match is not None
    assert report.first_questions == (100 if name in ("seq2seq", "squares") else 2_000)
    if name not in LEARN_BY_FAILING | {"calculator"}:
        assert report.first_exact_match >= 0.9995


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["two-digits", "three-digits", "five-digits", "nine-digits", "terms", "plus-minus", "columns"]
)
def test_what_people_ask_first_is_right(name: str) -> None:
    solver = shipped_solver(name)
    task = solver.experiment.task
    first = task.first_questions(5_000)
    assert first is not None
    assert evaluate_on(solver, first).exact_match >= 0.9995


@pytest.mark.slow
def test_the_calculator_is_right_on_every_question_with_one_operator_and_nearly_every_one_with_two() -> None:
    solver = shipped_solver("calculator")
    task = solver.experiment.task
    assert isinstance(task, Task)
    for terms, least in ((2, 1), (3, 0.999)):
        world = dataclasses.replace(task, terms=terms, fewest_terms=None, held_out=0)
        everything = world.first_questions(27_000)
        assert len(everything) == {2: 300, 3: 27_000}[terms]
        some = everything[:: 1 if terms == 2 else 9]
        assert evaluate_on(solver, task.read(world.texts(some))).exact_match >= least
    three = dataclasses.replace(task, terms=4, fewest_terms=None, held_out=0)
    drawn = three.sample(1_000, np.random.default_rng(1))
    assert evaluate_on(solver, task.read(three.texts(drawn))).exact_match >= 0.985


@pytest.mark.slow
@pytest.mark.parametrize("name", SIMPLE)
def test_every_question_of_simple_numbers_is_right(name: str) -> None:
    solver = shipped_solver(name)
    task = solver.experiment.task
    assert isinstance(task, Task)
    texts = [
        filled(form, numbers)
        for form in task.forms
        for numbers in itertools.product(SIMPLE[name], repeat=form.count("n"))
    ]
    assert evaluate_on(solver, task.read(texts)).exact_match >= 0.9995


def filled(form: str, numbers: tuple[int, ...]) -> str:
    """A question of a form."""
    rest = iter(numbers)
    return "".join(str(next(rest)) if lexeme == "n" else lexeme for lexeme in form)


def test_the_mapping_baselines_are_as_good_as_the_tutorials() -> None:
    errors = {name: evaluate(shipped_solver(name), seed=12).rmse for name in ("mapping-mlp", "mapping-lstm")}
    assert errors["mapping-mlp"] == pytest.approx(0, abs=0.005)
    assert errors["mapping-lstm"] == pytest.approx(0.5, abs=0.5)


def test_five_digits_hold_over_numbers_as_over_lengths() -> None:
    assert evaluate(shipped_solver("five-digits"), seed=12, draw="numbers").exact_match > 0.995


@pytest.mark.parametrize(("digits", "least"), [(100, 0.995), (500, 0.99)])
def test_columns_add_longer_numbers_than_they_were_trained_on(digits: int, least: float) -> None:
    assert evaluate(shipped_solver("columns"), n=300, seed=12, digits=digits).exact_match > least


def test_columns_pass_a_carry_on_through_any_number_of_columns() -> None:
    solver = shipped_solver("columns")
    for low, high in itertools.combinations_with_replacement("123456789", 2):
        assert solver.solve(f"{low * 60}+{high * 60}").correct, (low, high)
    assert solver.solve("9" * 200 + "+1").correct
    assert solver.solve("4" * 200 + "+" + "5" * 199 + "6").correct


def test_binary_addition_is_right_everywhere() -> None:
    solver = shipped_solver("binary")
    task = preset("binary").task
    assert isinstance(task, Task)
    everything = task.of([(left, right) for left in range(256) for right in range(256)])
    assert evaluate_on(solver, everything).exact_match == 1


def test_the_smallest_network_is_smaller_than_any_transformer_that_adds() -> None:
    assert preset("smallest").weights < 57


def test_squares_are_memorised_and_not_learned() -> None:
    report = evaluate(shipped_solver("squares"))
    assert report.trained_exact_match == 1
    assert report.exact_match < 0.5


def test_a_shipped_solver_is_read_once() -> None:
    assert shipped_solver("seq2seq") is shipped_solver("seq2seq")


@pytest.mark.parametrize("name", ["nonsense", "", "../solvers/seq2seq"])
def test_an_unknown_shipped_solver_is_refused(name: str) -> None:
    with pytest.raises(ExperimentError, match="preset must be one of seq2seq, "):
        shipped_solver(name)


AGES = [(name, epoch) for name, epochs in HALF_TRAINED.items() for epoch in epochs]


@pytest.mark.parametrize(("name", "epoch"), AGES)
def test_a_half_trained_solver_is_the_presets_run_up_to_an_epoch(name: str, epoch: int) -> None:
    solver = shipped_solver(name, epoch)
    assert solver.experiment == preset(name)
    assert [event.epoch for event in solver.history] == list(range(1, epoch + 1))
    assert solver.report is not None
    assert evaluate(solver).exact_match == pytest.approx(solver.report.exact_match, abs=0.005)
    assert solver_path(name, epoch).stat().st_size < 400_000


def test_half_trained_solvers_are_of_clearly_different_strength() -> None:
    for name, epochs in HALF_TRAINED.items():
        solvers = [*(shipped_solver(name, epoch) for epoch in epochs), shipped_solver(name)]
        strengths = [solver.report.exact_match for solver in solvers if solver.report]
        assert all(later - earlier > 0.05 for earlier, later in itertools.pairwise(strengths))
        assert strengths[0] < 0.3


def test_no_other_half_trained_solvers_ship() -> None:
    assert {path.stem for path in (ASSETS / "opponents").iterdir()} == {solver_path(*age).stem for age in AGES}


@pytest.mark.parametrize(("name", "epoch", "ages"), [("two-digits", 1, "one of 6, 7"), ("binary", 5, "left out")])
def test_an_age_that_does_not_ship_is_refused(name: str, epoch: int, ages: str) -> None:
    with pytest.raises(ExperimentError, match=f"epoch must be {ages}"):
        shipped_solver(name, epoch)
