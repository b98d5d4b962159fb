from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from adder import Experiment, SolverFileError, preset, shipped_solver
from adder.base.paths import ASSETS
from adder.solvers import evaluation
from adder.solvers.archive import arrays_to_bytes
from adder.solvers.shipped import WITH_SNAPSHOTS, shipped_snapshots, snapshots_path
from adder.solvers.snapshots import MOST_SNAPSHOT_BYTES, MOST_SNAPSHOTS, Snapshots, packed, snapshot_bytes, spacing
from adder.training.trainer import check_questions
from tests.experiments import TINY_FAST, TINY_LINEAR, TINY_TEXT, random_solver
from tests.fuzz import zips
from tests.fuzz.refusal import refusals

WIDE = TINY_LINEAR.replaced({"network.units": (512, 512, 512, 512)})


def lasting(experiment: Experiment, epochs: int) -> Experiment:
    return experiment.replaced({"training.epochs": epochs})


def kept_of(experiment: Experiment, epochs: int, before: Snapshots | None = None) -> Snapshots:
    """The snapshots that a run keeps, or one that goes on; each weight of an epoch is the epoch's number."""
    kept = Snapshots(experiment, before.kept if before else {})
    for epoch in range(max(kept.epochs, default=-1) + 1, epochs + 1):
        kept = kept.after(epoch, np.full(experiment.weights, epochs, np.float16))
        assert len(kept.epochs) <= MOST_SNAPSHOTS
        assert kept.array_bytes <= MOST_SNAPSHOT_BYTES
        assert kept.epochs[-1] == epoch, "the newest is always there"
    return kept


@pytest.mark.parametrize("experiment", [TINY_LINEAR, WIDE], ids=["small", "wide"])
@pytest.mark.parametrize("epochs", [1, 24, 59, 60, 177])
def test_a_run_keeps_as_many_epochs_evenly_spaced_as_it_may(experiment: Experiment, epochs: int) -> None:
    experiment = lasting(experiment, epochs)
    epochs_kept = kept_of(experiment, epochs).epochs
    assert (epochs_kept[0], epochs_kept[-1]) == (0, epochs)
    gaps = {later - earlier for earlier, later in itertools.pairwise(epochs_kept[:-1])}
    assert len(gaps) <= 1
    twice = len(epochs_kept) * 2 - 1
    every_epoch = len(epochs_kept) == epochs + 1
    assert every_epoch or twice + 1 > MOST_SNAPSHOTS or (twice + 1) * snapshot_bytes(experiment) > MOST_SNAPSHOT_BYTES


@pytest.mark.parametrize("epochs", [24, 59, 60, 177])
def test_a_run_that_becomes_longer_keeps_what_one_that_was_longer_from_the_start_does(epochs: int) -> None:
    longer = lasting(TINY_LINEAR, 300)
    before = kept_of(lasting(TINY_LINEAR, epochs), epochs)
    assert kept_of(longer, 300, before).epochs == kept_of(longer, 300).epochs


def test_an_epoch_that_is_trained_again_takes_the_place_of_the_later_ones() -> None:
    kept = kept_of(lasting(TINY_LINEAR, 9), 9)
    row = np.zeros(TINY_LINEAR.weights, np.float16)
    assert kept.after(4, row).epochs == (0, 1, 2, 3, 4)
    assert kept.after(4, row).kept[4] is row
    assert kept.until(2).epochs == (0, 1, 2)


def test_snapshots_are_networks_that_answer_and_survive_their_bytes() -> None:
    solvers = [random_solver(TINY_FAST, seed) for seed in range(3)]
    kept = Snapshots(TINY_FAST, {epoch: packed(each.weights) for epoch, each in enumerate(solvers)})
    again = Snapshots.from_bytes(kept.to_bytes())
    assert again.to_bytes() == kept.to_bytes()
    assert (again.experiment, again.epochs, again.array_bytes) == (TINY_FAST, (0, 1, 2), kept.array_bytes)
    for epoch, solver in enumerate(solvers):
        found = again.solver(epoch)
        assert found is not None
        for name, weight in solver.weights.items():
            assert np.array_equal(found.weights[name], weight.astype(np.float16)), name
        assert len(found.solve("12+50").text) == 3
    assert again.solver(3) is None


