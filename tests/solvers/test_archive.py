from __future__ import annotations

import dataclasses
import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load

from adder import Experiment, Solver, SolverFileError, shipped_solver
from adder.solvers import archive
from adder.solvers.archive import arrays_to_bytes
from adder.solvers.history_csv import history_csv
from adder.solvers.results import Epoch
from adder.solvers.solver import FORMAT_VERSION
from tests.experiments import TINY_FAST, TINY_SCALED, TINY_TEXT, experiments, random_solver

DATA = Path(__file__).parent / "data"
HISTORY = (
    Epoch(1, 2.5, 0.125, 2.25, 0.25, 0.2, 0.0, None, 0.5, 1_000),
    Epoch(2, 0.1, 1 / 3, 1e-9, 0.75, 0.7, 0.5, 0.5, 0.25, 2_000, (0.9975, 1.0)),
)
MEMBERS = ["experiment.json", "weights.safetensors", "history.csv", "report.json"]


def same(first: Solver, second: Solver) -> bool:
    return (
        (first.experiment, first.history, first.report) == (second.experiment, second.history, second.report)
        and list(first.weights) == list(second.weights)
        and all(np.array_equal(first.weights[name], second.weights[name]) for name in first.weights)
    )


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(contents: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def changed(solver: Solver, **contents: bytes) -> bytes:
    """The solver's file with some members replaced, each named without its ending."""
    return zipped(
        {name: contents.get(name.partition(".")[0], content) for name, content in members(solver.to_bytes()).items()}
    )


def with_weights(solver: Solver, **weights: Any) -> bytes:
    """The solver's file with some weights of its encoder replaced."""
    return changed(
        solver, weights=arrays_to_bytes(solver.weights | {f"encoder/{name}": weights[name] for name in weights})
    )


def with_json(solver: Solver, change: Callable[[dict[str, Any]], object]) -> bytes:
    described = json.loads(members(solver.to_bytes())["experiment.json"])
    change(described)
    return changed(solver, experiment=json.dumps(described).encode())


def refusal(content: bytes) -> str:
    with pytest.raises(SolverFileError) as caught:
        Solver.from_bytes(content)
    return str(caught.value)


@settings(max_examples=25)
@given(experiments(most_units=12), st.integers(0, 100))
def test_any_solver_survives_its_bytes(experiment: Experiment, seed: int) -> None:
    solver = dataclasses.replace(random_solver(experiment, seed), history=HISTORY)
    content = solver.to_bytes()
    loaded = Solver.from_bytes(content)
    assert same(loaded, solver)
    assert loaded.to_bytes() == content


def test_equal_solvers_are_equal_files_and_others_are_not(text_solver: Solver) -> None:
    assert text_solver.to_bytes() == random_solver(TINY_TEXT).to_bytes()
    assert text_solver.to_bytes() != random_solver(TINY_TEXT, seed=1).to_bytes()


def test_a_solver_is_a_zip_of_json_csv_and_safetensors_without_compression(text_solver: Solver) -> None:
    content = dataclasses.replace(text_solver, history=HISTORY).to_bytes()
    parts = members(content)
    assert list(parts) == MEMBERS
    assert json.loads(parts["experiment.json"]) == {"format_version": FORMAT_VERSION, "experiment": TINY_TEXT.to_dict()}
    assert json.loads(parts["report.json"]) is None
    assert parts["history.csv"].decode().splitlines()[0].startswith("epoch,loss,accuracy,")
    assert set(load(parts["weights.safetensors"])) == set(text_solver.weights)
    assert sum(map(len, parts.values())) < len(content)


def test_a_file_of_the_format_before_is_read() -> None:
    """It is the shipped solver of that time, whose report had no first questions; all else of it is known."""
    assert json.loads(members((DATA / "format-2.adder").read_bytes())["experiment.json"])["format_version"] == 2
    solver = shipped_solver("smallest")
    assert solver.report is not None
    report = dataclasses.replace(
        solver.report, first_questions=0, first_exact_match=None, first_exact_match_interval=None
    )
    assert same(Solver.load(DATA / "format-2.adder"), dataclasses.replace(solver, report=report))


def test_a_history_without_shares_by_place_is_read(text_solver: Solver) -> None:
    lines = history_csv(HISTORY).splitlines()
    former = "\n".join(line.rpartition(",")[0] for line in lines).encode()
    history = Solver.from_bytes(changed(text_solver, history=former)).history
    assert history == tuple(dataclasses.replace(epoch, by_place=()) for epoch in HISTORY)
    assert history != HISTORY


def test_a_solver_is_saved_and_read_whole_with_its_report(tmp_path: Path) -> None:
    path = tmp_path / "it.adder"
    path.write_bytes(b"old")
    solver = shipped_solver("smallest")
    solver.save(str(path))
    assert [each.name for each in tmp_path.iterdir()] == ["it.adder"]
    assert same(Solver.load(path), solver)
    assert solver.report is not None


@pytest.mark.parametrize("place", ["missing/it.adder", "folder"])
def test_a_solver_that_cannot_be_saved_leaves_nothing_behind(place: str, tmp_path: Path, text_solver: Solver) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(SolverFileError, match=r"^cannot write "):
        text_solver.save(tmp_path / place)
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


def test_a_file_that_cannot_be_read_or_is_no_solver_is_named(tmp_path: Path) -> None:
    with pytest.raises(SolverFileError, match=r"cannot read .*none\.adder: No such file"):
        Solver.load(tmp_path / "none.adder")
    with pytest.raises(SolverFileError, match=r"cannot read .*: Is a directory"):
        Solver.load(tmp_path)
    (tmp_path / "bad.adder").write_bytes(b"no")
    with pytest.raises(SolverFileError, match=r"bad\.adder is not a solver: it is not a whole zip file"):
        Solver.load(tmp_path / "bad.adder")


DAMAGES: dict[str, tuple[Callable[[Solver], bytes], str]] = {
    "empty": (lambda _: b"", "not a whole zip file"),
    "cut in half": (lambda solver: solver.to_bytes()[:1_500], "not a whole zip file"),
    "newer version": (lambda s: with_json(s, lambda it: it.update(format_version=4)), "it has format version 4; this"),
    "older version": (
        lambda s: with_json(s, lambda it: it.update(format_version=1)),
        "version 1; this adder reads 3 or 2",
    ),
    "no experiment": (lambda s: with_json(s, lambda it: it.pop("experiment")), "malformed"),
    "parts that do not go together": (
        lambda s: with_json(s, lambda it: it["experiment"]["network"].update(bridge="state")),
        "network.bridge=state starts the decoder from",
    ),
    "bad setting": (lambda s: with_json(s, lambda it: it["experiment"].update(seed=-1)), "seed must be a whole number"),
    "experiment of another size": (
        lambda s: with_json(s, lambda it: it["experiment"]["network"].update(encoder_units=9)),
        "weight encoder/kernel must be float32 of shape (12, 36); received: float32 of (12, 32)",
    ),
    "JSON list": (lambda s: changed(s, experiment=b"[]"), "format version None"),
    "deep JSON": (lambda s: changed(s, experiment=b"[" * 100_000), "malformed"),
    "bad report": (lambda s: changed(s, report=b'{"questions": 0}'), "a part of it is malformed: questions"),
    "report of text": (lambda s: changed(s, report=b'"good"'), "a part of it is malformed"),
    "bad history": (lambda s: changed(s, history=b"a,b\n1,2\n"), "history.csv must have the columns"),
    "history of words": (
        lambda s: changed(s, history=history_csv(HISTORY).replace("2.5", "lots").encode()),
        "row 1 of history.csv must have a number for each column, within its limits",
    ),
    "share by place beyond all": (
        lambda s: changed(s, history=history_csv(HISTORY).replace("0.9975", "1.5").encode()),
        "row 2 of history.csv must have a number for each column, within its limits",
    ),
    "short history row": (lambda s: changed(s, history=(history_csv(HISTORY) + "3,1\n").encode()), "row 3 of history"),
    "history that begins later": (lambda s: changed(s, history=history_csv(HISTORY[1:]).encode()), "row 1 of history"),
    "missing weight": (
        lambda s: changed(s, weights=arrays_to_bytes({"encoder/bias": s.weights["encoder/bias"]})),
        "weight encoder/kernel is missing",
    ),
    "unknown weight": (lambda s: with_weights(s, extra=np.zeros(2)), "this network has no weight encoder/extra"),
    "wrong shape": (
        lambda s: with_weights(s, bias=np.zeros(31, np.float32)),
        "weight encoder/bias must be float32 of shape (32,); received: float32 of (31,)",
    ),
    "wrong type": (lambda s: with_weights(s, bias=np.zeros(32)), "shape (32,); received: float64 of (32,)"),
    "not a number": (lambda s: with_weights(s, bias=np.full(32, np.nan, np.float32)), "encoder/bias must be finite"),
    "infinite": (lambda s: with_weights(s, bias=np.full(32, np.inf, np.float32)), "encoder/bias must be finite"),
    "not arrays": (lambda s: changed(s, weights=b"hello" * 20), "a part of it is malformed"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_refused_with_one_sentence(damage: str, text_solver: Solver) -> None:
    damaged, said = DAMAGES[damage]
    sentence = refusal(damaged(text_solver))
    assert said in sentence
    assert len(sentence.splitlines()) == 1
    assert len(sentence) < 500


@pytest.mark.parametrize("name", MEMBERS)
def test_a_member_that_is_missing_or_a_zip_bomb_is_named(name: str, text_solver: Solver) -> None:
    parts = members(text_solver.to_bytes())
    assert f"{name} is larger than the" in refusal(zipped(parts | {name: b" " * 30_000_000}))
    del parts[name]
    assert f"{name} is missing" in refusal(zipped(parts))


def test_a_member_is_no_longer_than_honest_compression_makes_it(text_solver: Solver) -> None:
    spaces = b" " * 9_000_000  # The longest honest description is longer.
    assert "experiment.json is larger than the 1,000,000 bytes" in refusal(changed(text_solver, experiment=spaces))


def test_a_large_member_is_read_at_once() -> None:
    """Of one that comes in pieces `zipfile` copies all before it with each: a checkpoint of 60 MB took six seconds."""
    weights = bytes(10 * archive._MOST_READ_BYTES)
    asked: list[int] = []

    class File(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            asked.append(size or 0)
            return super().read(size)

    with archive.opened_zip(File(zipped({"weights": weights}, zipfile.ZIP_STORED))) as opened:
        assert 0 <= min(asked) <= max(asked) <= archive._MOST_READ_BYTES
        assert archive.member_of(opened, "weights", len(weights)) == weights
    assert asked[-1] == len(weights)


def test_only_one_member_of_a_file_is_in_memory_while_it_is_written(tmp_path: Path) -> None:
    tracemalloc.start()
    try:
        with open(tmp_path / "file", "wb") as file:
            archive.write_zip(file, ((str(number), bytes(1_000_000)) for number in range(4)))
        assert tracemalloc.get_traced_memory()[1] < 1_500_000
    finally:
        tracemalloc.stop()


def test_a_zip_bomb_among_the_arrays_of_the_format_before_is_refused() -> None:
    parts = members((DATA / "format-2.adder").read_bytes())
    (name,) = members(parts["weights.npz"])
    bomb = zipped(parts | {"weights.npz": zipped({name: b"\0" * 300_000})})
    assert f"{name} is larger than the" in refusal(bomb)


def test_a_pickled_array_is_refused_and_never_run(tmp_path: Path) -> None:
    trace = tmp_path / "trace"

    class Payload:
        def __reduce__(self) -> tuple[Callable[..., None], tuple[Path]]:
            return Path.touch, (trace,)

    buffer = io.BytesIO()
    np.save(buffer, np.array([Payload()] * 4, dtype=object), allow_pickle=True)
    parts = members((DATA / "format-2.adder").read_bytes())
    (name,) = members(parts["weights.npz"])
    assert name.removesuffix(".npy") in refusal(zipped(parts | {"weights.npz": zipped({name: buffer.getvalue()})}))
    assert not trace.exists()


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA], ids=["bzip2", "lzma"])
def test_a_member_of_another_compression_is_refused(compression: int, text_solver: Solver) -> None:
    content = zipped(members(text_solver.to_bytes()), compression)
    assert "experiment.json must be stored or deflated" in refusal(content)


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), min_size=1, max_size=6))
def test_a_file_with_any_bytes_changed_is_a_solver_or_refused(changes: list[tuple[int, int]]) -> None:
    content = bytearray(random_solver(TINY_SCALED).to_bytes())
    for place, change in changes:
        content[place % len(content)] ^= change
    try:
        assert isinstance(Solver.from_bytes(bytes(content)), Solver)
    except SolverFileError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017


def test_a_solver_puts_its_weights_in_order_and_refuses_those_of_another_network() -> None:
    weights = random_solver(TINY_FAST).weights
    assert list(Solver(TINY_FAST, dict(reversed(weights.items()))).weights) == list(weights)
    with pytest.raises(SolverFileError, match="this network has no weight lstm_1/bias"):
        Solver(TINY_TEXT, random_solver(TINY_SCALED).weights)
