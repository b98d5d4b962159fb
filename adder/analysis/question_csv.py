"""Questions from a CSV text, one a row, with or without the true answer beside each.

Text becomes rows (`adder.tasks.list_file`), rows become questions, and an error names the row that is wrong. The task
knows the true answers; where the task is a list that lacks a question, the answer in its row counts as true.
"""

from __future__ import annotations

import csv
import dataclasses
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from adder.base.csv_files import csv_file
from adder.base.errors import AdderError, QuestionError, QuestionFileError, shorten
from adder.base.messages import Sentence
from adder.solvers.evaluation import ask_all
from adder.solvers.results import Answer
from adder.solvers.solver import Solver
from adder.tasks import AnyTask, typed_text
from adder.tasks.list_file import read_list
from adder.tasks.questions import Questions, texts

ANSWER_COLUMNS = ("line", "question", "predicted", "expected", "verdict", "confidence", "note")

_SUM = re.compile(r"[0-9(].*[^0-9.,\s].*[0-9)]")
_NOTHING_AFTER_THE_POINT = re.compile(r"[.,]0+$")  # Spreadsheets may write whole numbers like this.


class Row(NamedTuple):
    """One row: its line counted from 1, the question, and the answer beside it, which may be empty."""

    line: int
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Answered:
    """One row with the network's answer, or with what is wrong with the row."""

    row: Row
    answer: Answer | None
    problem: AdderError | None = None


def rows_of(text: str, heading: bool | None = None) -> list[Row]:
    r"""The rows of a CSV text, without empty ones and without a heading; `read_list` says what a heading is.

    Args:
        text: The file's text.
        heading: Whether the first row is a heading; None to tell as `read_list` does.

    Raises:
        QuestionFileError: The text is not CSV, holds no questions, or has more than 100,000 rows.

    >>> rows_of("question,answer\n3+10,13\n\n7+8\n")
    [Row(line=2, question='3+10', answer='13'), Row(line=4, question='7+8', answer='')]
    """
    try:
        rows = read_list(text, heading).rows
    except csv.Error as error:
        raise QuestionFileError("it must be a CSV file in UTF-8 ({error})", error=str(error)) from error
    if not rows:
        raise QuestionFileError("it holds no questions")
    if _only_numbered(rows):
        return [Row(number, question, "") for number, (_, question) in rows]
    return [Row(number, *[*cells, ""][:2]) for number, cells in rows]


def _only_numbered(rows: Sequence[tuple[int, tuple[str, ...]]]) -> bool:
    """Whether rows hold a row number and a sum without its answer."""
    start = rows[0][1][0].rstrip(".)、")
    return (
        len(rows) > 1
        and start in ("0", "1")
        and all(len(cells) == 2 and _SUM.fullmatch(cells[1]) for _, cells in rows)
        and [cells[0].rstrip(".)、") for _, cells in rows] == [str(int(start) + at) for at in range(len(rows))]
    )


def read_questions(rows: list[Row], solver: Solver) -> tuple[AnyTask, Questions]:
    """The questions of all rows as a batch with their true answers, and their task; see `Solver.read`.

    Raises:
        QuestionFileError: A row cannot be asked, its answer is not the true one, or its true answer is neither known
            nor given. The message names the row.
    """
    try:
        task, questions = solver.read([row.question for row in rows])
    except AdderError:
        for row in rows:
            try:
                solver.task_of([row.question]).check_question(row.question)
            except AdderError as error:
                raise _in_row(row, _refusal(row, error)) from error
        raise
    if not questions.answered:
        questions = task.read([row.question for row in rows], _given_answers(rows, task))
    truths = [text.strip() for text in texts(questions.answers, task.alphabet)]
    for row, truth in zip(rows, truths, strict=True):
        if row.answer and not _agree(task, row.answer, truth):
            raise _in_row(row, _contradiction(row, truth))
    return task, questions


