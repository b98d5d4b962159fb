from __future__ import annotations

import dataclasses
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adder import EpochEvent, Experiment, QuestionError, Report, ScaledEncoding, Solver, SolverFileError, Tally
from adder.encoding import ALPHABET
from adder.solver import Predictions, arrays_to_bytes, history_csv
from tests.experiments import TINY_FAST, TINY_SCALED, TINY_TEXT, adding_solver, experiments, random_solver

QUESTIONS = ["3+10", "10+3", "1+1", "10+10", "7+8"]
EVENTS = (
    EpochEvent(1, 2.5, 0.125, 2.25, 0.25, 0.0, None, 0.5, 1_000),
    EpochEvent(2, 0.1, 1 / 3, 1e-9, 0.75, 0.5, 0.5, 0.25, 2_000),
)
REPORT = Report(10, "fresh", 0.5, 0.75, 1.5, 0.1, 0.05, 0.3, (Tally(1, 10, 5),), (Tally(3, 10, 5),), (Tally(0, 10, 5),))
MEMBERS = ["experiment.json", "weights.npz", "history.csv", "report.json"]


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


def with_weights(solver: Solver, change: Callable[[dict[str, Any]], object]) -> bytes:
    weights: dict[str, Any] = dict(solver.weights)
    change(weights)
    return changed(solver, weights=arrays_to_bytes(weights))


def with_npy(solver: Solver, content: bytes, weight: str = "encoder/bias") -> bytes:
    arrays = members(arrays_to_bytes(solver.weights))
    return changed(solver, weights=zipped({**arrays, f"{weight}.npy": content}, zipfile.ZIP_STORED))


def with_header(solver: Solver, header: str, weight: str = "encoder/bias", data: int = 128) -> bytes:
    text = header.encode("latin1")
    array = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + b"\0" * data
    return with_npy(solver, array, weight)


def with_json(solver: Solver, change: Callable[[dict[str, Any]], object]) -> bytes:
    described = json.loads(members(solver.to_bytes())["experiment.json"])
    change(described)
    return changed(solver, experiment=json.dumps(described).encode())


def refusal(content: bytes) -> str:
    with pytest.raises(SolverFileError) as caught:
        Solver.from_bytes(content)
    return str(caught.value)


@pytest.mark.parametrize("experiment", [TINY_TEXT, TINY_FAST, TINY_SCALED], ids=["text", "fast", "scaled"])
def test_a_saved_solver_answers_as_before(experiment: Experiment, tmp_path: Path) -> None:
    solver = dataclasses.replace(random_solver(experiment), history=EVENTS, report=REPORT)
    solver.save(tmp_path / "it.adder")
    loaded = Solver.load(tmp_path / "it.adder")
    assert same(loaded, solver)
    assert [loaded.solve(question) for question in QUESTIONS] == [solver.solve(question) for question in QUESTIONS]


@settings(max_examples=25)
@given(experiments(most_units=12), st.integers(0, 100))
def test_any_solver_survives_its_bytes(experiment: Experiment, seed: int) -> None:
    solver = random_solver(experiment, seed)
    content = solver.to_bytes()
    loaded = Solver.from_bytes(content)
    assert same(loaded, solver)
    assert loaded.to_bytes() == content


def test_equal_solvers_are_equal_files_and_others_are_not(text_solver: Solver) -> None:
    assert text_solver.to_bytes() == random_solver(TINY_TEXT).to_bytes()
    assert text_solver.to_bytes() != random_solver(TINY_TEXT, seed=1).to_bytes()


def test_a_solver_is_a_zip_of_json_csv_and_plain_arrays(text_solver: Solver) -> None:
    parts = members(dataclasses.replace(text_solver, history=EVENTS).to_bytes())
    assert list(parts) == MEMBERS
    assert json.loads(parts["experiment.json"]) == {"format_version": 1, "experiment": TINY_TEXT.to_dict()}
    assert json.loads(parts["report.json"]) is None
    assert parts["history.csv"].decode().splitlines()[0].startswith("epoch,loss,accuracy,")
    with np.load(io.BytesIO(parts["weights.npz"]), allow_pickle=False) as arrays:
        assert arrays.files == list(text_solver.weights)


