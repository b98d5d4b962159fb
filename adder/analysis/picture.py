"""The data of the living picture, which draws one answer: the trace of the network, small and ready for JSON.

    arranged = arrangement(solver)                 # once for a run, from its last epoch
    picture(solver, "57+68", arranged).plain(say)  # for each epoch; `say` translates labels

A network answers in moments: a character is read, the state is handed over, a character is written. A picture says at
which moment each of its parts comes. It is as small as its drawing is coarse: states and chances are bytes, and only
attention that can be seen is kept.
"""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adder.analysis.carry_probe import CarryProbe, carried_on, carry_probe, has_columns
from adder.analysis.look_inside import Inside, Layer, look_inside
from adder.base.messages import counted
from adder.encodings import Encoding
from adder.networks.arrays import Trace
from adder.networks.description import inputs_of, shapes_of
from adder.networks.layers import Heads
from adder.networks.layers.layer import Words
from adder.solvers.answering import forward
from adder.solvers.cost import questions_at_once
from adder.solvers.solver import Solver

MOST_BANDS = 64  # Finer bands could not be told apart.
MOST_LINKED_UNITS = 16  # The weights of larger layers are not drawn one by one.
LEAST_LOOK = 0.03  # A smaller share would be as thin as a hair.
MOST_LOOKS = 12  # A head is drawn looking at no more places at once.
SURE_LAMP = 0.9  # A unit that is right about carries less often, or no more often than a guess, is not their lamp.
_SAMPLE_QUESTIONS = 40  # Slow networks are asked fewer.
_SEED = 7
_CONTRAST = 2.5  # States are mostly small.


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What stays in its place while a network learns.

    Attributes:
        order: Each layer's units in the order in which they are drawn: those that act alike are neighbours.
        lamp: The unit that follows the carry, if there is one that does.
    """

    order: dict[str, tuple[int, ...]]
    lamp: CarryProbe | None = None


@dataclass(frozen=True, slots=True)
class DrawnLayer:
    """What one layer did.

    Attributes:
        name: The layer's name; `adder.analysis.look_inside.Layer` explains it, and `at` and `backwards`.
        role: What it does in the network; see `adder.networks.layers.layer.Words`.
        label: What it is.
        units: How many it has.
        bands: How many bands are drawn; if they are fewer than the units, each is the mean of neighbours.
        when: The moment at which each step comes.
        states: A signed byte for each step and band, as base64.
        links: Where it has few units, a signed byte for each weight from each unit of the layer before; else empty.
    """

    name: str
    role: str
    label: str
    at: str
    backwards: bool
    units: int
    bands: int
    when: tuple[int, ...]
    states: str
    links: str


@dataclass(frozen=True, slots=True)
class Bridge:
    """What hands the question over to the layers that write.

    Attributes:
        label: How many numbers cross.
        repeats: Whether they are handed over at each character, not only at the first.
        when: The moment at which it happens.
    """

    label: str
    repeats: bool
    when: int


@dataclass(frozen=True, slots=True)
class NumberAnswer:
    """The answer of a network that gives a number.

    Attributes:
        value: The answer, not rounded.
        truth: The true answer.
        scale: The largest answer that there can be.
        when: The moment at which it comes.
    """

    value: float
    truth: int | None
    scale: int
    when: int


@dataclass(frozen=True, slots=True)
class Picture:
    """One answer of a network. Steps stand in the order in which the network took them.

    Attributes:
        layout: `"pair"`, the reader beside the writer; `"columns"`, a character is written below each that is read;
            `"fingers"`, heads walk over the question; `"numbers"`, numbers become one number.
        question: The question, without padding.
        joint: What stands between question and answer.
        read: The symbols that are read at each step, several where the question stands in columns.
        skipped: Whether each step is padding that the network skips.
        read_at: The moment at which each step is read.
        reads_backwards: Whether it reads the question from its end.
        layers: The layers in the order of their work.
        bridge: What hands the question over, if anything does.
        looked: For each head, for each character written, where it looked: places and percents in turn.
        written: The characters of the answer.
        truth: The true ones; empty if they are not known.
        written_at: The moment at which each is written.
        writes_backwards: Whether it writes the answer from its end.
        feeds_back: Whether it reads each character that it wrote.
        alphabet: The symbols that can be written.
        chances: An unsigned byte for each character and symbol, as base64.
        lamp: What the unit that follows the carry says at each character written, from 0, no carry, to 100.
        carries: What each of these columns carries on paper.
        number: The answer, if it is a number.
        answer: The answer as people write it, without what pads it; the number with two places.
        expected: The true answer likewise; None if it is not known.
        right: Whether the answer is right; None if the truth is not known.
        moments: How many moments there are.
    """

    layout: str
    question: str
    joint: str
    read: tuple[tuple[str, ...], ...]
    skipped: tuple[bool, ...]
    read_at: tuple[int, ...]
    reads_backwards: bool
    layers: tuple[DrawnLayer, ...]
    bridge: Bridge | None
    looked: tuple[tuple[tuple[int, ...], ...], ...]
    written: tuple[str, ...]
    truth: tuple[str, ...]
    written_at: tuple[int, ...]
    writes_backwards: bool
    feeds_back: bool
    alphabet: str
    chances: str
    lamp: tuple[int, ...]
    carries: tuple[int, ...]
    number: NumberAnswer | None
    answer: str
    expected: str | None
    right: bool | None
    moments: int

    def plain(self, say: Callable[[str], str] = str) -> dict[str, Any]:
        """The picture for JSON.

        Args:
            say: Translates labels.
        """
        plain = dataclasses.asdict(self)
        for part in (*plain["layers"], plain["bridge"]):
            if part is not None:
                label = part["label"]
                part["label"] = str(say(label))
        return plain


def arrangement(solver: Solver) -> Arrangement:
    """What stays in its place in all pictures of a run, from the solver of its last epoch.

    >>> from adder.solvers.shipped import shipped_solver
    >>> arranged = arrangement(shipped_solver("binary"))
    >>> sorted(arranged.order["tagger"]) == list(range(16)), arranged.lamp is not None
    (True, True)
    """
    experiment, trace = solver.experiment, Trace()
    asked = min(_SAMPLE_QUESTIONS, questions_at_once(experiment, experiment.task))
    questions = experiment.task.sample(asked, np.random.default_rng(_SEED), split="any")
    forward(experiment, solver.weights, experiment.encoding.encode_questions(experiment.task, questions), trace)
    order = {
        name: _alike_beside_alike(np.concatenate([state[0] for state in layer.states]).T)
        for name, layer in trace.layers.items()
    }
    states, written = len(list(trace.layers.values())[-1].states), experiment.encoding.answer_length(experiment.task)
    seen = _layout(solver) in ("columns", "fingers")  # Only there can columns be seen.
    lamp = carry_probe(solver) if seen and has_columns(experiment, states, written) else None
    follows = lamp is not None and lamp.agreement >= SURE_LAMP and lamp.agreement > lamp.guess
    return Arrangement(order, lamp if follows else None)


def picture(solver: Solver, question: str, arranged: Arrangement | None = None) -> Picture:
    """The picture of one answer.

    Args:
        solver: The solver that answers.
        question: The question, as `solver.solve` takes it.
        arranged: What stays in its place in other pictures, too; by default it is found from this solver.

    Raises:
        QuestionError: The question cannot be asked of this network.

    >>> from adder.solvers.shipped import shipped_solver
    >>> drawn = picture(shipped_solver("columns"), "57+68")
    >>> drawn.layout, drawn.read[:2], drawn.written[:3], drawn.right, drawn.moments
    ('columns', (('7', '8'), ('5', '6')), ('5', '2', '1'), True, 6)
    """
    arranged = arranged or arrangement(solver)
    inside = look_inside(solver, question)
    experiment, (task, questions) = solver.experiment, solver.read([question])
    encoding = experiment.encoding
    words = _words(solver)
    layers = _shown(inside, words)
    times, steps = Times.of(solver, layers), len(inside.read)
    written = tuple(character.char for character in inside.written)
    drawn = tuple(_drawn(solver, inside, layers, words, times, arranged))
    bridge = _bridge(solver, words, times, steps)
    written_at = times.written.of(steps, len(written))
    happens = [*written_at, *(moment for layer in drawn for moment in layer.when), *([bridge.when] if bridge else [])]
    last = max(happens)
    number: NumberAnswer | None = None
    truth: tuple[str, ...] = ()
    expected: str | None = None
    right: bool | None = None
    if inside.number is not None:
        true = None if questions.values is None or not questions.answered else int(questions.values[0])
        last += 1
        number = NumberAnswer(inside.number, true, encoding.scale(task), last)
        answer = f"{inside.number:.2f}"
        if true is not None:
            expected, right = str(true), round(inside.number) == true
    else:
        answer = encoding.unpadded("".join(_turned(encoding, written)))
        if questions.answered:
            padded = encoding.true_texts(task, questions)[0]
            truth, expected = _turned(encoding, padded), encoding.unpadded(padded)
            right = truth == written
    heads = list(inside.heads.values())
    looked = heads[-1] if heads else None if inside.attention is None else inside.attention[None]
    lamp, shown = arranged.lamp, encoding.step_symbols(task, questions)
    return Picture(
        layout=_layout(solver),
        question=inside.question,
        joint="=" if task.operators else "→",
        read=tuple(shown[::-1] if encoding.question_order == "reversed" else shown),
        skipped=inside.skipped,
        read_at=tuple(map(min, zip(*(each.of(steps, steps) for each in times.read), strict=True))),
        reads_backwards=encoding.question_order == "reversed",
        layers=drawn,
        bridge=bridge,
        looked=() if looked is None else tuple(tuple(map(_looks, head)) for head in looked),
        written=written,
        truth=truth,
        written_at=written_at,
        writes_backwards=encoding.answer_order == "reversed",
        feeds_back=experiment.feedback,
        alphabet=task.alphabet if inside.written else "",
        chances=_bytes(255 * np.array([character.distribution for character in inside.written]), np.uint8),
        lamp=() if lamp is None else _lamp(inside.layer(lamp.layer), lamp),
        carries=carried_on(inside) if lamp else (),
        number=number,
        answer=answer,
        expected=expected,
        right=right,
        moments=last + 1,
    )


def _turned(encoding: Encoding, symbols: Sequence[str]) -> tuple[str, ...]:
    """Turn the symbols of an answer from human order into the order of writing, or back."""
    return tuple(encoding.human_order(np.array([list(symbols)], object))[0].tolist())


def _layout(solver: Solver) -> str:
    experiment = solver.experiment
    if not experiment.encoding.writes_characters:
        return "numbers"
    if any(isinstance(layer, Heads) for layer in experiment.layers):
        return "fingers"
    at = shapes_of(experiment.layers)[experiment.layers[-1].name].at
    return "columns" if at == "read" else "pair"


def _words(solver: Solver) -> dict[str, Words]:
    """What each layer is that a diagram shows, by its name."""
    layers = solver.experiment.layers
    shapes = shapes_of(layers)
    return {layer.name: words for layer in layers if (words := layer.words(**inputs_of(layer, shapes)))}


def _name(layer: Layer | DrawnLayer) -> str:
    """The name of a layer in the description, where both of its directions are one."""
    return layer.name.removesuffix("_backward")


def _shown(inside: Inside, words: dict[str, Words]) -> list[Layer]:
    """The layers to draw; where there are encoders or decoders, layers that only prepare their inputs are left out."""
    known = [layer for layer in inside.layers if _name(layer) in words]
    return [layer for layer in known if words[_name(layer)].role in ("encoder", "decoder")] or known


@dataclass(frozen=True, slots=True)
class Moments:
    """The moments of steps one after another, in a question of any length.

    Attributes:
        begin: The moment of the first of them, apart from what depends on the length.
        later: How many moments later it is for each step that the question has.
        pace: How many moments later each is than the one before.
    """

    begin: int
    later: int
    pace: int

    def of(self, steps: int, count: int) -> tuple[int, ...]:
        """The moments of so many steps, for a question of `steps`."""
        first = self.begin + self.later * steps
        return tuple(first + self.pace * nth for nth in range(count))

    @property
    def backwards(self) -> Moments:
        """The same moments, with the question's last step first."""
        return Moments(self.begin - self.pace, self.later + self.pace, -self.pace)


