"""A trained network that answers: an experiment with its weights, which therefore can never disagree.

Answering runs in NumPy alone. A solver is saved as one portable zip, an `.adder` file, and loading one executes
nothing from it: JSON, CSV and plain arrays, each checked against what the experiment says they must be.

    experiment.json   the experiment, and the version of this format
    weights.npz       one float32 array a weight, loaded without pickle
    history.csv       one row an epoch
    report.json       the evaluation that was made when the run ended, or null
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from adder import checks
from adder.encoding import ScaledEncoding
from adder.errors import ExperimentError, QuestionError, SolverFileError, shorten, shown
from adder.experiment import MOST_SAMPLES_A_RUN, Experiment
from adder.expression import plain
from adder.forward import Array, Outputs, beam_search, overflowing
from adder.numerals import DIGITS, digits
from adder.questions import Questions
from adder.results import HISTORY_COLUMNS, Answer, Candidate, Character, EpochEvent, Report
from adder.task import LARGEST_NUMBER, MOST_DIGITS, Task
from adder.tasks import AnyTask
from adder.wording import Sentence

FORMAT_VERSION = 2
MOST_BEAMS = 100
MOST_CHARACTERS = 100_000  # of a question
PART = ".part"  # ends the name of a file that is still being written
_DIGIT_RUN = re.compile(r"[0-9A-Z]+")
MOST_TEXT_BYTES = 10_000_000  # the longest list of one's own takes 8
MOST_HISTORY_BYTES = 1_000_000  # a thousand epochs take a quarter of it
MOST_REPORT_BYTES = 1_000_000
MOST_DIRECTORY_BYTES = 100_000  # of a zip, in which the largest network's takes a tenth
_PIECE_BYTES = 65_536
_PACKED = 4  # times smaller than weights are, weights never pack
_UNPACKED_BYTES = 1_000_000  # that are always unpacked, however small they were packed
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # so that equal solvers are equal files


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Answers to many questions at once.

    Attributes:
        texts: What the network wrote, padded, in human order.
        expected: The true answers, padded alike.
        outputs: The network's own output: probabilities `(n, answer_length, symbols)` in the order it writes, or
            scaled sums `(n,)`.
        values: The number each text spells, or None where it spells none.
        attention: How much each character looked at each step, in the network's order; None without attention.
    """

    texts: list[str]
    expected: list[str]
    outputs: Array
    values: Sequence[int | None]
    attention: Array | None = None

    @property
    def matches(self) -> NDArray[np.bool_]:
        """Which characters are right, shape `(n, longest text)`."""
        return self.compare(self.texts, self.expected)

    @property
    def correct(self) -> NDArray[np.bool_]:
        """Which answers are right in every character, shape `(n,)`."""
        return np.all(self.matches, axis=1)

    @staticmethod
    def compare(texts: list[str], expected: list[str]) -> NDArray[np.bool_]:
        """Where two lists of texts agree, character by character; a missing character agrees with none but another.

        >>> Predictions.compare(["13", "7"], ["18", "7"]).tolist()
        [[True, False], [True, True]]
        """
        width = max(map(len, [*texts, *expected]))
        left, right = (np.array(each, f"<U{width}").view("<U1").reshape(-1, width) for each in (texts, expected))
        return left == right

    @classmethod
    def joined(cls, parts: Sequence[Predictions]) -> Predictions:
        """Several batches as one."""
        return cls(
            [text for part in parts for text in part.texts],
            [text for part in parts for text in part.expected],
            np.concatenate([part.outputs for part in parts]),
            [value for part in parts for value in part.values],
            None if parts[0].attention is None else np.concatenate([part.attention for part in parts]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Solver:
    """An experiment with its trained weights.

    Attributes:
        experiment: What was trained.
        weights: Every weight under the name that `experiment.network.weight_shapes` gives it, float32.
        history: The run's epochs, without their examples.
        report: The evaluation that was made when the run ended.

    Raises:
        SolverFileError: Weights that are missing, unknown, of the wrong shape, or not finite.
    """

    experiment: Experiment
    weights: dict[str, Array] = field(repr=False)
    history: tuple[EpochEvent, ...] = field(default=(), repr=False)
    report: Report | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        shapes = self.experiment.weight_shapes
        if list(self.weights) != list(shapes):
            raise SolverFileError(
                Sentence(
                    "the weights must be {names}; received: {received}",
                    names=", ".join(shapes),
                    received=", ".join(self.weights),
                )
            )
        for name, shape in shapes.items():
            weight = self.weights[name]
            if weight.shape != shape or weight.dtype != np.float32:
                raise SolverFileError(
                    Sentence(
                        "weight {name} must be float32 of shape {shape}; received: {kind} of {received}",
                        name=name,
                        shape=shape,
                        kind=str(weight.dtype),
                        received=weight.shape,
                    )
                )
            if not np.isfinite(weight).all():
                raise SolverFileError(Sentence("weight {name} must be finite; it holds nan or infinity", name=name))

    def solve(self, text: str, *, beam: int = 1) -> Answer:
        """Answer one typed question.

        Args:
            text: The question.
            beam: How many beginnings of an answer to follow at a time; 1 takes the likeliest character at each step.

        Raises:
            ExperimentError: `beam` is not a whole number from 1 to 100.
            QuestionError: The question cannot be asked of this network.

        >>> from adder.assets import shipped_solver
        >>> shipped_solver("seq2seq").solve("3+10").text
        '13'
        >>> answer = shipped_solver("two-digits").solve("3+10")
        >>> answer.text, answer.unpadded
        (' 13', '13')
        """
        checks.whole_number("beam", beam, 1, MOST_BEAMS)
        task, questions = self.read([text])
        if beam > 1 and self.experiment.encoding.writes_characters:
            return self.answers(questions, task, self._searched(questions, task, beam))[0]
        return self.answers(questions, task, self.predict(questions, task))[0]

    def answers(self, questions: Questions, task: AnyTask, predictions: Predictions) -> list[Answer]:
        """Predictions as an answer each, with all that is known of it.

        Args:
            questions: What was asked.
            task: What they are of, as `read` gives it.
            predictions: What `predict` made of them.
        """
        return [self._answer(questions[row : row + 1], task, predictions, row) for row in range(len(questions))]

    def _answer(self, questions: Questions, task: AnyTask, predictions: Predictions, row: int) -> Answer:
        encoding = self.experiment.encoding
        written = predictions.texts[row]
        number: float | None = None
        characters: tuple[Character, ...] = ()
        steps: tuple[str, ...] = ()
        attention: tuple[tuple[float, ...], ...] = ()
        if isinstance(encoding, ScaledEncoding):
            number = float(encoding.decode_answers(task, predictions.outputs)[row])
        else:
            chances = encoding.human_order(predictions.outputs[row : row + 1])[0]
            characters = tuple(
                Character(char, float(chance[task.alphabet.index(char)]), tuple(map(float, chance)))
                for char, chance in zip(written, chances, strict=True)
            )
            steps = tuple(encoding.step_labels(task, encoding.encode_questions(task, questions)[0]))
            if predictions.attention is not None:
                looked = encoding.question_human_order(encoding.human_order(predictions.attention[row : row + 1])[0])
                attention = tuple(tuple(map(float, row)) for row in looked)
        expected = predictions.expected[row] if questions.answered else None
        return Answer(
            question=task.texts(questions)[0],
            text=written,
            value=predictions.values[row],
            expected=expected,
            correct=None if expected is None else written == expected,
            characters=characters,
            number=number,
            steps=steps,
            attention=attention,
            fill="space" if isinstance(encoding, ScaledEncoding) else encoding.fill,
        )

    def candidates(self, text: str, *, beam: int = 5) -> tuple[Candidate, ...]:
        """The likeliest whole answers to one question, likeliest first, as far as a beam search finds them.

        Raises:
            ExperimentError: `beam` is not a whole number from 1 to 100, or the network writes no characters.
            QuestionError: The question cannot be asked of this network.
        """
        task, questions = self.read([text])
        return tuple(
            Candidate(self._text(task, np.array([answer], np.int64))[0], probability)
            for answer, probability in self._beam(questions, task, beam)
        )

    def _beam(self, questions: Questions, task: AnyTask, width: int) -> list[tuple[tuple[int, ...], float]]:
        checks.whole_number("beam", width, 1, MOST_BEAMS)
        encoding = self.experiment.encoding
        if not encoding.writes_characters:
            raise ExperimentError("beam", Sentence("for a network that writes characters"), encoding.name)
        with overflowing():
            decoder = self.experiment.decoder(self.weights, encoding.encode_questions(task, questions))
            return beam_search(decoder, encoding.answer_length(task), task.blank, width)

    def _searched(self, questions: Questions, task: AnyTask, width: int) -> Predictions:
        """The answer of a beam search, with the probabilities it had on its way."""
        answer = np.array([self._beam(questions, task, width)[0][0]], np.int64)
        inputs = self.experiment.encoding.encode_questions(task, questions)
        outputs = self.experiment.forced(self.weights, inputs, answer)
        return self._predictions(questions, task, outputs, self._text(task, answer))

    def read(self, texts: Sequence[str]) -> tuple[AnyTask, Questions]:
        """Typed questions as a batch, and the task they are of.

        That is this solver's own task, or for one that reads any length the same with numbers as long as are asked.

        Raises:
            QuestionError: The first that cannot be asked of this network.
        """
        task = self.experiment.task
        if self.experiment.any_length and isinstance(task, Task):
            short = [text for text in texts if len(str(text)) <= MOST_CHARACTERS]  # the others are the task's to refuse
            longest = max((len(run) for text in short for run in _numbers(text, task.base)), default=0)
            most = MOST_DIGITS if task.base <= 10 else digits(LARGEST_NUMBER, task.base) - 1
            if longest > most:
                raise QuestionError(
                    Sentence("a number may have at most {most:,} digits; this one has {n:,}", most=most, n=longest)
                )
            if longest > task.number_width:
                task = task.widened(task.base**longest - 1)
        return task, task.read(texts)

    def predict(self, questions: Questions, task: AnyTask | None = None) -> Predictions:
        """Answer many questions.

        Args:
            questions: Of this solver's task.
            task: Or of this one, as `read` gives it.
        """
        task = task or self.experiment.task
        outputs = self.experiment.forward(self.weights, self.experiment.encoding.encode_questions(task, questions))
        encoding = self.experiment.encoding
        if not isinstance(encoding, ScaledEncoding):
            return self._predictions(questions, task, outputs, self._text(task, outputs.values.argmax(axis=-1)))
        assert isinstance(task, Task)
        values = [round(value) for value in encoding.decode_answers(task, outputs.values).tolist()]
        expected = true_texts(self.experiment, questions, task)
        return Predictions([task.spell(value) for value in values], expected, outputs.values, values)

    def _text(self, task: AnyTask, grid: NDArray[np.integer]) -> list[str]:
        assert not isinstance(self.experiment.encoding, ScaledEncoding)
        return self.experiment.encoding.read_answers(task, grid)

    def _predictions(self, questions: Questions, task: AnyTask, outputs: Outputs, texts: list[str]) -> Predictions:
        expected = true_texts(self.experiment, questions, task)
        return Predictions(texts, expected, outputs.values, [task.value(text) for text in texts], outputs.attention)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the solver to one file; a file of that name is replaced whole or not at all.

        Raises:
            SolverFileError: The file cannot be written.
        """
        path = Path(path)
        try:
            replace_file(path, self.to_bytes())
        except OSError as error:
            raise SolverFileError(Sentence("cannot write {path}: {why}", path=str(path), why=error.strerror)) from error

    def to_bytes(self) -> bytes:
        """The solver as the bytes of an `.adder` file."""
        described = {"format_version": FORMAT_VERSION, "experiment": self.experiment.to_dict()}
        report = None if self.report is None else self.report.to_dict()
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in (
                ("experiment.json", json.dumps(described, indent=2, ensure_ascii=False).encode()),
                ("weights.npz", arrays_to_bytes(self.weights)),
                ("history.csv", history_csv(self.history).encode()),
                ("report.json", json.dumps(report, indent=2).encode()),
            ):
                archive.writestr(zipfile.ZipInfo(name, _FIXED_TIME), content, zipfile.ZIP_DEFLATED)
        return buffer.getvalue()

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Solver:
        """Read a saved solver.

        Raises:
            SolverFileError: The file cannot be read or is not a whole, well-formed solver.
        """
        try:
            with open(path, "rb") as file:
                return cls._read(file)
        except OSError as error:
            raise SolverFileError(Sentence("cannot read {path}: {why}", path=str(path), why=error.strerror)) from error
        except SolverFileError as error:
            raise SolverFileError(
                Sentence("{path} is not a solver: {why}", path=str(path), why=error.sentence)
            ) from error

    @classmethod
    def from_bytes(cls, content: bytes) -> Solver:
        """Read a solver from the bytes of an `.adder` file."""
        return cls._read(io.BytesIO(content))

    @classmethod
    def _read(cls, file: IO[bytes]) -> Solver:
        with opened_zip(file) as archive:
            described = described_in(archive, "experiment.json", FORMAT_VERSION)
            experiment = Experiment.from_dict(described["experiment"])
            weights = weights_in(archive, "weights.npz", experiment.weight_shapes)
            history = history_in(archive)
            report = json.loads(member_of(archive, "report.json", MOST_REPORT_BYTES))
            return cls(experiment, weights, history, None if report is None else Report.from_dict(report))


@contextmanager
def opened_zip(file: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """A zip to read from; whatever turns out to be wrong with it is a `SolverFileError` that says so."""
    try:
        with zipfile.ZipFile(_Opening(file)) as archive:
            yield archive
    except (ExperimentError, SolverFileError) as error:
        raise SolverFileError(error.sentence) from error
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise SolverFileError(Sentence("a part of it is malformed")) from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise SolverFileError(Sentence("it is not a whole zip file")) from error


class _Opening:
    """A file that hands over no more at a time than the directory of an honest zip takes.

    `zipfile` reads a directory at once, however long it says that it is, and makes an object of each of its entries.
    Members are read in smaller pieces.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1, /) -> bytes:
        content = self._file.read(size if 0 <= size <= MOST_DIRECTORY_BYTES else MOST_DIRECTORY_BYTES + 1)
        if len(content) > MOST_DIRECTORY_BYTES:
            raise SolverFileError(Sentence("it lists more parts than any such file has"))
        return content


def described_in(archive: zipfile.ZipFile, name: str, version: int) -> dict[str, Any]:
    """The JSON object in one member, which must be of this version of the format."""
    described = json.loads(member_of(archive, name, MOST_TEXT_BYTES))
    found = described.get("format_version") if isinstance(described, dict) else None
    if not isinstance(described, dict) or found != version:
        raise SolverFileError(
            Sentence("it has format version {version}; this adder reads {known}", version=shown(found), known=version)
        )
    return described


def history_in(archive: zipfile.ZipFile) -> tuple[EpochEvent, ...]:
    """The epochs in `history.csv`."""
    try:
        text = member_of(archive, "history.csv", MOST_HISTORY_BYTES).decode()
    except UnicodeDecodeError as error:
        raise SolverFileError(Sentence("history.csv must be text in UTF-8")) from error
    return read_history(text)


def weights_in(archive: zipfile.ZipFile, name: str, shapes: dict[str, tuple[int, ...]]) -> dict[str, Array]:
    """The arrays in one member, which may be no longer than such arrays are."""
    limit = sum(4 * math.prod(shape) + 1_000 for shape in shapes.values())
    _check_member(archive, name)
    packed = min(archive.getinfo(name).compress_size, archive.start_dir)  # which is where what is packed has ended
    unpacked = max(_UNPACKED_BYTES, _PACKED * packed)
    return arrays_from_bytes(member_of(archive, name, min(limit, unpacked)), shapes)


def _numbers(text: object, base: int) -> list[str]:
    """The numbers in a question, without leading zeros; what else is wrong with it is the task's to say."""
    runs = _DIGIT_RUN.findall(plain(str(text)).upper())
    return [run.lstrip("0") for run in runs if set(run) <= set(DIGITS[:base])]


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or as it was before, whatever happens meanwhile.

    Raises:
        OSError: It cannot be written.
    """
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name[:50], suffix=PART, delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(file.name, 0o644)
            os.replace(file.name, path)
        except OSError:
            os.unlink(file.name)
            raise


def true_texts(experiment: Experiment, questions: Questions, task: AnyTask | None = None) -> list[str]:
    """The true answers as this experiment's networks should write them, padding included.

    Args:
        experiment: Whose encoding to write them in.
        questions: The questions.
        task: What they are of; by default the experiment's own task.
    """
    task, encoding = task or experiment.task, experiment.encoding
    if not isinstance(encoding, ScaledEncoding):
        return encoding.read_answers(task, encoding.encode_answers(task, questions))
    assert isinstance(task, Task)
    assert questions.values is not None
    return [task.spell(answer) for answer in questions.values.tolist()]


def arrays_to_bytes(arrays: dict[str, Array]) -> bytes:
    """Named arrays as the bytes of an `.npz`, the same bytes for the same arrays."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            npy.write_array(member, np.asarray(array, order="C"), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _FIXED_TIME), member.getvalue())
    return buffer.getvalue()


def arrays_from_bytes(content: bytes, shapes: dict[str, tuple[int, ...]]) -> dict[str, Array]:
    """The float32 arrays of these names and shapes; nothing is allocated before its header has been checked.

    Raises:
        SolverFileError: An array is missing, unknown, or of another shape or type.
    """
    arrays: dict[str, Array] = {}
    with zipfile.ZipFile(_Opening(io.BytesIO(content))) as archive:
        unknown = set(archive.namelist()) - {f"{name}.npy" for name in shapes}
        if unknown:
            raise SolverFileError(Sentence("it holds an unknown weight, {name}", name=shorten(min(unknown), 80)))
        for name, shape in shapes.items():
            if f"{name}.npy" not in archive.namelist():
                raise SolverFileError(Sentence("weight {name} is missing", name=name))
            header = _npy_header(shape)
            length = len(header) + 4 * math.prod(shape)
            member = member_of(archive, f"{name}.npy", length)
            # There is one way to write such an array, so a header need not be understood, only compared.
            if len(member) != length or not member.startswith(header):
                raise SolverFileError(
                    Sentence(
                        "weight {name} must be an npy array of float32 and shape {shape}, which it is not",
                        name=name,
                        shape=shape,
                    )
                )
            arrays[name] = np.frombuffer(member, np.float32, offset=len(header)).reshape(shape)
    return arrays


def _npy_header(shape: tuple[int, ...]) -> bytes:
    header = io.BytesIO()
    npy.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": shape})
    return header.getvalue()


def history_csv(history: Sequence[EpochEvent]) -> str:
    """The epochs as CSV, one row each, a column a figure."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, HISTORY_COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(event.to_dict() for event in history)
    return buffer.getvalue()


def read_history(text: str) -> tuple[EpochEvent, ...]:
    """The epochs that `history_csv` wrote.

    Raises:
        SolverFileError: The columns are others, or a row is not that of its epoch; the message names it.
    """
    try:
        heading, *rows = csv.reader(io.StringIO(text), strict=True) if text else [[]]
    except csv.Error as error:
        raise SolverFileError(Sentence("history.csv must be CSV ({why})", why=str(error))) from error
    if tuple(heading) != HISTORY_COLUMNS:
        raise SolverFileError(
            Sentence("history.csv must have the columns {columns}", columns=", ".join(HISTORY_COLUMNS))
        )
    return tuple(_epoch(row, epoch) for epoch, row in enumerate(rows, start=1))


def _epoch(row: list[str], epoch: int) -> EpochEvent:
    """The figures in a row of the history."""

    def figure(column: str, text: str) -> Any:
        return int(text) if column in ("epoch", "samples") else float(text) if text else None

    try:
        event = EpochEvent(**{column: figure(column, cell) for column, cell in zip(HISTORY_COLUMNS, row, strict=True)})
    except ValueError as error:
        raise SolverFileError(
            Sentence("row {epoch} of history.csv must have a number for each column", epoch=epoch)
        ) from error
    checks.whole_number("epoch", event.epoch, epoch, epoch)
    checks.whole_number("samples", event.samples, 0, MOST_SAMPLES_A_RUN)
    for share in ("accuracy", "check_accuracy", "unpadded_accuracy", "exact_match"):
        checks.number(share, getattr(event, share), 0, 1)
    if event.held_out_exact_match is not None:
        checks.number("held_out_exact_match", event.held_out_exact_match, 0, 1)
    checks.number("seconds", event.seconds, 0, sys.float_info.max)
    return event


def _check_member(archive: zipfile.ZipFile, name: str) -> None:
    if name not in archive.NameToInfo:
        raise SolverFileError(Sentence("{name} is missing", name=name))


def member_of(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """The content of one member, refused where it would be longer than `limit` bytes."""
    _check_member(archive, name)
    if archive.getinfo(name).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise SolverFileError(Sentence("{name} must be stored or deflated; it is compressed in another way", name=name))
    content = bytearray()
    with archive.open(name) as member:
        while piece := member.read(_PIECE_BYTES):
            content += piece
            if len(content) > limit:
                said = Sentence("{name} is larger than the {limit:,} bytes it may have", name=name, limit=limit)
                raise SolverFileError(said)
    return bytes(content)