def test_saving_replaces_a_file_and_leaves_nothing_else(tmp_path: Path, text_solver: Solver) -> None:
    path = tmp_path / "it.adder"
    path.write_bytes(b"old")
    text_solver.save(str(path))
    assert [each.name for each in tmp_path.iterdir()] == ["it.adder"]
    assert same(Solver.load(path), text_solver)


@pytest.mark.parametrize("place", ["missing/it.adder", "folder"])
def test_a_solver_that_cannot_be_saved_leaves_nothing_behind(place: str, tmp_path: Path, text_solver: Solver) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(SolverFileError, match=r"^cannot write "):
        text_solver.save(tmp_path / place)
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SolverFileError, match=r"cannot read .*none\.adder: No such file"):
        Solver.load(tmp_path / "none.adder")
    with pytest.raises(SolverFileError, match=r"cannot read .*: Is a directory"):
        Solver.load(tmp_path)


DAMAGES: dict[str, tuple[Callable[[Solver], bytes], str]] = {
    "empty": (lambda _: b"", "not a whole zip file"),
    "not a zip": (lambda _: b"hello" * 100, "not a whole zip file"),
    "cut in half": (lambda solver: solver.to_bytes()[:1_500], "not a whole zip file"),
    "without its first byte": (lambda solver: solver.to_bytes()[1:], ""),
    "newer version": (lambda s: with_json(s, lambda it: it.update(format_version=2)), "it has format version 2; this"),
    "no version": (lambda s: with_json(s, lambda it: it.pop("format_version")), "it has format version None"),
    "no experiment": (lambda s: with_json(s, lambda it: it.pop("experiment")), "malformed"),
    "bad setting": (lambda s: with_json(s, lambda it: it["experiment"].update(seed=-1)), "seed must be a whole number"),
    "unknown setting": (lambda s: with_json(s, lambda it: it["experiment"].update(x=1)), "a setting must be one of"),
    "experiment of another size": (
        lambda s: with_json(s, lambda it: it["experiment"]["network"].update(encoder_units=9)),
        "weight encoder/kernel must be an npy array of float32 and shape (12, 36)",
    ),
    "absurd setting": (
        lambda s: with_json(s, lambda it: it["experiment"]["training"].update(learning_rate=10**400)),
        "training.learning_rate must be",
    ),
    "bad JSON": (lambda s: changed(s, experiment=b"{"), "malformed"),
    "JSON list": (lambda s: changed(s, experiment=b"[]"), "format version None"),
    "JSON not UTF-8": (lambda s: changed(s, experiment=b"\xff\xfe\xfd"), "malformed"),
    "deep JSON": (lambda s: changed(s, experiment=b"[" * 100_000), "malformed"),
    "bad report": (lambda s: changed(s, report=b'{"questions": 1}'), "malformed"),
    "report list": (lambda s: changed(s, report=b"[]"), "malformed"),
    "bad history": (lambda s: changed(s, history=b"a,b\n1,2\n"), "history.csv must have the columns"),
    "history of words": (
        lambda s: changed(s, history=history_csv(EVENTS).replace("2.5", "lots").encode()),
        "malformed",
    ),
    "short history row": (lambda s: changed(s, history=(history_csv(EVENTS) + "3,1\n").encode()), "malformed"),
    "missing weight": (lambda s: with_weights(s, lambda it: it.pop("decoder/bias")), "weight decoder/bias is missing"),
    "unknown weight": (
        lambda s: with_weights(s, lambda it: it.update(extra=np.zeros(2, np.float32))),
        "an unknown weight, extra.npy",
    ),
    "wrong shape": (
        lambda s: with_weights(s, lambda it: it.update({"encoder/bias": np.zeros(31, np.float32)})),
        "weight encoder/bias must be an npy array of float32 and shape (32,)",
    ),
    "wrong type": (
        lambda s: with_weights(s, lambda it: it.update({"encoder/bias": np.zeros(32)})),
        "encoder/bias.npy is larger than the 256 bytes",
    ),
    "other byte order": (
        lambda s: with_weights(s, lambda it: it.update({"encoder/bias": np.zeros(32, ">f4")})),
        "weight encoder/bias must be an npy array of float32",
    ),
    "not a number": (
        lambda s: with_weights(s, lambda it: it.update({"encoder/bias": np.full(32, np.nan, np.float32)})),
        "weight encoder/bias must be finite",
    ),
    "infinite": (
        lambda s: with_weights(s, lambda it: it.update({"encoder/bias": np.full(32, np.inf, np.float32)})),
        "weight encoder/bias must be finite",
    ),
    "not an array": (lambda s: with_npy(s, b"hello" * 20), "weight encoder/"),
    "empty array": (lambda s: with_npy(s, b""), "weight encoder/"),
    "array cut short": (
        lambda s: with_header(s, "{'descr': '<f4', 'fortran_order': False, 'shape': (32,), }\n", data=9),
        "weight encoder/",
    ),
    "array header that is no dictionary": (lambda s: with_header(s, "[1, 2]\n"), "weight encoder/"),
    "array header that never ends": (lambda s: with_header(s, "{'descr': '<f4', (\n"), "weight encoder/"),
    "long array header": (lambda s: with_header(s, "{" + " " * 1_020 + "}\n", "encoder/kernel"), "weight encoder/"),
    "code in an array header": (lambda s: with_header(s, "__import__('os').system('true')\n"), "weight encoder/"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_refused_with_one_sentence(damage: str, text_solver: Solver) -> None:
    damaged, said = DAMAGES[damage]
    sentence = refusal(damaged(text_solver))
    assert said in sentence
    assert len(sentence.splitlines()) == 1
    assert len(sentence) < 500


@pytest.mark.parametrize("name", MEMBERS)
def test_a_file_without_one_of_its_members_is_refused(name: str, text_solver: Solver) -> None:
    parts = members(text_solver.to_bytes())
    del parts[name]
    assert name in refusal(zipped(parts))


@pytest.mark.parametrize("name", MEMBERS)
def test_a_zip_bomb_is_refused_before_it_is_unpacked(name: str, text_solver: Solver) -> None:
    bomb = changed(text_solver, **{name.partition(".")[0]: b" " * 30_000_000})
    assert len(bomb) < 100_000
    assert f"{name} is larger than the" in refusal(bomb)


def test_a_zip_bomb_among_the_weights_is_refused(text_solver: Solver) -> None:
    arrays = members(arrays_to_bytes(text_solver.weights)) | {"encoder/bias.npy": b"\0" * 5_000_000}
    assert "encoder/bias.npy is larger than the" in refusal(changed(text_solver, weights=zipped(arrays)))


def test_a_pickled_array_is_refused_and_never_run(tmp_path: Path, text_solver: Solver) -> None:
    trace = tmp_path / "trace"

    class Payload:
        def __reduce__(self) -> tuple[Callable[..., None], tuple[Path]]:
            return Path.touch, (trace,)

    buffer = io.BytesIO()
    np.save(buffer, np.array([Payload()] * 4, dtype=object), allow_pickle=True)
    assert "encoder/bias" in refusal(with_npy(text_solver, buffer.getvalue()))
    assert not trace.exists()


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA], ids=["bzip2", "lzma"])
def test_damage_inside_a_member_of_another_compression_is_refused(compression: int, text_solver: Solver) -> None:
    content = bytearray(zipped(members(text_solver.to_bytes()), compression))
    start = content.index(b"experiment.json") + len("experiment.json") + 12
    content[start : start + 40] = b"\xff" * 40
    assert len(refusal(bytes(content)).splitlines()) == 1


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


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.adder"
    path.write_bytes(b"no")
    with pytest.raises(SolverFileError, match=r"bad\.adder is not a solver: it is not a whole zip file"):
        Solver.load(path)


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(SolverFileError, match=r"the weights must be encoder/kernel, .*; received: lstm_1/kernel"):
        Solver(TINY_TEXT, random_solver(TINY_SCALED).weights)


