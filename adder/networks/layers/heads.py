"""Reading heads: fingers that walk over a question from right to left, as on paper.

Each head stands at one place of the question. Where it starts depends on the content: each symbol has a learned score.
A head starts at the symbol with the best score, or heads start one left of another, each at the next symbol whose score
is above zero: so they can tell one plus sign from another. Before each character that is written a head moves one place
to the left, or stays; the first time it always moves, later the symbol under it alone decides. Nothing says where the
heads should start or stop, and nothing depends on how long the question is, so what was learned on short questions
holds for long ones.

While it learns, a head is spread over several places, and its choices are soft; from some point of the run on they are
hard, and gradients pass straight through them (Bengio et al. 2013), so that a head stays sharp however far it walks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from adder.base.messages import counted, marked
from adder.base.source import plain_source
from adder.networks.arrays import HIDDEN, Array, OneHot, Trace, Weights, sigmoid, softmax
from adder.networks.layers.layer import Cost, Layer, Listing, Shape, WeightShapes, Words

STARTS = {"best": marked("at the best symbol of all"), "next": marked("one left of another")}
SHARPNESS = 4.0  # Scores times this make a choice sharp in fewer steps of training.

Memory = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Heads(Layer):
    """What each head reads before each character of the answer is written, side by side.

    Its weights are the score `seek` of each symbol for each head to start at, the score `move` of each symbol to move
    on from, and `hard`, which training switches from 0 to 1 once choices are hard.

    Attributes:
        heads: How many there are.
        start: Where they start, one of `STARTS`.
        steps: How many characters the answer has.
        hardens: The share of the run after which choices are hard.
        of: The question's vectors, `(n, steps, width)`.
        mask: Where the question is more than padding.
    """

    inputs: ClassVar[tuple[str, ...]] = ("of", "mask")
    writes: ClassVar[bool] = True

    name: str
    heads: int
    start: str
    steps: int
    hardens: float
    of: str
    mask: str

    @property
    def switched(self) -> dict[str, float]:
        return {f"{self.name}/hard": self.hardens}

    def shapes(self, of: Shape, mask: Any) -> tuple[Shape, ...]:
        return (Shape("written", self.steps, self.heads * of.width),)

    def weights(self, of: Shape, mask: Any) -> WeightShapes:
        shapes = {"seek": (of.width, self.heads), "move": (of.width,), "hard": ()}
        return {f"{self.name}/{name}": shape for name, shape in shapes.items()}

    def cost(self, of: Shape, mask: Any) -> Cost:
        own, places = Layer.cost(self, of=of, mask=mask), self.steps * of.steps * self.heads
        return Cost(own.products + places * of.width, own.numbers + 4 * places)

    def compute(self, weights: Weights, trace: Trace | None, of: Any, mask: Any) -> Any:
        raise NotImplementedError  # It goes along with the answer.

    def begin(self, weights: Weights, rows: int, of: Array | OneHot, mask: NDArray[np.bool_]) -> Memory:
        scores = np.float32(SHARPNESS) * np.swapaxes(of @ weights[f"{self.name}/seek"], 1, 2)
        scores = np.where(mask[:, None], scores, HIDDEN)
        hard = self._hard(weights)
        if self.start == "next":
            stops = sigmoid(scores)
            places = one_after_another(np, (stops > np.float32(0.5)).astype(np.float32) if hard else stops)
        else:
            places = softmax(scores)
        at = places.argmax(axis=-1) if hard else places
        return {"of": of, "at": at, "move": np.ones((rows, self.heads), np.float32)}

    def step(self, weights: Weights, memory: Memory, at: int, trace: Trace | None) -> tuple[Any, Memory]:
        of, places, move = memory["of"], memory["at"], memory["move"]
        steps = of.shape[1]
        if self._hard(weights):
            places = np.maximum(places - move.astype(np.int64), 0)
            read = _read(of, places)
        else:
            left = np.concatenate([places[..., 1:], np.zeros_like(places[..., :1])], axis=-1)
            left[..., 0] += places[..., 0]
            places = (1 - move[..., None]) * places + move[..., None] * left
            read = np.einsum("nht,ntw->nhw", places, np.asarray(of))
        if trace is not None:
            looked = places if places.ndim == 3 else np.eye(steps, dtype=np.float32)[places]
            trace.heads.setdefault(self.name, []).append(looked)
        kernel = weights[f"{self.name}/move"]
        if isinstance(read, OneHot):
            scores = kernel[read.symbols]
        else:
            scores = read @ kernel
            read = read.reshape(len(read), -1)
        move = sigmoid(np.float32(SHARPNESS) * scores)
        if self._hard(weights):
            move = (move > np.float32(0.5)).astype(np.float32)
        return read, {"of": of, "at": places, "move": move}

    def _hard(self, weights: Weights) -> bool:
        return bool(weights[f"{self.name}/hard"] > 0.5)

    def keras(self, build: Any, of: Any, mask: Any) -> Any:
        ops, width = build.ops, of.shape[2]
        shapes: dict[str, tuple[int, ...]] = {"seek": (width, self.heads), "move": (width,), "hard": ()}
        seek, move, hard = build.free(self.name, shapes)(of)
        move, hard = ops.expand_dims(move, -1), ops.cast(hard > 0.5, "float32")

        def chosen(soft: Any, sharp: Any) -> Any:
            """The soft choice, or the sharp one with the soft one's gradient."""
            return soft + ops.stop_gradient(hard * (sharp - soft))

        scores = build.hidden(SHARPNESS * ops.transpose(ops.matmul(of, seek), (0, 2, 1)), mask)
        if self.start == "next":
            stops = ops.sigmoid(scores)
            places = one_after_another(ops, chosen(stops, ops.cast(stops > 0.5, "float32")))
        else:
            places = ops.softmax(scores)
            places = chosen(places, ops.one_hot(ops.argmax(places, axis=-1), of.shape[1]))
        moved: Any = 1.0
        found = []
        for _ in range(self.steps):
            left = ops.concatenate([places[..., :1] + places[..., 1:2], places[..., 2:], places[..., :1] * 0], axis=-1)
            places = places + moved * (left - places)
            read = ops.matmul(places, of)
            found.append(ops.reshape(read, (-1, self.heads * width)))
            soft = ops.sigmoid(SHARPNESS * ops.matmul(read, move))
            moved = chosen(soft, ops.cast(soft > 0.5, "float32"))
        return ops.stack(found, axis=1)

    def source(self, listing: Listing, of: str, mask: str) -> None:
        if self.start == "next":
            listing.define(plain_source(one_after_another))
            start = """stops = ops.sigmoid(scores)
                    places = one_after_another(ops, self.chosen(stops, ops.cast(stops > 0.5, "float32")))"""
        else:
            start = """places = ops.softmax(scores)
                    places = self.chosen(places, ops.one_hot(ops.argmax(places, axis=-1), question.shape[1]))"""
        listing.define(f'''
            class Heads(keras.layers.Layer):
                """Heads that start at a symbol, and move one place to the left or stay before each character."""

                def __init__(self, heads, name):
                    super().__init__(name=name)
                    self.heads = heads

                def build(self, shape):
                    """A score for each symbol to start at, and one to move on from."""
                    start = keras.initializers.RandomNormal(stddev=0.1)
                    self.seek = self.add_weight((shape[-1], self.heads), start, name="seek")
                    self.move = self.add_weight((shape[-1],), start, name="move")
                    self.hard = self.add_weight((), "zeros", trainable=False, name="hard")

                def chosen(self, soft, sharp):
                    """The soft choice; once choices are hard the sharp one, with the soft one's gradient."""
                    return soft + ops.stop_gradient(ops.cast(self.hard > 0.5, "float32") * (sharp - soft))

                def call(self, question, mask):
                    """What the heads read before each character, side by side."""
                    scores = {SHARPNESS} * ops.transpose(ops.matmul(question, self.seek), (0, 2, 1))
                    scores = ops.where(mask[:, None], scores, -1e9)
                    {start}
                    moved, found, move = 1.0, [], ops.expand_dims(self.move, -1)
                    for _ in range(ANSWER_STEPS):
                        first, second = places[..., :1], places[..., 1:2]
                        left = ops.concatenate([first + second, places[..., 2:], first * 0], axis=-1)
                        places = places + moved * (left - places)
                        read = ops.matmul(places, question)
                        found.append(ops.reshape(read, (-1, self.heads * question.shape[2])))
                        soft = ops.sigmoid({SHARPNESS} * ops.matmul(read, move))
                        moved = self.chosen(soft, ops.cast(soft > 0.5, "float32"))
                    return ops.stack(found, axis=1)
        ''')
        listing.assign(self.name, f'Heads({self.heads}, name="{self.name}")({of}, {mask})')

    def words(self, of: Shape, mask: Any) -> Words:
        return Words("attention", counted("{n} reading head", "{n} reading heads", n=self.heads))


def _read(of: Array | OneHot, places: NDArray[np.integer]) -> Any:
    """What stands at these places, `(n, heads)`: vectors, or symbols side by side."""
    rows = np.arange(len(places))[:, None]
    return OneHot(of.symbols[rows, places, 0], of.count) if isinstance(of, OneHot) else of[rows, places]


def one_after_another(ops: Any, stops: Any) -> Any:
    """Where heads start, `(n, heads, places)`: each at the next place to the left of the one before that stops it."""
    none = stops[:, :1, 0] * 0
    looking = ops.concatenate([none + 1, stops[:, 1:, 0] * 0], axis=1)
    found = []
    for place in range(stops.shape[2] - 1, 0, -1):
        found.append(looking * stops[..., place])
        looking = looking - found[-1] + ops.concatenate([none, found[-1][:, :-1]], axis=1)  # The next one looks on.
    found.append(ops.cumsum(looking, axis=-1))  # Whoever finds nothing stands at the first place.
    return ops.stack(found[::-1], axis=-1)
