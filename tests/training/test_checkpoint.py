from __future__ import annotations

import dataclasses
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load

from adder import Checkpoint, Experiment, Rule, Solver, SolverFileError
from adder.experiment.training import OPTIMIZERS
from adder.solvers.results import Epoch
from adder.tasks.pairs import MOST_ANSWER_CHARACTERS, MOST_PAIRS, MOST_QUESTION_CHARACTERS
from adder.training.checkpoint import Begun, Best, State, moment_shapes
from tests.experiments import TINY_TEXT, experiments, random_solver
from tests.fuzz import zips


def checkpoint_of(experiment: Experiment, seed: int, best: Best | None = None) -> Checkpoint:
    rng = np.random.default_rng(seed)
    moments = {name: rng.standard_normal(shape).astype(np.float32) for name, shape in moment_shapes(experiment).items()}
    history = tuple(
        Epoch(epoch, 1 / epoch, 0.5, 1e-9, 0.25, 0.2, 0.1, 0.1 if experiment.task.held_out else None, 0.3, 100 * epoch)
        for epoch in range(1, 4)
    )
    return Checkpoint(experiment, 3, State(random_solver(experiment, seed).weights, moments), history, best)


@settings(max_examples=25)
@given(experiments(most_units=12), st.integers(0, 100))
def test_a_checkpoint_survives_its_bytes(experiment: Experiment, seed: int) -> None:
    checkpoint = checkpoint_of(experiment, seed)
    again = Checkpoint.from_bytes(checkpoint.to_bytes())
    assert (again.experiment, again.epoch, again.history) == (experiment, 3, checkpoint.history)
    for arrays, expected in (
        (again.state.weights, checkpoint.state.weights),
        (again.state.moments, checkpoint.state.moments),
    ):
        assert list(arrays) == list(expected)
        assert all(np.array_equal(arrays[name], expected[name]) for name in expected)


def test_the_longest_list_of_the_longest_characters_survives_its_bytes() -> None:
    faces = [chr(0x1F600 + n) for n in range(50)]
    lot = Random(1)
    questions = {"".join(lot.choices(faces, k=MOST_QUESTION_CHARACTERS)) for _ in range(MOST_PAIRS)}
    rule = Rule(tuple((question, question[:MOST_ANSWER_CHARACTERS]) for question in sorted(questions)))
    experiment = dataclasses.replace(TINY_TEXT, task=rule)
    checkpoint = checkpoint_of(experiment, 1)
    assert Checkpoint.from_bytes(checkpoint.to_bytes()).experiment == experiment
    assert Solver.from_bytes(checkpoint.solver().to_bytes()).experiment == experiment


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_run_starts_with_zero_moments_as_many_as_its_optimizer_keeps(optimizer: str) -> None:
    experiment = TINY_TEXT.replaced({"training.optimizer": optimizer})
    weights = random_solver(experiment).weights
    state = State.start(experiment, weights)
    assert state.weights is weights
    assert list(state.moments) == [f"{name}/{moment}" for name in weights for moment in OPTIMIZERS[optimizer].moments]
    assert not any(moment.any() for moment in state.moments.values())


def test_adam_keeps_momentum_and_velocity() -> None:
    assert list(moment_shapes(TINY_TEXT))[:2] == ["encoder/kernel/momentum", "encoder/kernel/velocity"]


def test_the_best_epoch_survives_the_bytes_and_answers() -> None:
    best = Best(2, 0.75, random_solver(TINY_TEXT, seed=9).weights)
    checkpoint = checkpoint_of(TINY_TEXT, 0, best)
    again = Checkpoint.from_bytes(checkpoint.to_bytes())
    assert again.best is not None
    assert (again.best.epoch, again.best.exact_match) == (2, 0.75)
    assert again.solver().solve("3+10") == random_solver(TINY_TEXT, 9).solve("3+10")
    assert again.solver().history == checkpoint.history
    assert all(np.array_equal(again.state.weights[name], it) for name, it in checkpoint.state.weights.items())