def test_an_answer_on_characters_holds_every_probability(text_solver: Solver) -> None:
    answer = text_solver.solve(" 3 + 10 =")
    assert answer.question == "3+10"
    assert answer.expected == "13"
    assert answer.number is None
    assert answer.text == "".join(character.char for character in answer.characters)
    assert answer.correct == (answer.text == "13")
    for character in answer.characters:
        assert len(character.distribution) == 12
        assert sum(character.distribution) == pytest.approx(1, abs=1e-5)
        assert character.probability == max(character.distribution)
        assert ALPHABET[int(np.argmax(character.distribution))] == character.char
    product = np.prod([character.probability for character in answer.characters])
    assert answer.confidence == pytest.approx(product)


def test_a_reversed_answer_is_shown_in_human_order() -> None:
    weights = {name: np.zeros_like(weight) for name, weight in random_solver(TINY_FAST).weights.items()}
    solver = Solver(TINY_FAST, weights)
    numbers = np.array([[12, 50]])
    outputs = np.zeros((1, 3, 12), np.float32)
    outputs[0, [0, 1, 2], [2, 6, 11]] = 1  # writes 2, then 6, then a space
    encoding = TINY_FAST.encoding
    assert encoding.read_answers(outputs.argmax(axis=-1)) == [" 62"]  # type: ignore[union-attr]
    assert solver.predict(numbers).expected == [" 62"]
    random = random_solver(TINY_FAST, seed=3)
    answer = random.solve("12+50")
    steps = random.predict(numbers).outputs[0]
    assert [character.probability for character in answer.characters] == [float(step.max()) for step in steps[::-1]]


