"""How well a solver answers: exact match, characters, RMSE, and where it errs.

>>> from adder.assets import shipped_solver
>>> report = evaluate(shipped_solver("seq2seq-fast"), n=500, seed=7)
>>> report.split, report.exact_match > 0.99
('held_out', True)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from adder import checks
from adder.encoding import ScaledEncoding, TextEncoding
from adder.errors import QuestionError
from adder.experiment import LARGEST_SEED
from adder.results import Report, Tally
from adder.solver import Predictions, Solver

MOST_QUESTIONS = 1_000_000
_BATCH = 2_000  # questions answered at once: bounds memory


def evaluate(solver: Solver, n: int = 2_000, seed: int = 7) -> Report:
    """Ask `n` questions drawn from `seed`: held-out ones only, or fresh ones where nothing is held out.

    Raises:
        ExperimentError: `n` is not a whole number from 1 to 1,000,000, or `seed` is none from 0.
    """
    checks.whole_number("n", n, 1, MOST_QUESTIONS)
    checks.whole_number("seed", seed, 0, LARGEST_SEED)
    task = solver.experiment.task
    split = "held_out" if task.held_out else "any"
    numbers = task.sample(n, np.random.default_rng(seed), split=split)
    return evaluate_on(solver, numbers, split="held_out" if task.held_out else "fresh")


def evaluate_on(solver: Solver, numbers: NDArray[np.int64], *, split: str = "given") -> Report:
    """Ask these questions, shape `(n, terms)`.

    Raises:
        QuestionError: There are none.
    """
    if not len(numbers):
        raise QuestionError("there are no questions to ask")
    task = solver.experiment.task
    batches = [solver.predict(numbers[start : start + _BATCH]) for start in range(0, len(numbers), _BATCH)]
    predictions = Predictions.joined(batches)
    right = predictions.correct
    matches = predictions.matches
    on_characters = isinstance(solver.experiment.encoding, TextEncoding)
    guess_exact_match, guess_character_accuracy = guess_scores(predictions.expected)
    lengths = np.array([len(task.text(row)) for row in numbers.tolist()])
    return Report(
        questions=len(numbers),
        split=split,
        exact_match=float(right.mean()),
        character_accuracy=float(matches.mean() if on_characters else right.mean()),
        rmse=rmse(predictions.values, task.answers(numbers)),
        malformed=float(np.mean([value is None for value in predictions.values])),
        guess_exact_match=guess_exact_match,
        guess_character_accuracy=guess_character_accuracy,
        by_position=_by_position(matches) if on_characters else (),
        by_length=_tallies(lengths, right),
        by_carries=_tallies(carries(numbers), right),
    )


def loss(solver: Solver, predictions: Predictions, numbers: NDArray[np.int64]) -> float:
    """The training loss on these questions: cross-entropy a character in nats, or mean squared error.

    Args:
        solver: Who answered.
        predictions: Its answers.
        numbers: The questions, shape `(n, terms)`.
    """
    task, encoding = solver.experiment.task, solver.experiment.encoding
    truth = encoding.encode_answers(task, task.answers(numbers))
    if isinstance(encoding, ScaledEncoding):
        return float(np.mean(np.square(predictions.outputs - truth)))
    likelihood = np.take_along_axis(predictions.outputs, truth[:, :, None].astype(np.int64), axis=2)
    return float(-np.log(likelihood.clip(min=1e-7)).mean())


def commonest_answer(expected: Sequence[str]) -> str:
    """The commonest character at each position of these true answers: the best answer without looking.

    Where answers differ in length, as those of networks on scaled numbers do, it is the commonest answer.

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


def rmse(values: Sequence[int | None], answers: NDArray[np.int64]) -> float | None:
    """Root mean squared error in the answers' units, over the values that are numbers.

    >>> rmse([13, None, 20], np.array([12, 5, 21]))
    1.0
    """
    pairs = zip(values, answers.tolist(), strict=True)
    errors = [float(value - answer) for value, answer in pairs if value is not None]
    return float(np.sqrt(np.mean(np.square(errors)))) if errors else None


def carries(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """In how many columns each sum carries when it is worked on paper: shape `(n, terms)` to `(n,)`.

    >>> carries(np.array([[12, 50], [19, 3], [99, 1]])).tolist()
    [0, 1, 2]
    """
    rest = numbers.copy()
    carry = np.zeros(len(numbers), np.int64)
    counted = np.zeros(len(numbers), np.int64)
    while rest.any():
        carry = ((rest % 10).sum(axis=1) + carry) // 10
        counted += carry > 0
        rest //= 10
    return counted


def _by_position(matches: NDArray[np.bool_]) -> tuple[Tally, ...]:
    asked = len(matches)
    return tuple(Tally(position, asked, int(right)) for position, right in enumerate(matches.sum(axis=0), start=1))


def _tallies(kinds: NDArray[np.int64], right: NDArray[np.bool_]) -> tuple[Tally, ...]:
    return tuple(
        Tally(int(kind), int((kinds == kind).sum()), int(right[kinds == kind].sum())) for kind in np.unique(kinds)
    )