def test_weights_beyond_float16_are_as_large_as_it_can_hold() -> None:
    solver = random_solver(TINY_LINEAR, scale=1e30)
    found = Snapshots(TINY_LINEAR, {0: packed(solver.weights)}).solver(0)
    assert found is not None
    assert {abs(number) for weight in found.weights.values() for number in weight.ravel()} == {65_504}
    assert max(abs(weight).max() for weight in solver.weights.values()) > 1e30, "those of the run stay as they are"


GOOD = Snapshots(TINY_TEXT, {epoch: packed(random_solver(TINY_TEXT).weights) for epoch in (0, 2)}).to_bytes()
HOSTILE = zips.hostile(GOOD, "snapshots.json")
OF_OTHERS = ("history", "largest", "alternating")  # These attacks are on other files, or on numbers beyond float16.


@pytest.mark.parametrize("name", [name for name in HOSTILE if not any(other in name for other in OF_OTHERS)])
def test_a_hostile_file_is_read_or_refused_in_a_sentence(name: str) -> None:
    content = HOSTILE[name]()
    with refusals(content):
        kept = Snapshots.from_bytes(content)
        assert kept.epochs == (0, 2)
        for epoch in kept.epochs:
            assert kept.solver(epoch) is not None


def described(**values: Any) -> bytes:
    return zips.with_json(GOOD, "snapshots.json", **values)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (described(epochs=[]), "its epochs must be in ascending order, and at least one"),
        (described(epochs=[2, 0]), "its epochs must be in ascending order"),
        (described(epochs=[2, 2]), "its epochs must be in ascending order"),
        (described(epochs=[-1, 0]), "a part of it is malformed"),
        (described(epochs=[0, 10**9]), "a part of it is malformed"),
        (described(epochs=list(range(61))), "a part of it is malformed"),
        (described(epochs=[0, 1, 2]), "must be float16 of shape (3,"),
        (described(format_version=2), "it has format version 2; this adder reads 1"),
        (
            zips.with_arrays(GOOD, lambda arrays: {name: each.astype(np.float32) for name, each in arrays.items()}),
            "must be float16 of shape",
        ),
        (zips.with_arrays(GOOD, zips.filled(np.inf)), "must be finite"),
        (zips.with_member(GOOD, "weights.safetensors", lambda _: arrays_to_bytes({})), "is missing"),
    ],
)
def test_what_is_no_file_of_snapshots_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(SolverFileError) as caught:
        Snapshots.from_bytes(content)
    assert said in caught.value.sentence


@pytest.mark.parametrize("name", WITH_SNAPSHOTS)
def test_shipped_snapshots_answer_as_the_history_of_the_shipped_solver_says(name: str) -> None:
    kept, history, task = shipped_snapshots(name), shipped_solver(name).history, preset(name).task
    assert kept is not None
    assert kept.experiment == preset(name)
    assert kept.epochs == (*range(0, len(history), spacing(kept.experiment)), len(history))
    questions = check_questions(preset(name))
    # Another processor and float16 may turn a borderline answer, most of all the rounding of a number.
    near = 0.02 if preset(name).encoding.writes_characters else 0.05
    for epoch in (*kept.epochs[1:-1:5], len(history)):
        solver = kept.solver(epoch)
        assert solver is not None
        predictions = evaluation.ask_all(solver, questions, task)
        assert float(predictions.correct.mean()) == pytest.approx(history[epoch - 1].exact_match, abs=near), epoch
        found = evaluation.accuracy_by_place(solver, predictions)
        assert history[epoch - 1].by_place == pytest.approx(found, abs=near), epoch


def test_no_other_snapshots_ship_and_all_are_small() -> None:
    assert {path.stem for path in (ASSETS / "snapshots").iterdir()} == set(WITH_SNAPSHOTS)
    assert sum(snapshots_path(name).stat().st_size for name in WITH_SNAPSHOTS) < 10_000_000
    assert shipped_snapshots("calculator") is None
