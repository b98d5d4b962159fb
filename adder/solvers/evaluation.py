"""How well a solver answers: exact match, characters, errors of the value, its mistakes, and how sure it was.

>>> from adder.solvers.shipped import shipped_solver
>>> report = evaluate(shipped_solver("two-digits"), n=500, seed=7)
>>> report.split, report.exact_match > 0.99
('held_out', True)
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar

import numpy as np
from numpy.typing import NDArray

from adder.base import validation
from adder.base.errors import ExperimentError, QuestionError
from adder.base.messages import Sentence
from adder.experiment import LARGEST_SEED, Experiment
from adder.solvers.answering import teacher_forced
from adder.solvers.cost import answers_in_a_moment, questions_at_once
from adder.solvers.predictions import Predictions
from adder.solvers.results import Calibration, Report, Split, Tally
from adder.solvers.solver import Solver
from adder.tasks import AnyTask
from adder.tasks.draws import DRAWS
from adder.tasks.expression import OPERATORS
from adder.tasks.questions import ALPHABET, Questions

MOST_QUESTIONS = 1_000_000
REPORT_QUESTIONS = 2_000
_SEED = 7
_MOST_FIRST = 20_000
_look: ContextVar[Callable[[], object]] = ContextVar("look", default=lambda: None)


@contextlib.contextmanager
def looking_up(look: Callable[[], object]) -> Iterator[None]:
    """Within this context, `look` is called before every batch of questions; an error that it raises ends the work."""
    before = _look.set(look)
    try:
        yield
    finally:
        _look.reset(before)


def evaluate(
    solver: Solver, n: int = REPORT_QUESTIONS, seed: int = _SEED, *, digits: int | None = None, draw: str | None = None
) -> Report:
    """Ask `n` questions drawn from `seed`: held-out ones only, or fresh ones if nothing is held out.

    It is also asked at most `n`, and at most 20,000, of the questions that people ask first, always the same ones
    (`adder.tasks.first_questions`).

    Args:
        solver: The solver to ask.
        n: How many questions, 1 to 1,000,000.
        seed: The seed to draw them from.
        digits: Ask questions whose numbers all have exactly this many digits, which may be more than in training. Only
            a network that reads questions of any length can be asked them.
        draw: How to draw the questions, one of `adder.tasks.draws.DRAWS`; by default as the task does.

    Raises:
        ExperimentError: A value cannot work, such as `digits` for a network of a fixed length.
    """
    validation.whole_number("n", n, 1, MOST_QUESTIONS)
    validation.whole_number("seed", seed, 0, LARGEST_SEED)
    task = solver.experiment.task
    if digits is not None:
        if not solver.experiment.any_length:
            raise ExperimentError(
                "digits", Sentence("left out, since this network reads questions of one length only"), digits
            )
        task = task.of_digits(digits)
    if draw is not None:
        validation.choice("draw", draw, tuple(DRAWS))
        if only_for := task.draw_refusal(draw):
            raise ExperimentError(
                "draw", Sentence("one for this task; {draw} is for {only_for}", draw=draw, only_for=only_for), draw
            )
        task = task.drawn_as(draw)
    rng = np.random.default_rng(seed)
    report = evaluate_on(solver, _drawn(task, n, rng), task, split="held_out" if task.held_out else "fresh")
    if task.held_out:
        trained = _ask_once(solver, task.sample(n, rng, split="train"), task)
        report = dataclasses.replace(report, trained_exact_match=float(trained.correct.mean()))
    first = task.first_questions(min(n, _MOST_FIRST))
    if first is None:
        return report
    share = float(ask_all(solver, first, task).correct.mean())
    return dataclasses.replace(
        report,
        first_questions=len(first),
        first_exact_match=share,
        first_exact_match_interval=wilson_interval(share, len(first)),
    )


def final_report(solver: Solver) -> Report:
    """The report of a run that ends: 2,000 questions, or as many as take a moment."""
    return evaluate(solver, answers_in_a_moment(solver.experiment, REPORT_QUESTIONS))


def final_guess(experiment: Experiment) -> tuple[float, float]:
    """What `guess_scores` finds for the questions of the report that a run of this experiment ends with."""
    task, n = experiment.task, answers_in_a_moment(experiment, REPORT_QUESTIONS)
    return guess_scores(experiment.encoding.true_texts(task, _drawn(task, n, np.random.default_rng(_SEED))))


def _drawn(task: AnyTask, n: int, rng: np.random.Generator) -> Questions:
    return task.sample(n, rng, split="held_out" if task.held_out else "any")


def evaluate_on(solver: Solver, questions: Questions, task: AnyTask | None = None, *, split: Split = "given") -> Report:
    """Ask these questions.

    Args:
        solver: The solver to ask.
        questions: The questions with their true answers.
        task: The task of the questions, as `Solver.read` gives it; by default the solver's own.
        split: What the report calls them.

    Raises:
        QuestionError: There are none, or their true answers are not known.

    >>> from adder.solvers.shipped import shipped_solver
    >>> solver = shipped_solver("two-digits")
    >>> task, questions = solver.read(["12+50", "7+8"])
    >>> evaluate_on(solver, questions, task).exact_match
    1.0
    >>> evaluate_on(solver, solver.experiment.task.of([[12, 50], [7, 8]])).questions
    2
    """
    if not len(questions):
        raise QuestionError("there are no questions to ask")
    if not questions.answered:
        raise QuestionError("the true answers must be known to judge by; some of these questions are not in the list")
    task = task or solver.experiment.task
    predictions = _ask_once(solver, questions, task)
    distinct = len(np.unique(questions.symbols, axis=0))
    right = predictions.correct
    on_characters = solver.experiment.encoding.writes_characters
    character_accuracy, unpadded_accuracy = character_scores(solver, predictions)
    guess_exact_match, guess_character_accuracy = guess_scores(predictions.expected)
    truths = [task.value(text) for text in predictions.expected]
    return Report(
        questions=len(questions),
        distinct=distinct,
        split=split,
        exact_match=float(right.mean()),
        exact_match_interval=wilson_interval(float(right.mean()), distinct),
        character_accuracy=character_accuracy,
        unpadded_accuracy=unpadded_accuracy,
        rmse=rmse(predictions.values, truths),
        mean_absolute_error=mean_absolute_error(predictions.values, truths),
        malformed=float(np.mean([value is None for value in predictions.values])),
        guess_exact_match=guess_exact_match,
        guess_character_accuracy=guess_character_accuracy,
        by_position=_by_position(predictions.matches) if on_characters else (),
        by_length=_tallies(np.array([len(text) for text in task.texts(questions)]), right),
        by_carries=_by_carries(task, questions, right),
        by_terms=_by_terms(task, questions, right),
        by_operator=_by_operator(task, questions, right),
        calibration=_calibration(predictions, right) if on_characters else (),
    )


def ask_all(solver: Solver, questions: Questions, task: AnyTask) -> Predictions:
    """The solver's predictions, made in batches that bound memory; where it looked for them is not kept."""
    asked = (solver.predict(batch, task) for batch in _batches(solver, questions, task))
    return Predictions.joined([dataclasses.replace(each, attention=None) for each in asked])