@dataclass(frozen=True, slots=True)
class Times:
    """The moments at which everything comes, for questions of any length; `timesOf` of `picture.js` reads them, too.

    Attributes:
        read: When each step is read: at the first of these moments.
        layers: When each step of a layer comes, by its name.
        bridge: When the question is handed over; None if nothing does that.
        written: When each character is written.
    """

    read: tuple[Moments, ...]
    layers: dict[str, Moments]
    bridge: Moments | None
    written: Moments

    @classmethod
    def of(cls, solver: Solver, layers: Sequence[Layer | DrawnLayer]) -> Times:
        """The times of a network with these layers to draw."""
        at_once = {layer.name for layer in solver.experiment.layers if layer.shown}
        reading = [layer for layer in layers if layer.at == "read"]
        both_ways = any(layer.backwards for layer in reading)
        in_turn = bool(reading) and _name(reading[0]) not in at_once
        when: dict[str, Moments] = {}
        begin, later = 0 if in_turn else 1, 0
        for layer in reading:
            if _name(layer) in at_once:
                when[layer.name] = Moments(begin, later, 0)
                begin += 1
            elif layer.backwards:  # It works beside its other direction.
                when[layer.name] = when[_name(layer)].backwards
            else:
                begin, later = (begin, later) if both_ways else (0, 0)  # Layers in one direction work side by side.
                when[layer.name] = Moments(begin, later, 1)
                later += 1
        for layer in layers:
            if layer.at == "whole":
                when[layer.name] = Moments(begin, later, 0)
                begin += 1
        bridge = None
        if any(each.role == "bridge" for each in _words(solver).values()):
            bridge = Moments(begin, later, 0)
            begin += 1
        along = Moments(0, 0, int(in_turn))
        beside = _layout(solver) == "columns" and in_turn and not both_ways
        written = along if beside else Moments(begin, later, 1)
        when |= {layer.name: written for layer in layers if layer.at == "written"}
        return cls((along, along.backwards) if both_ways else (along,), when, bridge, written)


