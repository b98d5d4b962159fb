"""A look inside a network while it answers one question: states, gates and attention, step by step.

    inside = look_inside(shipped_solver("two-digits"), "57+68")
    inside.read                                # (' ', '5', '7', …): the steps, in the order in which they were read
    inside.layer("encoder").gates["forget"]    # (steps, units), each from 0, forget, to 1, keep
    principal(inside.layer("encoder").states).points

The layers themselves fill in a `Trace` while they compute (see `adder.networks.description`), so what is shown is
what answered: nothing is computed a second time here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from adder.networks.arrays import Array, LayerTrace, Outputs, Trace
from adder.networks.layers import Padding
from adder.solvers.answering import forward
from adder.solvers.results import Character
from adder.solvers.solver import Solver
from adder.tasks import AnyTask, numerals
from adder.tasks.arithmetic_settings import MOST_DIGITS
from adder.tasks.numerals import column_carries
from adder.tasks.questions import Questions


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """What one layer did, step by step.

    Attributes:
        name: The name that its weights have, as in `encoder_2_backward`.
        at: What its rows belong to: `"read"`, one for each of `Inside.read`; `"written"`, one for each of
            `Inside.written`; or `"whole"`, a single one.
        backwards: Whether it took the steps from the last to the first; its rows stand in the order of the others.
        states: Its output at each step, `(steps, units)`.
        memory: An LSTM's cell state at each step, `(steps, units)`; None for other layers.
        gates: `(steps, units)` by name: an LSTM's input, forget, candidate and output, a GRU's update, reset and
            candidate. A candidate lies within -1..1, the others within 0..1. At a skipped step they are what they
            would have been.
    """

    name: str
    at: str
    backwards: bool
    states: Array
    memory: Array | None = None
    gates: dict[str, Array] = field(default_factory=dict)

    @property
    def units(self) -> int:
        """How many units the layer has."""
        return int(self.states.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class Inside:
    """What happened while a network answered one question. Steps stand in the order in which it took them.

    Attributes:
        question: The question, without padding.
        read: What was read at each step: a character, the digits of a column, or a number.
        skipped: Whether each step was padding that the network skips.
        written: Each character as it was written; empty for a network that gives a number.
        number: The number that it gives, not rounded; None for a network that writes characters.
        layers: The layers in the order of their work.
        attention: The attention weights, `(written, read)`, of which each row adds up to 1; None without attention. A
            Transformer's are the mean over the heads of its last layer.
        heads: The attention weights of each head, `(heads, written, read)`, by the Transformer's decoder layer.
        carries: What each column of a sum carries to the next one on paper, the least significant column first; empty
            if the question is not a sum.
    """

    question: str
    read: tuple[str, ...]
    skipped: tuple[bool, ...]
    written: tuple[Character, ...]
    number: float | None
    layers: tuple[Layer, ...]
    attention: Array | None
    heads: dict[str, Array]
    carries: tuple[int, ...]

    def layer(self, name: str) -> Layer:
        """The layer of that name.

        Raises:
            KeyError: There is none.
        """
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise KeyError(name)


@dataclass(frozen=True, slots=True, eq=False)
class Principal:
    """States on their first two principal components.

    Attributes:
        points: Where each state lies, `(steps, 2)`.
        shares: The share of the states' variance along each of the two, 0..1.
    """

    points: Array
    shares: tuple[float, float]


def look_inside(solver: Solver, text: str) -> Inside:
    """Answer one question, and keep what every layer did.

    Args:
        solver: The solver that answers.
        text: The question, as `solver.solve` takes it.

    Raises:
        QuestionError: The question cannot be asked of this network.

    >>> from adder.solvers.shipped import shipped_solver
    >>> inside = look_inside(shipped_solver("columns"), "57+68")
    >>> inside.read[:3], inside.carries
    (('7+8', '5+6', '0+0'), (1, 1))
    >>> [character.char for character in inside.written[:3]]
    ['5', '2', '1']
    >>> [(layer.name, layer.states.shape[1], list(layer.gates)) for layer in inside.layers]
    [('tagger', 32, ['input', 'forget', 'candidate', 'output'])]
    """
    task, questions = solver.read([text])
    experiment = solver.experiment
    inputs = experiment.encoding.encode_questions(task, questions)
    trace = Trace()
    outputs = forward(experiment, solver.weights, inputs, trace, steps=experiment.encoding.answer_length(task))
    written, number = _given(solver, task, outputs)
    carries = task.carries(questions)
    masks = [layer.compute({}, None, of=inputs)[0] for layer in experiment.layers if isinstance(layer, Padding)]
    skipped = (~masks[0]).tolist() if masks else [False] * inputs.shape[1]
    return Inside(
        question=task.texts(questions)[0],
        read=_labels(solver, task, questions),
        skipped=tuple(skipped),
        written=written,
        number=number,
        layers=tuple(_layer(name, layer) for name, layer in trace.layers.items()),
        attention=None if outputs.attention is None else outputs.attention[0],
        heads={name: np.stack([looked[0] for looked in steps], axis=1) for name, steps in trace.heads.items()},
        carries=() if carries is None else tuple(carries[0].tolist()),
    )


def principal(states: Array) -> Principal:
    """The states of a layer on their first two principal components.

    A direction has no sign of its own; each is turned so that its largest part is positive, so that the same states
    are always drawn the same way.

    Args:
        states: Shape `(steps, units)`.

    >>> walk = principal(np.array([[0, 0, 3], [0, 0, 5], [0, 0, 10]], np.float32))
    >>> walk.points[:, 0].tolist(), walk.shares
    ([-3.0, -1.0, 4.0], (1.0, 0.0))
    """
    centred = states.astype(np.float64)
    centred -= centred.mean(axis=0)
    _, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    directions = directions[:2]
    largest = np.take_along_axis(directions, np.abs(directions).argmax(axis=1)[:, None], axis=1)
    points = np.zeros((len(states), 2), np.float32)
    points[:, : len(directions)] = centred @ (directions * np.where(largest < 0, -1, 1)).T
    variances = np.zeros(2)
    variances[: len(directions)] = np.square(sizes[:2])
    total = float(np.square(centred).sum())
    first, second = (variances / total).round(6).tolist() if total else (0.0, 0.0)
    return Principal(points, (min(first, 1.0), second))


def true_carries(question: str, base: int = 10) -> tuple[int, ...]:
    """What each column of a sum carries to the next one on paper, the least significant column first.

    Args:
        question: A sum of any number of terms.
        base: The base of its numbers.

    Returns:
        One carry for each digit of the longest number; an empty tuple if the question is not a sum.

    >>> true_carries("57+68"), true_carries("120+90"), true_carries("12-3")
    ((1, 1), (0, 1, 0), ())
    """
    terms = [term.strip() for term in question.split("+")]
    values = [numerals.value(term, base) if len(term) <= MOST_DIGITS else None for term in terms]
    numbers = [value for value in values if value is not None and value >= 0]
    if len(numbers) < len(values) or len(values) < 2:
        return ()
    return tuple(column_carries(np.array([numbers], object), base)[0].tolist())


def _labels(solver: Solver, task: AnyTask, questions: Questions) -> tuple[str, ...]:
    encoding = solver.experiment.encoding
    human = np.array(encoding.step_labels(task, questions), object)
    return tuple(encoding.question_human_order(human[None])[0].tolist())


def _given(solver: Solver, task: AnyTask, outputs: Outputs) -> tuple[tuple[Character, ...], float | None]:
    """The characters in the order they were written; or no characters, and the number."""
    numbers = solver.experiment.encoding.to_numbers(task, outputs.values)
    if numbers is not None:
        return (), float(numbers[0])
    characters = [
        Character(task.alphabet[int(chances.argmax())], float(chances.max()), tuple(map(float, chances)))
        for chances in outputs.values[0]
    ]
    return tuple(characters), None


def _layer(name: str, trace: LayerTrace) -> Layer:
    order = slice(None, None, -1 if trace.backwards else 1)
    parts = [np.nan_to_num(np.concatenate(steps)[order]) for steps in zip(*trace.states, strict=True)]
    names = (trace.gates or [{}])[0]
    gates = {name: np.nan_to_num(np.concatenate([step[name] for step in trace.gates])[order]) for name in names}
    return Layer(name, trace.at, trace.backwards, parts[0], parts[1] if len(parts) > 1 else None, gates)
