"""Lists of questions from a file, one a row, with or without the true answer beside each.

It reads text into rows and rows into questions, and says which row is wrong. Where the text comes from is the
caller's to know.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass

from adder.errors import AdderError, QuestionFileError, shorten
from adder.questions import Questions, texts
from adder.results import Answer
from adder.solver import Solver
from adder.tasks import AnyTask
from adder.wording import Sentence


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line counted from 1, the question, and the answer beside it, which may be empty."""

    line: int
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Answered:
    """One row with what a network made of it: its answer, or what was wrong with the row."""

    row: Row
    answer: Answer | None
    problem: AdderError | None = None


def rows_of(text: str) -> list[Row]:
    r"""The rows of a CSV text that hold something, without a heading.

    Raises:
        QuestionFileError: It is no CSV, or holds no questions.

    >>> rows_of("question,answer\n3+10,13\n\n7+8\n")
    [Row(line=2, question='3+10', answer='13'), Row(line=4, question='7+8', answer='')]
    """
    try:
        cells = list(csv.reader(text.removeprefix("\ufeff").splitlines()))
    except csv.Error as error:
        raise QuestionFileError(Sentence("it must be a CSV file in UTF-8 ({error})", error=str(error))) from error
    found = [
        Row(line, row[0], row[1].strip() if len(row) > 1 else "")
        for line, row in enumerate(cells, start=1)
        if any(cell.strip() for cell in row) and not (line == 1 and row[0].strip().lower() == "question")
    ]
    if not found:
        raise QuestionFileError(Sentence("it holds no questions"))
    return found


def read_questions(rows: list[Row], solver: Solver) -> tuple[AnyTask, Questions]:
    """The questions of all rows as a batch, and the task they are of; see `Solver.read`.

    Raises:
        QuestionFileError: A row that cannot be asked, or whose answer is not the true one; the message names it.
    """
    try:
        task, questions = solver.read([row.question for row in rows])
    except AdderError:
        for row in rows:
            try:
                solver.read([row.question])
            except AdderError as error:
                raise QuestionFileError(_in_row(row, error.sentence)) from error
        raise
    if questions.answered:
        truths = [text.strip() for text in texts(questions.answers, task.alphabet)]
        for row, truth in zip(rows, truths, strict=True):
            if row.answer and not _agree(task, row.answer, truth):
                raise QuestionFileError(_in_row(row, _contradiction(row, truth)))
    return task, questions


def answer_rows(rows: list[Row], solver: Solver) -> list[Answered]:
    """What a network answers to each row; a row that is wrong is reported in its place and spoils no other."""
    found: list[Answered] = []
    for row in rows:
        try:
            answer = solver.solve(row.question)
        except AdderError as error:
            found.append(Answered(row, None, error))
            continue
        truth = None if answer.expected is None else answer.expected.strip()
        wrong = bool(truth and row.answer) and not _agree(solver.experiment.task, row.answer, truth or "")
        problem = (
            QuestionFileError(_contradiction(row, solver.experiment.encoding.unpadded(truth or ""))) if wrong else None
        )
        found.append(Answered(row, answer, problem))
    return found


def _agree(task: AnyTask, answer: str, truth: str) -> bool:
    return answer == truth or (task.value(answer) is not None and task.value(answer) == task.value(truth))


def _contradiction(row: Row, truth: str) -> Sentence:
    return Sentence(
        "{question} is {truth}; the file says {answer}",
        question=shorten(row.question, 40),
        truth=truth,
        answer=shorten(row.answer, 40),
    )


def _in_row(row: Row, problem: str) -> Sentence:
    return Sentence("row {line}: {problem}", line=row.line, problem=problem)