def _ask_once(solver: Solver, questions: Questions, task: AnyTask) -> Predictions:
    """What `ask_all` gives; of a small task, which has fewer questions than a report draws, each is asked once."""
    pairs = np.concatenate([questions.symbols, questions.answers], axis=1)
    _, first, places = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    if 2 * len(first) > len(questions):
        return ask_all(solver, questions, task)
    return ask_all(solver, questions[first], task).at(places.ravel())


def _batches(solver: Solver, questions: Questions, task: AnyTask) -> Iterator[Questions]:
    at_once = questions_at_once(solver.experiment, task)
    for start in range(0, len(questions), at_once):
        _look.get()()
        yield questions[start : start + at_once]


def loss(solver: Solver, predictions: Predictions, questions: Questions) -> float:
    """The training loss on these questions: cross-entropy a character in nats, or mean squared error.

    A network that reads what it wrote is measured with teacher forcing, as in training.

    Args:
        solver: The solver that answered.
        predictions: Its answers.
        questions: The questions.
    """
    experiment = solver.experiment
    task, encoding = experiment.task, experiment.encoding
    truth = encoding.encode_answers(task, questions)
    outputs = predictions.outputs
    if experiment.feedback:
        told = [
            teacher_forced(
                experiment,
                solver.weights,
                encoding.encode_questions(task, batch),
                encoding.encode_answers(task, batch),
            ).values
            for batch in _batches(solver, questions, task)
        ]
        outputs = np.concatenate(told)
    return encoding.loss(task, outputs, truth, experiment.training.padding_weight)


def character_scores(solver: Solver, predictions: Predictions) -> tuple[float, float]:
    """The share of characters right, with padding and without; for a network on numbers, of whole answers right."""
    encoding = solver.experiment.encoding
    if encoding.writes_characters:
        return float(predictions.matches.mean()), predictions.unpadded_accuracy(encoding.fill)
    exact_match = float(predictions.correct.mean())
    return exact_match, exact_match


def accuracy_by_place(solver: Solver, predictions: Predictions) -> tuple[float, ...]:
    """The `by_place` of an epoch: the share right at each place of the answer, from the right.

    >>> from adder.solvers.shipped import shipped_solver
    >>> solver = shipped_solver("two-digits")
    >>> accuracy_by_place(solver, solver.predict(solver.read(["12+50", "7+8"])[1]))
    (1.0, 1.0, 1.0)
    """
    if not solver.experiment.encoding.writes_characters:
        return ()
    return tuple(round(float(share), 4) for share in predictions.matches.mean(axis=0)[::-1])