def test_an_answer_on_numbers_holds_the_number_before_rounding() -> None:
    solver = adding_solver()
    answer = solver.solve("12+50")
    assert (answer.text, answer.expected, answer.value, answer.correct) == ("62", "62", 62, True)
    assert answer.number == pytest.approx(62, abs=1e-4)
    assert answer.characters == ()
    assert isinstance(solver.experiment.encoding, ScaledEncoding)


def test_an_answer_that_spells_no_number_has_no_value(text_solver: Solver) -> None:
    answers = [text_solver.solve(f"{a}+{b}") for a in range(1, 11) for b in range(1, 11)]
    for answer in answers:
        spelled = answer.text.strip()
        assert answer.value == (int(spelled) if spelled.isdigit() else None)
    assert len({answer.text for answer in answers}) > 1


def test_a_bad_question_is_refused(text_solver: Solver) -> None:
    with pytest.raises(QuestionError, match="ends with an operator"):
        text_solver.solve("3+")


@pytest.mark.parametrize("experiment", [TINY_TEXT, TINY_FAST, TINY_SCALED], ids=["text", "fast", "scaled"])
def test_many_questions_are_answered_as_each_alone(experiment: Experiment) -> None:
    solver = random_solver(experiment)
    numbers = experiment.task.sample(30, np.random.default_rng(0), split="any")
    together = solver.predict(numbers)
    alone = [solver.solve(experiment.task.text(row)) for row in numbers.tolist()]
    assert together.texts == [answer.text for answer in alone]
    assert together.expected == [answer.expected for answer in alone]
    assert list(together.values) == [answer.value for answer in alone]
    assert together.correct.tolist() == [answer.correct for answer in alone]


def test_batches_of_predictions_join_to_the_whole(text_solver: Solver) -> None:
    numbers = TINY_TEXT.task.sample(20, np.random.default_rng(0))
    whole = text_solver.predict(numbers)
    joined = Predictions.joined([text_solver.predict(numbers[:7]), text_solver.predict(numbers[7:])])
    assert (joined.texts, joined.expected, list(joined.values)) == (whole.texts, whole.expected, list(whole.values))
    assert np.allclose(joined.outputs, whole.outputs, atol=1e-6)


def test_texts_are_compared_character_by_character() -> None:
    matches = Predictions.compare(["13", "7", "120"], ["18", "7", "12"])
    assert matches.tolist() == [[True, False, True], [True, True, True], [True, True, False]]
