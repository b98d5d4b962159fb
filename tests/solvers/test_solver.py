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

from adder import (
    Calibration,
    CarryCell,
    ColumnsEncoding,
    Experiment,
    ExperimentError,
    QuestionError,
    Report,
    Rule,
    ScaledEncoding,
    Seq2Seq,
    Solver,
    SolverFileError,
    Tagger,
    Tally,
    Task,
    TextEncoding,
    Transformer,
    shipped_solver,
)
from adder.encodings import ORDERS, PADDINGS
from adder.networks import Network
from adder.solvers.archive import arrays_to_bytes
from adder.solvers.history_csv import history_csv
from adder.solvers.results import Epoch
from adder.solvers.solver import FORMAT_VERSION, Predictions, true_texts
from adder.tasks.questions import ALPHABET
from tests.experiments import TINY_FAST, TINY_SCALED, TINY_TEXT, adding_solver, experiments, random_solver

QUESTIONS = ["3+10", "10+3", "1+1", "10+10", "7+8"]
EVENTS = (
    Epoch(1, 2.5, 0.125, 2.25, 0.25, 0.2, 0.0, None, 0.5, 1_000),
    Epoch(2, 0.1, 1 / 3, 1e-9, 0.75, 0.7, 0.5, 0.5, 0.25, 2_000),
)
REPORT = Report(
    questions=10,
    distinct=9,
    split="held_out",
    exact_match=0.5,
    exact_match_interval=(0.25, 0.75),
    character_accuracy=0.75,
    unpadded_accuracy=0.7,
    rmse=1.5,
    mean_absolute_error=1.25,
    malformed=0.1,
    guess_exact_match=0.05,
    guess_character_accuracy=0.3,
    by_position=(Tally(1, 10, 5),),
    by_length=(Tally(3, 10, 5),),
    by_carries=(Tally(0, 10, 5),),
    by_terms=(Tally(2, 10, 5),),
    by_operator=(Tally("+", 10, 5),),
    calibration=(Calibration(0.55, 10, 5),),
    trained_exact_match=0.6,
)
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
    assert json.loads(parts["experiment.json"]) == {"format_version": FORMAT_VERSION, "experiment": TINY_TEXT.to_dict()}
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
    "newer version": (lambda s: with_json(s, lambda it: it.update(format_version=3)), "it has format version 3; this"),
    "older version": (lambda s: with_json(s, lambda it: it.update(format_version=1)), "version 1; this adder reads 2"),
    "parts that do not go together": (
        lambda s: with_json(s, lambda it: it["experiment"]["network"].update(bridge="state")),
        "network.bridge=state starts the decoder from",
    ),
    "no version": (lambda s: with_json(s, lambda it: it.pop("format_version")), "it has format version None"),
    "no experiment": (lambda s: with_json(s, lambda it: it.pop("experiment")), "malformed"),
    "bad setting": (lambda s: with_json(s, lambda it: it["experiment"].update(seed=-1)), "seed must be a whole number"),
    "unknown setting": (
        lambda s: with_json(s, lambda it: it["experiment"].update(sed=1)),
        "a setting must be one of seed",
    ),
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
        "row 1 of history.csv must have a number for each column",
    ),
    "short history row": (lambda s: changed(s, history=(history_csv(EVENTS) + "3,1\n").encode()), "row 3 of history"),
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
    questions = TINY_FAST.task.read(["12+50"])
    outputs = np.zeros((1, 3, 12), np.float32)
    outputs[0, [0, 1, 2], [2, 6, 11]] = 1  # writes 2, then 6, then a space
    encoding = TINY_FAST.encoding
    assert encoding.read_answers(TINY_FAST.task, outputs.argmax(axis=-1)) == [" 62"]  # type: ignore[union-attr]
    random = random_solver(TINY_FAST, seed=3)
    assert random.predict(questions).expected == [" 62"]
    answer = random.solve("12+50")
    steps = random.predict(questions).outputs[0]
    assert [character.probability for character in answer.characters] == [float(step.max()) for step in steps[::-1]]