def wilson_interval(share: float, asked: int) -> tuple[float, float]:
    """The 95 % confidence interval of a share that was found among `asked` questions (Wilson 1927).

    >>> low, high = wilson_interval(0.995, 2000)
    >>> round(low, 4), round(high, 4)
    (0.9908, 0.9973)
    """
    z = 1.959963984540054
    centre = share + z * z / (2 * asked)
    margin = z * math.sqrt(share * (1 - share) / asked + z * z / (4 * asked * asked))
    below, above = ((centre + sign * margin) / (1 + z * z / asked) for sign in (-1, 1))
    # Rounding must not move the ends 0 and 1.
    return (max(0.0, below) if share > 0 else 0.0), (min(1.0, above) if share < 1 else 1.0)


def commonest_answer(expected: Sequence[str]) -> str:
    """The commonest character at each position of these true answers: the best guess without reading the question.

    If answers differ in length, as those of networks on scaled numbers do, it is the commonest whole answer.

    >>> commonest_answer([" 9", "12", "13"])
    '12'
    """
    if len({len(text) for text in expected}) > 1:
        return _most_frequent(expected)
    return "".join(_most_frequent(column) for column in zip(*expected, strict=True))


def guess_scores(expected: Sequence[str]) -> tuple[float, float]:
    """Exact match and character accuracy of always writing `commonest_answer`: what a network must beat.

    >>> guess_scores([" 9", "12", "13"])
    (0.3333333333333333, 0.5)
    """
    matches = Predictions.compare([commonest_answer(expected)] * len(expected), list(expected))
    exact_match = float(matches.all(axis=1).mean())
    on_characters = len({len(text) for text in expected}) == 1
    return exact_match, float(matches.mean()) if on_characters else exact_match


def _most_frequent(values: Sequence[str]) -> str:
    distinct, counts = np.unique(np.array(values), return_counts=True)
    return str(distinct[counts.argmax()])


def rmse(values: Sequence[int | None], truths: Sequence[int | None]) -> float | None:
    """Root mean squared error in the task's units, over the values that are numbers.

    >>> rmse([13, None, 20], [12, 5, 21])
    1.0
    """
    errors = _errors(values, truths)
    return None if errors is None else float(np.sqrt(np.mean(np.square(errors))))


def mean_absolute_error(values: Sequence[int | None], truths: Sequence[int | None]) -> float | None:
    """Mean absolute error in the task's units, over the values that are numbers.

    >>> mean_absolute_error([13, None, 23], [12, 5, 20])
    2.0
    """
    errors = _errors(values, truths)
    return None if errors is None else float(np.mean(errors))


def _errors(values: Sequence[int | None], truths: Sequence[int | None]) -> NDArray[np.float64] | None:
    """The absolute errors, or None if there are none or a float cannot hold their squares."""
    pairs = zip(values, truths, strict=True)
    errors = [abs(value - truth) for value, truth in pairs if value is not None and truth is not None]
    return np.array(errors, np.float64) if errors and max(errors) < 10**150 else None


def _by_carries(task: AnyTask, questions: Questions, right: NDArray[np.bool_]) -> tuple[Tally, ...]:
    carries = task.carries(questions)
    return () if carries is None else _tallies((carries > 0).sum(axis=1), right)


def _by_terms(task: AnyTask, questions: Questions, right: NDArray[np.bool_]) -> tuple[Tally, ...]:
    if not task.operators:
        return ()
    signs = np.isin(questions.symbols, [ALPHABET.index(each) for each in OPERATORS])
    return _tallies(signs.sum(axis=1) + 1, right)


def _by_operator(task: AnyTask, questions: Questions, right: NDArray[np.bool_]) -> tuple[Tally, ...]:
    tallies = []
    for each in task.operators:
        has = (questions.symbols == ALPHABET.index(each)).any(axis=1)
        if has.any():
            tallies.append(Tally(each, int(has.sum()), int(right[has].sum())))
    return tuple(tallies)


def _calibration(predictions: Predictions, right: NDArray[np.bool_]) -> tuple[Calibration, ...]:
    confidence = predictions.outputs.max(axis=2).astype(np.float64).prod(axis=1)
    tenth = np.minimum((confidence * 10).astype(np.int64), 9)
    bins = []
    for each in np.unique(tenth):
        in_bin = tenth == each
        mean = round(float(confidence[in_bin].mean()), 6)  # Further digits differ between processors.
        bins.append(Calibration(mean, int(in_bin.sum()), int(right[in_bin].sum())))
    return tuple(bins)


def _by_position(matches: NDArray[np.bool_]) -> tuple[Tally, ...]:
    asked = len(matches)
    return tuple(Tally(position, asked, int(right)) for position, right in enumerate(matches.sum(axis=0), start=1))


def _tallies(kinds: NDArray[np.int64], right: NDArray[np.bool_]) -> tuple[Tally, ...]:
    return tuple(
        Tally(int(kind), int((kinds == kind).sum()), int(right[kinds == kind].sum())) for kind in np.unique(kinds)
    )
