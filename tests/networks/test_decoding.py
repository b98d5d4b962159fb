"""Writing an answer one character after another: greedily, told the truth, and by beam search."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from adder.networks.arrays import Array, softmax
from adder.networks.decoding import Independent, beam_search, forced, greedy

START = 0


def normal(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


class Chain:
    """A decoder whose next character depends on the one before it alone."""

    def __init__(self, after: Array) -> None:
        self.after = after
        self.asked: list[list[int]] = []

    def step(self, previous: NDArray[np.integer]) -> tuple[Array, Array | None]:
        self.asked.append(previous.tolist())
        return self.after[previous], np.full((len(previous), 2), 0.5, np.float32)

    def select(self, rows: NDArray[np.integer]) -> None:
        """Its rows have nothing of their own."""


class Remembering:
    """A decoder whose next character depends on all that its row has written."""

    def __init__(self) -> None:
        self.written: list[tuple[int, ...]] = [()]

    @staticmethod
    def after(written: tuple[int, ...]) -> Array:
        return softmax(normal(3, seed=sum(4**place * (symbol + 1) for place, symbol in enumerate(written))))

    def step(self, previous: NDArray[np.integer]) -> tuple[Array, Array | None]:
        rows = zip(self.written, previous.tolist(), strict=True)
        self.written = [(*before, symbol) for before, symbol in rows]
        return np.stack([self.after(each) for each in self.written]), None

    def select(self, rows: NDArray[np.integer]) -> None:
        self.written = [self.written[row] for row in rows]


# After the start, 1 is likelier than 2; but after 1 all is open, while 2 is surely followed by 2.
GARDEN_PATH = np.array([[0.0, 0.6, 0.4], [0.4, 0.3, 0.3], [0.0, 0.1, 0.9]], np.float32)


def test_greedy_decoding_reads_back_its_own_likeliest_characters() -> None:
    decoder = Chain(GARDEN_PATH)
    outputs = greedy(decoder, n=2, steps=3, start=START)
    assert decoder.asked == [[0, 0], [1, 1], [0, 0]]
    assert outputs.values.argmax(axis=-1).tolist() == [[1, 0, 1]] * 2
    assert outputs.attention is not None
    assert outputs.attention.shape == (2, 3, 2)


def test_forced_decoding_reads_the_true_characters_shifted_by_one() -> None:
    decoder = Chain(GARDEN_PATH)
    outputs = forced(decoder, np.array([[2, 1, 0], [1, 2, 2]]), START)
    assert decoder.asked == [[0, 0], [2, 1], [1, 2]]
    assert np.array_equal(outputs.values[0], GARDEN_PATH[[0, 2, 1]])


def test_a_beam_of_one_is_greedy_decoding() -> None:
    for seed in range(10):
        after = softmax(normal(4, 4, seed=seed))
        ((answer, probability),) = beam_search(Chain(after), steps=3, start=START, width=1)
        outputs = greedy(Chain(after), 1, 3, START).values[0]
        assert list(answer) == outputs.argmax(axis=-1).tolist()
        assert probability == pytest.approx(np.prod(outputs.max(axis=-1)), rel=1e-5)


def test_a_beam_finds_a_better_whole_answer_than_the_likeliest_first_character_leads_to() -> None:
    ((greedily, chance),) = beam_search(Chain(GARDEN_PATH), steps=2, start=START, width=1)
    best = beam_search(Chain(GARDEN_PATH), steps=2, start=START, width=2)
    assert greedily == (1, 0)
    assert chance == pytest.approx(0.24)
    assert [answer for answer, _ in best] == [(2, 2), (1, 0)]
    assert [probability for _, probability in best] == pytest.approx([0.36, 0.24])


@given(st.integers(0, 1_000), st.integers(1, 3))
def test_a_beam_wide_enough_finds_the_likeliest_of_all_answers_in_order(seed: int, steps: int) -> None:
    after = softmax(normal(3, 3, seed=seed))
    found = beam_search(Chain(after), steps, START, width=3**steps)
    chances = {
        answer: float(np.prod([after[a, b] for a, b in itertools.pairwise((START, *answer))], dtype=np.float64))
        for answer in itertools.product(range(3), repeat=steps)
    }
    assert sum(probability for _, probability in found) == pytest.approx(1, abs=1e-5)
    assert dict(found) == pytest.approx(chances, rel=1e-4)
    assert [probability for _, probability in found] == sorted(dict(found).values(), reverse=True)


@given(st.integers(0, 1_000), st.integers(1, 8))
def test_a_narrow_beams_answers_differ_and_their_probabilities_are_at_most_one(seed: int, width: int) -> None:
    found = beam_search(Chain(softmax(normal(3, 3, seed=seed))), steps=4, start=START, width=width)
    assert len({answer for answer, _ in found}) == len(found) == width
    assert sum(probability for _, probability in found) <= 1 + 1e-6


@pytest.mark.parametrize("width", [1, 3, 8])
def test_each_beginning_that_a_beam_follows_goes_on_from_its_own_state(width: int) -> None:
    for answer, probability in beam_search(Remembering(), steps=4, start=START, width=width):
        chances = [Remembering.after((START, *answer[:at]))[symbol] for at, symbol in enumerate(answer)]
        assert probability == pytest.approx(np.prod(chances), rel=1e-4)


def test_a_beam_over_independent_characters_puts_them_together() -> None:
    probabilities = np.array([[[0.7, 0.3], [0.4, 0.6]]], np.float32)
    found = beam_search(Independent(probabilities), steps=2, start=START, width=4)
    assert [answer for answer, _ in found] == [(0, 1), (0, 0), (1, 1), (1, 0)]
    assert [probability for _, probability in found] == pytest.approx([0.42, 0.28, 0.18, 0.12])