def test_the_beginning_of_an_epoch_survives_the_bytes() -> None:
    begun = Begun(1, float(np.float32(2.3)), 0.5, 0.25)
    checkpoint = dataclasses.replace(checkpoint_of(TINY_TEXT, 0), begun=begun)
    assert Checkpoint.from_bytes(checkpoint.to_bytes()).begun == begun
    assert checkpoint.steps == 3 * TINY_TEXT.training.steps + 1


def test_a_checkpoint_between_two_epochs_as_it_was_written_before_is_read() -> None:
    content = checkpoint_of(TINY_TEXT, 0).to_bytes()
    before = zips.with_member(content, "checkpoint.json", without_begun)
    assert Checkpoint.from_bytes(before).begun == Begun()


def without_begun(content: bytes) -> bytes:
    described = json.loads(content)
    del described["begun"]
    return json.dumps({**described, "format_version": 2}).encode()


def test_a_checkpoint_answers_with_its_weights() -> None:
    checkpoint = checkpoint_of(TINY_TEXT, 0)
    solver = checkpoint.solver()
    assert solver.solve("3+10") == random_solver(TINY_TEXT, 0).solve("3+10")
    assert solver.history == checkpoint.history


def test_a_checkpoint_holds_json_csv_and_safetensors_only() -> None:
    best = Best(2, 0.75, random_solver(TINY_TEXT).weights)
    with zipfile.ZipFile(io.BytesIO(checkpoint_of(TINY_TEXT, 0, best).to_bytes())) as archive:
        arrays = ["weights.safetensors", "moments.safetensors", "best.safetensors"]
        assert set(archive.namelist()) == {"checkpoint.json", "history.csv", *arrays}
        for member in arrays:
            assert {array.dtype for array in load(archive.read(member)).values()} == {np.dtype(np.float32)}


def test_a_checkpoint_of_the_format_before_is_read() -> None:
    """Its best epoch kept the weights it ended with, and its moments are those of a run that has not begun."""
    checkpoint = Checkpoint.load(Path(__file__).parent / "data" / "format-1.checkpoint")
    assert (checkpoint.epoch, len(checkpoint.history)) == (2, 2)
    assert list(checkpoint.state.moments) == list(moment_shapes(checkpoint.experiment))
    assert not any(moment.any() for moment in checkpoint.state.moments.values())
    assert checkpoint.best is not None
    assert (checkpoint.best.epoch, checkpoint.best.exact_match) == (1, 0.25)
    expected = random_solver(checkpoint.experiment, scale=0.3).weights
    for arrays in (checkpoint.state.weights, checkpoint.best.weights):
        assert all(np.array_equal(arrays[name], weight) for name, weight in expected.items())


def test_equal_checkpoints_are_equal_files_whenever_they_are_written() -> None:
    with zipfile.ZipFile(io.BytesIO(checkpoint_of(TINY_TEXT, 1).to_bytes())) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_checkpoint_of_an_untouched_run_is_the_beginning() -> None:
    first = dataclasses.replace(checkpoint_of(TINY_TEXT, 0), epoch=0, history=())
    again = Checkpoint.from_bytes(first.to_bytes())
    assert (again.epoch, again.history) == (0, ())


def test_a_checkpoint_survives_its_file(tmp_path: Path) -> None:
    checkpoint = checkpoint_of(TINY_TEXT, 0, Best(2, 0.75, random_solver(TINY_TEXT, seed=9).weights))
    checkpoint.save(tmp_path / "run.checkpoint")
    assert [each.name for each in tmp_path.iterdir()] == ["run.checkpoint"]
    assert Checkpoint.load(tmp_path / "run.checkpoint").to_bytes() == checkpoint.to_bytes()