LOOKING = Seq2Seq(encoder_units=6, decoder_units=6, attention="dot", masking=True)
ATTENTIVE: list[Network] = [
    LOOKING,
    dataclasses.replace(LOOKING, attention="additive", feedback=True),
    Transformer(width=6, heads=2, layers=1, feedforward=6, masking=True),
]


@pytest.mark.parametrize("network", ATTENTIVE, ids=["dot", "additive", "transformer"])
@pytest.mark.parametrize("doubled", [False, True])
@pytest.mark.parametrize("question_order", ORDERS)
@pytest.mark.parametrize("answer_order", ORDERS)
def test_attention_is_shown_in_human_order_and_adds_up_to_one(
    network: Network, doubled: bool, question_order: str, answer_order: str
) -> None:
    encoding = TextEncoding(question_order=question_order, answer_order=answer_order, doubled=doubled)
    solver = random_solver(Experiment(task=Task(largest=100), encoding=encoding, network=network), scale=0.5)
    answer = solver.solve("3+10")
    assert "".join(answer.steps) == "   3+10" * (1 + doubled)
    assert len(answer.attention) == len(answer.text) == 3
    for row in answer.attention:
        assert sum(row) == pytest.approx(1, abs=1e-5)
        assert [looked > 0 for looked in row] == [label != " " for label in answer.steps]  # it masks padding
    predictions = solver.predict(solver.experiment.task.read(["3+10"]))
    assert predictions.attention is not None
    written = predictions.attention[0][:: 1 if answer_order == "written" else -1]
    assert np.array_equal(np.sort(answer.attention), np.sort(written))


def test_attention_over_columns_names_the_digits_of_each_place() -> None:
    solver = random_solver(Experiment(task=Task(largest=99), encoding=ColumnsEncoding(), network=LOOKING))
    answer = solver.solve("12+5")
    assert answer.steps == (" + ", "1+ ", "2+5")
    assert all(row[0] == 0 for row in answer.attention)


def test_a_network_without_attention_shows_none(text_solver: Solver) -> None:
    answer = text_solver.solve("3+10")
    assert answer.attention == ()
    assert "".join(answer.steps) == " 3+10"
    assert random_solver(TINY_SCALED).solve("3+10").steps == ()


@pytest.mark.parametrize("padding", PADDINGS)
def test_the_steps_of_an_answer_are_the_question_as_it_was_padded(padding: str) -> None:
    experiment = Experiment(task=Task(largest=100), encoding=TextEncoding(padding=padding))
    shown = {"left": "   3+10", "right": "3+10   ", "terms": "  3+ 10"}
    assert "".join(random_solver(experiment).solve("3+10").steps) == shown[padding]


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


@pytest.mark.parametrize(
    ("task", "question", "expected", "value"),
    [
        (Task(smallest=0, largest=99, operators="+-"), "5-12", " -7", -7),
        (Task(smallest=0, largest=99, operators="*"), "99*99", "9801", 9_801),
        (Task(smallest=0, largest=255, base=16), "FF+1", "100", 256),
        (Task(smallest=0, largest=255, base=2), "101+11", "     1000", 8),
        (Task(largest=99, terms=1, operators="^"), "12^2", " 144", 144),
        (Task(smallest=0, largest=9, terms=4, operators="+-*", brackets=2), "2*(3-(4+5))", "  -12", -12),
        (Rule((("cat", "tac"), ("do", "od"))), "do", " od", None),
    ],
)
def test_the_true_answer_is_known_of_every_kind_of_question(
    task: Task | Rule, question: str, expected: str, value: int | None
) -> None:
    experiment = Experiment(task=task, network=Seq2Seq(encoder_units=2, decoder_units=2))
    answer = random_solver(experiment).solve(question)
    assert answer.question == question
    assert answer.expected is not None
    assert answer.expected.strip() == expected.strip()
    assert len(answer.expected) == len(answer.text) == experiment.task.longest_answer
    assert task.value(answer.expected) == value
    assert true_texts(experiment, task.read([question])) == [answer.expected]