def _drawn(
    solver: Solver, inside: Inside, layers: list[Layer], words: dict[str, Words], times: Times, arranged: Arrangement
) -> list[DrawnLayer]:
    found: list[DrawnLayer] = []
    order: Sequence[int] = range(len(inside.read))  # Weights lead here from the layer before, in its order.
    for layer in layers:
        before, order = order, arranged.order.get(layer.name, range(layer.units))
        kernel = solver.weights.get(f"{layer.name}/kernel")
        few = layer.at == "whole" and kernel is not None and max(kernel.shape) <= MOST_LINKED_UNITS
        links = kernel[np.ix_(before, order)] if few and kernel is not None and len(kernel) == len(before) else None
        bands = _bands(layer.states[:, order])
        said = words[_name(layer)]
        found.append(
            DrawnLayer(
                name=layer.name,
                role=said.role,
                label=said.label,
                at=layer.at,
                backwards=layer.backwards,
                units=layer.units,
                bands=bands.shape[1],
                when=times.layers[layer.name].of(len(inside.read), len(layer.states)),
                states=_heat(bands),
                links="" if links is None else _heat(links),
            )
        )
    return found


def _bridge(solver: Solver, words: dict[str, Words], times: Times, steps: int) -> Bridge | None:
    layers = solver.experiment.layers
    for layer in layers:
        if times.bridge and layer.name in words and words[layer.name].role == "bridge":
            width = inputs_of(layer, shapes_of(layers))["of"].width
            (when,) = times.bridge.of(steps, 1)
            return Bridge(counted("{n:,} number", "{n:,} numbers", n=width), layer.repeats, when)
    return None


