"""A trained network that answers: an experiment together with its weights, which are checked against it.

Answering runs in NumPy alone. A solver is saved as one zip, an `.adder` file. Loading a file executes nothing from
it, and checks each member:

    experiment.json       the experiment, and the version of this format
    weights.safetensors   one float32 array a weight
    history.csv           one row an epoch
    report.json           the evaluation that was made when the run ended, or null
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Self

import msgspec
import numpy as np

from adder.base import validation
from adder.base.errors import ExperimentError
from adder.base.html import table
from adder.base.messages import Sentence
from adder.experiment import Experiment
from adder.networks.arrays import Array, Outputs, overflowing
from adder.networks.decoding import beam_search
from adder.solvers.answering import decoder_of, forward, teacher_forced
from adder.solvers.archive import (
    Zipped,
    arrays_in,
    arrays_to_bytes,
    checked_arrays,
    described_in,
    member_of,
    without_denormals,
)
from adder.solvers.history_csv import history_csv, history_in
from adder.solvers.predictions import Predictions, answer
from adder.solvers.results import Answer, Candidate, Epoch, History, Report
from adder.tasks import AnyTask
from adder.tasks.questions import Questions

FORMAT_VERSION = 3  # Version 2 kept its weights as weights.npz, and is still read.
MOST_BEAMS = 100
MOST_REPORT_BYTES = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Solver(Zipped):
    """An experiment with its trained weights.

    Attributes:
        experiment: What was trained.
        weights: Every weight under the name that `experiment.weight_shapes` gives it, float32.
        history: The run's epochs, without their examples.
        report: The evaluation that was made when the run ended.

    Raises:
        SolverFileError: A weight is missing, unknown, of the wrong shape, or not finite.
    """

    kind: ClassVar[Sentence] = Sentence("a solver")

    experiment: Experiment
    weights: dict[str, Array] = field(repr=False)
    history: tuple[Epoch, ...] = field(default=(), repr=False)
    report: Report | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        checked = checked_arrays(self.weights, self.experiment.weight_shapes)
        object.__setattr__(self, "weights", {name: without_denormals(array) for name, array in checked.items()})
        object.__setattr__(self, "history", History(self.history))

    @property
    def array_bytes(self) -> int:
        """The memory that its weights take."""
        return sum(weight.nbytes for weight in self.weights.values())

    def _repr_html_(self) -> str:
        """The solver as notebooks show it: how far it was trained, how well it answers, and its experiment."""
        rows = []
        if self.history:
            last = self.history[-1]
            rows.append(("trained", f"{last.epoch:,} epochs, {last.samples:,} samples"))
            rows.append(("whole answers right", f"{last.exact_match:.1%} of its check questions after the last epoch"))
        if self.report:
            rows.append(("in its report", f"{self.report.exact_match:.2%} of {self.report.questions:,}"))
        return table("Solver", rows) + self.experiment._repr_html_()

    def solve(self, text: str, *, beam: int = 1) -> Answer:
        """Answer one typed question.

        Args:
            text: The question.
            beam: How many beginnings of an answer a beam search follows; 1 takes the likeliest character at each step.

        Raises:
            ExperimentError: `beam` is not a whole number from 1 to 100.
            QuestionError: The question cannot be asked of this network.

        >>> from adder.solvers.shipped import shipped_solver
        >>> shipped_solver("seq2seq").solve("3+10").text
        '13'
        >>> answer = shipped_solver("two-digits").solve("3+10")
        >>> answer.text, answer.unpadded
        (' 13', '13')
        """
        validation.whole_number("beam", beam, 1, MOST_BEAMS)
        task, questions = self.read([text])
        if beam > 1 and self.experiment.encoding.writes_characters:
            return self.answers(questions, task, self._searched(questions, task, beam))[0]
        return self.answers(questions, task, self.predict(questions, task))[0]

    def answers(self, questions: Questions, task: AnyTask, predictions: Predictions) -> list[Answer]:
        """Predictions as one `Answer` each, with the probabilities and what the network looked at.

        Args:
            questions: What was asked.
            task: The task of the questions, as `read` gives it.
            predictions: What `predict` made of them.
        """
        encoding = self.experiment.encoding
        return [answer(encoding, task, questions, predictions, row) for row in range(len(questions))]

    def candidates(self, text: str, *, beam: int = 5) -> tuple[Candidate, ...]:
        """The likeliest whole answers to one question, likeliest first, as far as a beam search finds them.

        Raises:
            ExperimentError: `beam` is not a whole number from 1 to 100, or the network writes no characters.
            QuestionError: The question cannot be asked of this network.
        """
        task, questions = self.read([text])
        encoding = self.experiment.encoding
        return tuple(
            Candidate(encoding.read_answers(task, np.array([written], np.int64))[0], probability)
            for written, probability in self._beam(questions, task, beam)
        )

    def _beam(self, questions: Questions, task: AnyTask, width: int) -> list[tuple[tuple[int, ...], float]]:
        validation.whole_number("beam", width, 1, MOST_BEAMS)
        encoding = self.experiment.encoding
        if not encoding.writes_characters:
            raise ExperimentError("beam", Sentence("for a network that writes characters"), encoding.name)
        with overflowing():
            decoder = decoder_of(self.experiment, self.weights, encoding.encode_questions(task, questions))
            return beam_search(decoder, encoding.answer_length(task), task.blank, width)

    def _searched(self, questions: Questions, task: AnyTask, width: int) -> Predictions:
        """The likeliest answer that a beam search finds, with the probabilities of each of its steps."""
        written = np.array([self._beam(questions, task, width)[0][0]], np.int64)
        encoding = self.experiment.encoding
        outputs = teacher_forced(self.experiment, self.weights, encoding.encode_questions(task, questions), written)
        return self._predictions(questions, task, outputs, encoding.read_answers(task, written))

    def read(self, texts: Sequence[str]) -> tuple[AnyTask, Questions]:
        """Typed questions as a batch, and their task.

        It is the solver's own task. If the network reads questions of any length, it is that task with numbers as
        long as the longest here.

        Raises:
            QuestionError: A question cannot be asked of this network; the error is about the first such one.
        """
        task = self.task_of(texts)
        return task, task.read(texts)

    def task_of(self, texts: Sequence[str]) -> AnyTask:
        """The task that `read` reads these questions with; see `Experiment.task_of`."""
        return self.experiment.task_of(texts)

    def predict(self, questions: Questions, task: AnyTask | None = None) -> Predictions:
        """Answer many questions.

        Args:
            questions: What to ask.
            task: The task of the questions, as `read` gives it; by default the solver's own.
        """
        task = task or self.experiment.task
        encoding = self.experiment.encoding
        inputs, steps = encoding.encode_questions(task, questions), encoding.answer_length(task)
        outputs = forward(self.experiment, self.weights, inputs, steps=steps)
        return self._predictions(questions, task, outputs, encoding.to_texts(task, outputs.values))

    def _predictions(self, questions: Questions, task: AnyTask, outputs: Outputs, texts: list[str]) -> Predictions:
        expected = self.experiment.encoding.true_texts(task, questions)
        return Predictions(texts, expected, outputs.values, [task.value(text) for text in texts], outputs.attention)

    def _members(self) -> Iterator[tuple[str, bytes]]:
        described = {"format_version": FORMAT_VERSION, "experiment": self.experiment.to_dict()}
        yield "experiment.json", json.dumps(described, indent=2, ensure_ascii=False).encode()
        yield "weights.safetensors", arrays_to_bytes(self.weights)
        yield "history.csv", history_csv(self.history).encode()
        yield "report.json", msgspec.json.format(msgspec.json.encode(self.report), indent=2)

    @classmethod
    def _read(cls, archive: zipfile.ZipFile) -> Self:
        described = described_in(archive, "experiment.json", FORMAT_VERSION, 2)
        experiment = Experiment.from_dict(described["experiment"])
        return cls(
            experiment,
            arrays_in(archive, "weights", experiment.weight_shapes),
            history_in(archive),
            msgspec.json.decode(member_of(archive, "report.json", MOST_REPORT_BYTES), type=Report | None),
        )
