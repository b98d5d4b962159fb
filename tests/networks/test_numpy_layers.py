from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from adder import Task, TextEncoding
from adder.encodings import ColumnsEncoding, Encoding, one_hot
from adder.networks import input_layers
from adder.networks.numpy_layers import (
    Array,
    Independent,
    State,
    attend,
    beam_search,
    dense,
    forced,
    greedy,
    gru_step,
    layer_norm,
    lstm_step,
    scan,
    sigmoid,
    simple_rnn_step,
    softmax,
)

START = 0


def normal(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def logistic(x: NDArray[np.floating]) -> NDArray[np.floating]:
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("x", [-1e30, -100.0, 0.0, 100.0, 1e30])
def test_the_logistic_function_never_overflows(x: float) -> None:
    value = sigmoid(np.array([x], np.float32))
    assert value.dtype == np.float32
    assert value[0] == pytest.approx(0.0 if x < 0 else 0.5 if x == 0 else 1.0, abs=1e-6)


@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=1, max_size=20))
def test_softmax_gives_probabilities(scores: list[float]) -> None:
    probabilities = softmax(np.array([scores], np.float32))
    assert np.isfinite(probabilities).all()
    assert probabilities.min() >= 0
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert probabilities[0, np.argmax(scores)] == probabilities.max()


@pytest.mark.parametrize("encoding", [TextEncoding(), ColumnsEncoding()], ids=["text", "columns"])
def test_looking_rows_up_is_the_product_with_one_hot_vectors(encoding: Encoding) -> None:
    task = Task(smallest=0, largest=999, terms=3)
    inputs = encoding.encode_questions(task, task.sample(4, np.random.default_rng(0)))
    features = input_layers.features(task, encoding)
    kernel, bias = normal(features, 7), normal(7, seed=1)
    vectors = one_hot(inputs, len(task.alphabet)).reshape(*inputs.shape[:2], features)
    found = input_layers.projected(task, encoding, {}, inputs, kernel, bias)
    assert np.array_equal(input_layers.vectors(task, encoding, {}, inputs), vectors)
    assert np.allclose(found, dense(vectors, kernel, bias), atol=1e-6)


def test_an_lstm_step_is_the_published_formula() -> None:
    projected, recurrent = normal(1, 2, 4), normal(1, 4, seed=1)
    state = memory = 0.0
    expected = []
    for step in range(2):
        i, f, g, o = projected[0, step] + state * recurrent[0]
        memory = memory / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
        state = np.tanh(memory) / (1 + np.exp(-o))
        expected.append(state)
    found, last = scan(lambda x, s: lstm_step(x, s, recurrent), projected, (np.zeros((1, 1), np.float32),) * 2)
    assert np.allclose(found[0, :, 0], expected, atol=1e-6)
    assert np.allclose(last, [[[state]], [[memory]]], atol=1e-6)


def test_a_gru_step_is_the_published_formula_with_its_reset_after_the_product() -> None:
    (projected,), recurrent, bias = normal(1, 6), normal(2, 6, seed=1), normal(6, seed=2)
    state = normal(2, seed=3)
    x_update, x_reset, x_candidate = projected.reshape(3, 2)
    s_update, s_reset, s_candidate = (state @ recurrent + bias).reshape(3, 2)
    update, reset = logistic(x_update + s_update), logistic(x_reset + s_reset)
    expected = update * state + (1 - update) * np.tanh(x_candidate + reset * s_candidate)
    (found,) = gru_step(projected[None], (state[None],), recurrent, bias)
    assert np.allclose(found[0], expected, atol=1e-6)


def test_a_plain_recurrent_step_is_a_tanh_of_input_and_state() -> None:
    projected, state, recurrent = normal(3, 2), normal(3, 2, seed=1), normal(2, 2, seed=2)
    (found,) = simple_rnn_step(projected, (state,), recurrent)
    assert np.allclose(found, np.tanh(projected + state @ recurrent), atol=1e-6)


CELLS: dict[str, tuple[Callable[[Array, State], State], int, int]] = {
    "lstm": (lambda x, state: lstm_step(x, state, normal(3, 12, seed=9)), 12, 2),
    "gru": (lambda x, state: gru_step(x, state, normal(3, 9, seed=9), normal(9, seed=8)), 9, 1),
    "simple": (lambda x, state: simple_rnn_step(x, state, normal(3, 3, seed=9)), 3, 1),
}
EACH_CELL = pytest.mark.parametrize(("step", "columns", "states"), CELLS.values(), ids=CELLS)
Step = Callable[[Array, State], State]