def test_a_checkpoint_that_cannot_be_written_or_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(SolverFileError, match=r"^cannot write .*nowhere.*: No such file or directory$"):
        checkpoint_of(TINY_TEXT, 0).save(tmp_path / "nowhere" / "run.checkpoint")
    with pytest.raises(SolverFileError, match=r"^cannot read .*run\.checkpoint: No such file or directory$"):
        Checkpoint.load(tmp_path / "run.checkpoint")
    (tmp_path / "run.checkpoint").write_bytes(random_solver(TINY_TEXT).to_bytes())
    with pytest.raises(SolverFileError, match=r"run\.checkpoint is not a checkpoint: checkpoint\.json is missing"):
        Checkpoint.load(tmp_path / "run.checkpoint")


def changed(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The same zip with one member changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for member in old.namelist():
            new.writestr(member, change(old.read(member)) if member == name else old.read(member))
    return buffer.getvalue()


def described(**values: Any) -> Callable[[bytes], bytes]:
    return lambda content: json.dumps(json.loads(content) | values).encode()


@pytest.mark.parametrize(
    ("name", "change", "why"),
    [
        ("checkpoint.json", lambda _: b"[]", "it has format version None; this adder reads 3 or 2 or 1"),
        ("checkpoint.json", described(format_version=4), "it has format version 4; this adder reads 3 or 2 or 1"),
        ("checkpoint.json", described(epoch=2), "its history must have a row for each epoch"),
        ("checkpoint.json", described(epoch="3"), "epoch must be a whole number from 0 to 1,000"),
        ("checkpoint.json", described(best=[1]), "a part of it is malformed"),
        ("checkpoint.json", described(begun=[1]), "a part of it is malformed"),
        ("checkpoint.json", described(begun=[99, 0, 0, 0]), "begun must be a whole number from 0 to 2"),
        ("checkpoint.json", described(best="x"), "a part of it is malformed"),
        ("checkpoint.json", described(experiment={"task": 1}), "task must be an object with named fields"),
        ("history.csv", lambda content: content.replace(b"0.5", b"half"), "row 1 of history.csv must have"),
        ("history.csv", lambda _: b"", "history.csv must have the columns epoch, "),
        ("checkpoint.json", described(best=[4, 0.5]), "best epoch must be a whole number from 1 to 3"),
        ("checkpoint.json", described(best=[1, 1.5]), "best exact match must be a number from 0 to 1"),
        ("weights.safetensors", lambda _: b"", "a part of it is malformed"),
        ("weights.safetensors", lambda it: it + bytes(10_000_000), "weights.safetensors is larger than the"),
        (
            "moments.safetensors",
            lambda content: content.replace(b'"encoder/bias/velocity"', b'"encoder/bias/velocitx"'),
            "this network has no weight encoder/bias/velocitx",
        ),
    ],
)
def test_a_checkpoint_that_is_damaged_is_refused(name: str, change: Callable[[bytes], bytes], why: str) -> None:
    content = checkpoint_of(TINY_TEXT, 0, Best(2, 0.75, random_solver(TINY_TEXT).weights)).to_bytes()
    with pytest.raises(SolverFileError) as caught:
        Checkpoint.from_bytes(changed(content, name, change))
    assert str(caught.value).startswith(why)


def test_weights_that_are_not_finite_are_refused() -> None:
    checkpoint = checkpoint_of(TINY_TEXT, 0)
    name = next(iter(checkpoint.state.moments))
    checkpoint.state.moments[name] = np.full_like(checkpoint.state.moments[name], np.nan)
    with pytest.raises(SolverFileError, match="must be finite; it holds nan or infinity"):
        Checkpoint.from_bytes(checkpoint.to_bytes())


@settings(max_examples=200)
@given(st.integers(0, 100_000), st.booleans())
def test_a_checkpoint_torn_anywhere_is_read_whole_or_refused(place: int, short: bool) -> None:
    content = bytearray(checkpoint_of(TINY_TEXT, 0).to_bytes())
    at = place % len(content)
    content[at] ^= 255
    try:
        Checkpoint.from_bytes(bytes(content[:at] if short else content))
    except SolverFileError:
        return
    assert not short