def _given_answers(rows: list[Row], task: AnyTask) -> dict[str, str]:
    """The answers in the rows of questions that are not in the list; the first one where rows repeat."""
    given: dict[str, str] = {}
    for row in rows:
        question = row.question.strip()
        if task.knows(question) or not row.answer:
            continue
        try:
            task.check_answer(row.answer)
        except QuestionError as error:
            raise _in_row(row, error.sentence) from error
        given.setdefault(question, row.answer)
    for row in rows:
        question = row.question.strip()
        if not task.knows(question) and question not in given:
            asked = shorten(question)
            raise _in_row(
                row,
                Sentence(
                    "{question} is not in the list that was trained on; write its true answer beside it", question=asked
                ),
            )
    return given


def answer_rows(rows: list[Row], solver: Solver) -> list[Answered]:
    """What a network answers to each row. A row that is wrong is reported in its place; the others are answered.

    Where the task does not know the true answer, the one in the row counts as true.
    """
    found: list[Answered] = []
    for row, answer in zip(rows, _answers([row.question for row in rows], solver), strict=True):
        if isinstance(answer, AdderError):
            found.append(Answered(row, None, QuestionFileError(_refusal(row, answer))))
            continue
        if answer.expected is None and row.answer:
            padded = row.answer.rjust(len(answer.text))
            answer = dataclasses.replace(answer, expected=padded, correct=answer.text == padded)
        truth = answer.expected_unpadded
        problem = None
        if truth and row.answer and not _agree(solver.experiment.task, row.answer, truth):
            problem = QuestionFileError(_contradiction(row, truth))
        found.append(Answered(row, answer, problem))
    return found


def answers_file(answered: Iterable[Answered]) -> bytes:
    """The answers as the content of a CSV file, which is read back as a list of the same questions."""
    return csv_file([ANSWER_COLUMNS, *map(_answer_row, answered)])


def _answer_row(found: Answered) -> tuple[object, ...]:
    answer, problem = found.answer, None if found.problem is None else str(found.problem)
    if answer is None:
        return (found.row.line, found.row.question, None, None, None, None, problem)
    verdict = {True: "right", False: "wrong", None: "nobody knows"}[answer.correct]
    sure = None if answer.number is not None else round(answer.confidence, 6)
    return (
        found.row.line, found.row.question, answer.unpadded, answer.expected_unpadded, verdict, sure, problem,
    )  # fmt: skip


def _answers(texts: list[str], solver: Solver) -> list[Answer | AdderError]:
    """What a network answers to each question, or why it cannot be asked. Questions of one task are asked together."""
    found: dict[int, Answer | AdderError] = {}
    batches: dict[tuple[AnyTask, bool], list[int]] = {}
    for place, text in enumerate(texts):
        try:
            task = solver.task_of([text])
            task.check_question(text)
        except AdderError as error:
            found[place] = error
        else:
            batches.setdefault((task, task.knows(text.strip())), []).append(place)
    for (task, _), batch in batches.items():
        questions = task.read([texts[place] for place in batch])
        answers = solver.answers(questions, task, ask_all(solver, questions, task))
        found |= dict(zip(batch, answers, strict=True))
    return [found[place] for place in range(len(texts))]


def _refusal(row: Row, error: AdderError) -> str:
    """Why a row cannot be asked; a first line without digits may have been meant as a heading."""
    if row.line > 1 or any(character.isdigit() for character in row.question):
        return error.sentence
    return Sentence("{problem}; a heading must be question,answer", problem=error.sentence)


def _agree(task: AnyTask, answer: str, truth: str) -> bool:
    """Whether an answer, as people write numbers, is the true one; a place to fill in, such as `?`, is."""
    known = task.value(truth)
    if answer == truth or known is None:
        return answer == truth
    written = [typed_text.read(answer, task.base, thousands).plain.removeprefix("+") for thousands in ",."]
    given = [task.value(_NOTHING_AFTER_THE_POINT.sub("", each).upper()) for each in written]
    return known in given or (bool(task.operators) and not any(written))


def _contradiction(row: Row, truth: str) -> Sentence:
    return Sentence(
        "{question} is {truth}; the file says {answer}",
        question=shorten(row.question, 40),
        truth=shorten(truth, 40),
        answer=shorten(row.answer, 40),
    )


def _in_row(row: Row, problem: str) -> QuestionFileError:
    return QuestionFileError("row {line}: {problem}", line=row.line, problem=problem)