@EACH_CELL
def test_each_row_of_a_batch_is_read_on_its_own(step: Step, columns: int, states: int) -> None:
    projected, start = normal(6, 4, columns), (np.zeros((6, 3), np.float32),) * states
    together, _ = scan(step, projected, start)
    alone = [scan(step, projected[row : row + 1], tuple(each[:1] for each in start))[0] for row in range(6)]
    assert np.allclose(together, np.concatenate(alone), atol=1e-6)


@EACH_CELL
def test_reading_goes_on_from_where_it_stopped(step: Step, columns: int, states: int) -> None:
    projected, start = normal(2, 5, columns), (np.zeros((2, 3), np.float32),) * states
    whole, last = scan(step, projected, start)
    first, middle = scan(step, projected[:, :2], start)
    second, end = scan(step, projected[:, 2:], middle)
    assert np.array_equal(np.concatenate([first, second], axis=1), whole)
    assert all(np.array_equal(one, other) for one, other in zip(end, last, strict=True))


@EACH_CELL
def test_reading_backwards_is_reading_the_mirrored_steps(step: Step, columns: int, states: int) -> None:
    projected, start = normal(2, 5, columns), (np.zeros((2, 3), np.float32),) * states
    backwards, last = scan(step, projected, start, backwards=True)
    mirrored, mirrored_last = scan(step, projected[:, ::-1], start)
    assert np.array_equal(backwards, mirrored[:, ::-1])
    assert all(np.array_equal(one, other) for one, other in zip(last, mirrored_last, strict=True))


@EACH_CELL
@pytest.mark.parametrize("backwards", [False, True])
def test_masked_steps_leave_the_state_as_it_was(step: Step, columns: int, states: int, backwards: bool) -> None:
    projected, start = normal(2, 5, columns), tuple(normal(2, 3, seed=seed) for seed in range(states))
    mask = np.array([[False, True, True, False, True], [True] * 5])
    found, last = scan(step, projected, start, mask, backwards=backwards)
    bare, bare_last = scan(step, projected[:1, mask[0]], tuple(each[:1] for each in start), backwards=backwards)
    assert np.allclose(found[0, mask[0]], bare[0], atol=1e-6)
    assert all(np.allclose(one[0], other[0], atol=1e-6) for one, other in zip(last, bare_last, strict=True))
    neighbour = 4 if backwards else 2
    assert np.array_equal(found[0, 3], found[0, neighbour])
    assert np.array_equal(found[0, 0], found[0, 1] if backwards else start[0][0])
    assert np.allclose(found[1], scan(step, projected, start, backwards=backwards)[0][1], atol=1e-6)


@given(st.integers(0, 1_000), st.booleans())
def test_attention_is_a_mean_of_what_is_not_masked(seed: int, masked: bool) -> None:
    scores, values = 5 * normal(2, 4, seed=seed), normal(2, 4, 3, seed=seed + 1)
    mask = np.array([[True, False, True, True], [False, False, False, True]]) if masked else None
    mean, weights = attend(scores, values, mask)
    assert weights.sum(axis=-1) == pytest.approx(1, abs=1e-5)
    assert np.allclose(mean, (weights[:, :, None] * values).sum(axis=1), atol=1e-5)
    if mask is not None:
        assert not weights[~mask].any()
        assert np.allclose(mean[1], values[1, 3], atol=1e-6)


def test_layer_normalisation_centres_and_scales() -> None:
    gamma, beta = normal(6, seed=1), normal(6, seed=2)
    plain = layer_norm(100 * normal(2, 3, 6), np.ones(6, np.float32), np.zeros(6, np.float32))
    assert np.allclose(plain.mean(axis=-1), 0, atol=1e-6)
    assert np.allclose(plain.std(axis=-1), 1, atol=1e-4)
    assert np.allclose(layer_norm(100 * normal(2, 3, 6), gamma, beta), plain * gamma + beta, atol=1e-5)


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


def test_a_beam_over_independent_characters_puts_them_together() -> None:
    probabilities = np.array([[[0.7, 0.3], [0.4, 0.6]]], np.float32)
    found = beam_search(Independent(probabilities), steps=2, start=START, width=4)
    assert [answer for answer, _ in found] == [(0, 1), (0, 0), (1, 1), (1, 0)]
    assert [probability for _, probability in found] == pytest.approx([0.42, 0.28, 0.18, 0.12])