def _lamp(layer: Layer, probe: CarryProbe) -> tuple[int, ...]:
    away = (layer.states[:, probe.unit] - probe.threshold) * (1 if probe.above else -1)
    return tuple(np.rint(50 + 50 * np.tanh(3 * away)).astype(int).tolist())


def _alike_beside_alike(units: NDArray[np.floating]) -> tuple[int, ...]:
    """The order of units, given by what each did: a chain that grows by the unit most like one of its ends."""
    units = np.nan_to_num(units.astype(np.float64))
    units = units - units.mean(axis=1, keepdims=True)
    units /= np.maximum(np.linalg.norm(units, axis=1, keepdims=True), 1e-12)
    alike = units @ units.T
    chain, left = [0], np.arange(len(units)) > 0
    while left.any():
        ends = np.where(left, alike[[chain[0], chain[-1]]], -np.inf)
        last, unit = divmod(int(ends.argmax()), len(units))
        chain.insert(len(chain) * last, unit)
        left[unit] = False
    return tuple(chain)


def _bands(states: NDArray[np.floating]) -> NDArray[np.floating]:
    """A layer's states at each step in at most `MOST_BANDS` bands, each the mean of neighbouring units."""
    size = -(-states.shape[1] // MOST_BANDS)
    starts = np.arange(0, states.shape[1], size)
    counts = np.diff(starts, append=states.shape[1])
    means: NDArray[np.floating] = np.add.reduceat(states, starts, axis=1) / counts
    return means


def _heat(values: NDArray[np.floating]) -> str:
    return _bytes(127 * np.tanh(_CONTRAST * np.nan_to_num(values)), np.int8)


def _bytes(values: NDArray[np.floating], kind: type[np.integer[Any]]) -> str:
    return base64.b64encode(np.rint(values).astype(kind).tobytes()).decode()


def _looks(shares: NDArray[np.floating]) -> tuple[int, ...]:
    """The places with the largest shares, at least one, each with its percents."""
    shares = np.nan_to_num(shares)
    places = np.argsort(-shares, kind="stable")[:MOST_LOOKS]
    places = places[: max(1, int((shares[places] >= LEAST_LOOK).sum()))]
    return tuple(np.stack([places, np.rint(100 * shares[places]).astype(int)], axis=1).ravel().tolist())