def test_the_true_answer_to_a_question_that_is_not_in_the_list_is_not_known() -> None:
    rule = Rule((("cat", "tac"), ("dog", "god")))
    solver = random_solver(Experiment(task=rule, network=Seq2Seq(encoder_units=2, decoder_units=2)))
    answer = solver.solve("tag")
    assert (answer.question, answer.expected, answer.correct) == ("tag", None, None)
    assert len(answer.characters) == 3
    assert solver.solve("dog").expected == "god"
    with pytest.raises(QuestionError, match='"dig" has "i" in it at character 2; this network has never seen that one'):
        solver.solve("dig")


def carrying_solver() -> Solver:
    """A carry cell whose weights make it add two numbers of any length exactly."""
    digits = ColumnsEncoding(fill="zero", input="integer")
    experiment = Experiment(task=Task(smallest=0, largest=99), encoding=digits, network=CarryCell(trained=1))
    return Solver(experiment, {"carry/w": np.array(10, np.float32)})


@pytest.mark.parametrize(
    "question",
    ["12+5", "9" * 60 + "+1", "1+" + "9" * 60, "5" * 300 + "+" + "7" * 300, "0+0"],
    ids=lambda question: f"{len(question)} characters",
)
def test_a_network_of_any_length_answers_longer_questions_than_it_was_trained_on(question: str) -> None:
    answer = carrying_solver().solve(question)
    assert answer.value == sum(map(int, question.split("+")))
    assert answer.correct
    assert len(answer.characters) == len(answer.text) == len(answer.steps)


def test_any_length_still_ends_at_a_thousand_digits() -> None:
    solver = carrying_solver()
    assert solver.solve("9" * 1_000 + "+0").correct
    with pytest.raises(QuestionError, match=r"^a number may have at most 1,000 digits; this one has 1,001$"):
        solver.solve("9" * 1_001 + "+0")
    assert solver.solve("0" * 1_001 + "12+50").correct
    assert solver.solve("１２３４５６７８９０１２ + 1").correct
    with pytest.raises(QuestionError, match='has "a" in it at character 1'):
        solver.solve("a" * 1_001 + "+1")


def test_a_question_of_the_usual_length_is_read_as_in_training() -> None:
    solver = carrying_solver()
    assert solver.read(["12+50"])[0] == solver.experiment.task
    task, questions = solver.read(["12+50", "123+4"])
    assert isinstance(task, Task)
    assert task.largest == 999
    assert solver.predict(questions, task).texts == ["0062", "0127"]


def test_a_network_of_one_length_refuses_longer_questions(text_solver: Solver) -> None:
    with pytest.raises(QuestionError, match="999 is outside 1 to 10, the numbers this network was trained on"):
        text_solver.solve("999+1")


# Reads back what it wrote, so that a whole answer may be likelier than the one its likeliest beginning leads to.
FEEDING_BACK = Experiment(network=Seq2Seq(encoder_units=4, decoder_units=4, feedback=True))


@pytest.mark.parametrize("experiment", [FEEDING_BACK, TINY_TEXT, TINY_FAST], ids=["feedback", "text", "reversed"])
def test_a_beam_of_one_is_the_answer(experiment: Experiment) -> None:
    solver = random_solver(experiment)
    answer = solver.solve("3+10")
    assert solver.solve("3+10", beam=1) == answer
    (candidate,) = solver.candidates("3+10", beam=1)
    assert candidate.text == answer.text
    assert candidate.probability == pytest.approx(answer.confidence, rel=1e-5)


@pytest.mark.parametrize("experiment", [FEEDING_BACK, TINY_TEXT, TINY_FAST], ids=["feedback", "text", "reversed"])
def test_candidates_are_different_answers_likeliest_first(experiment: Experiment) -> None:
    candidates = random_solver(experiment).candidates("3+10", beam=8)
    chances = [candidate.probability for candidate in candidates]
    assert len({candidate.text for candidate in candidates}) == 8
    assert chances == sorted(chances, reverse=True)
    assert 0 < sum(chances) <= 1 + 1e-6
    assert all(len(candidate.text) == experiment.task.longest_answer for candidate in candidates)


def test_a_beam_finds_a_likelier_whole_answer_than_the_greedy_one() -> None:
    better = []
    for seed in range(20):
        solver = random_solver(FEEDING_BACK, seed)
        greedily, searched = solver.solve("3+10"), solver.solve("3+10", beam=12)
        assert searched.confidence >= greedily.confidence * (1 - 1e-6)  # with 12 beginnings it misses none
        assert searched.text == solver.candidates("3+10", beam=12)[0].text
        assert searched.confidence == pytest.approx(solver.candidates("3+10", beam=12)[0].probability, rel=1e-4)
        better.append(searched.text != greedily.text)
    assert any(better)
    assert not all(better)


def test_an_answer_can_be_had_without_its_padding() -> None:
    zeros = carrying_solver().solve("12+7")
    assert (zeros.text, zeros.unpadded, zeros.expected_unpadded) == ("019", "19", "19")
    spaces = shipped_solver("two-digits").solve("3+10")
    assert (spaces.text, spaces.unpadded, spaces.expected_unpadded) == (" 13", "13", "13")
    number = adding_solver().solve("3+10")
    assert (number.text, number.unpadded) == ("13", "13")
    unknown = dataclasses.replace(spaces, expected=None)
    assert unknown.expected_unpadded is None


@pytest.mark.parametrize("beam", [0, -3, 101, 2.5, True])
def test_a_beam_that_cannot_be_followed_is_refused(beam: int, text_solver: Solver) -> None:
    with pytest.raises(ExperimentError, match="beam must be a whole number from 1 to 100"):
        text_solver.candidates("3+10", beam=beam)
    with pytest.raises(ExperimentError, match="beam must be a whole number from 1 to 100"):
        text_solver.solve("3+10", beam=beam)


def test_a_network_on_numbers_has_no_candidates() -> None:
    with pytest.raises(ExperimentError, match="beam must be for a network that writes characters; received: 'scaled'"):
        adding_solver().candidates("3+10")
    assert adding_solver().solve("3+10", beam=5).text == "13"


def test_a_bad_question_is_refused(text_solver: Solver) -> None:
    with pytest.raises(QuestionError, match="ends with an operator"):
        text_solver.solve("3+")


MANY_KINDS = {
    "text": TINY_TEXT,
    "fast": TINY_FAST,
    "scaled": TINY_SCALED,
    "attention": Experiment(task=Task(operators="+-", terms=3, fewest_terms=2), network=ATTENTIVE[1]),
    "transformer": Experiment(task=Task(terms=3, brackets=1, operators="+-"), network=ATTENTIVE[2]),
    "columns": Experiment(task=Task(largest=99), encoding=ColumnsEncoding(), network=Tagger(units=4)),
    "rule": Experiment(task=Rule(), network=LOOKING),
}


@pytest.mark.parametrize("experiment", MANY_KINDS.values(), ids=MANY_KINDS)
def test_many_questions_are_answered_as_each_alone(experiment: Experiment) -> None:
    solver = random_solver(experiment)
    questions = experiment.task.sample(30, np.random.default_rng(0), split="any")
    together = solver.predict(questions)
    alone = [solver.solve(text) for text in experiment.task.texts(questions)]
    assert together.texts == [answer.text for answer in alone]
    assert together.expected == [answer.expected for answer in alone]
    assert list(together.values) == [answer.value for answer in alone]
    assert together.correct.tolist() == [answer.correct for answer in alone]


@pytest.mark.parametrize("experiment", [TINY_TEXT, MANY_KINDS["attention"]], ids=["text", "attention"])
def test_batches_of_predictions_join_to_the_whole(experiment: Experiment) -> None:
    solver = random_solver(experiment)
    questions = experiment.task.sample(20, np.random.default_rng(0))
    whole = solver.predict(questions)
    joined = Predictions.joined([solver.predict(questions[:7]), solver.predict(questions[7:])])
    assert (joined.texts, joined.expected, list(joined.values)) == (whole.texts, whole.expected, list(whole.values))
    assert np.allclose(joined.outputs, whole.outputs, atol=1e-6)
    assert (joined.attention is None) == (whole.attention is None)
    if joined.attention is not None and whole.attention is not None:
        assert np.allclose(joined.attention, whole.attention, atol=1e-6)


def test_texts_are_compared_character_by_character() -> None:
    matches = Predictions.compare(["13", "7", "120"], ["18", "7", "12"])
    assert matches.tolist() == [[True, False, True], [True, True, True], [True, True, False]]
