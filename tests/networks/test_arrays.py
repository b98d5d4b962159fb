"""What layers compute in NumPy: published formulas, and what holds for every cell in the registry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from adder.encodings import one_hot
from adder.networks import arrays
from adder.networks.arrays import Array, OneHot, State, attend, sigmoid, softmax
from adder.networks.layers.cells import CELLS, gru, lstm, simple
from adder.networks.layers.recurrent import scan
from adder.networks.layers.transformer_blocks import layer_norm

Step = Callable[[Array, State], State]


def normal(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def logistic(x: NDArray[np.floating]) -> NDArray[np.floating]:
    return 1 / (1 + np.exp(-x))


def stepped(step: Callable[..., Any], recurrent_kernel: Array, bias: Array | float = 0) -> Step:
    return lambda x, state: step(arrays, x, state, lambda h: h @ recurrent_kernel + bias)[0]


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


@pytest.mark.parametrize("channels", [1, 3])
def test_looking_rows_up_is_the_product_with_one_hot_vectors(channels: int) -> None:
    symbols = np.random.default_rng(0).integers(5, size=(4, 6, channels))
    kernel = normal(5 * channels, 7)
    vectors = one_hot(symbols, 5).reshape(4, 6, 5 * channels)
    assert np.array_equal(np.asarray(OneHot(symbols, 5)), vectors)
    assert OneHot(symbols, 5).shape == vectors.shape
    assert np.allclose(OneHot(symbols, 5) @ kernel, vectors @ kernel, atol=1e-6)


def test_an_lstm_step_is_the_published_formula() -> None:
    projected, recurrent = normal(1, 2, 4), normal(1, 4, seed=1)
    state = memory = 0.0
    expected = []
    for step in range(2):
        i, f, g, o = projected[0, step] + state * recurrent[0]
        memory = memory / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
        state = np.tanh(memory) / (1 + np.exp(-o))
        expected.append(state)
    found, last = scan(stepped(lstm, recurrent), projected, (np.zeros((1, 1), np.float32),) * 2)
    assert np.allclose(found[0, :, 0], expected, atol=1e-6)
    assert np.allclose(last, [[[state]], [[memory]]], atol=1e-6)


def test_a_gru_step_is_the_published_formula_with_its_reset_after_the_product() -> None:
    (projected,), recurrent, bias = normal(1, 6), normal(2, 6, seed=1), normal(6, seed=2)
    state = normal(2, seed=3)
    x_update, x_reset, x_candidate = projected.reshape(3, 2)
    s_update, s_reset, s_candidate = (state @ recurrent + bias).reshape(3, 2)
    update, reset = logistic(x_update + s_update), logistic(x_reset + s_reset)
    expected = update * state + (1 - update) * np.tanh(x_candidate + reset * s_candidate)
    (found,) = stepped(gru, recurrent, bias)(projected[None], (state[None],))
    assert np.allclose(found[0], expected, atol=1e-6)


def test_a_plain_recurrent_step_is_a_tanh_of_input_and_state() -> None:
    projected, state, recurrent = normal(3, 2), normal(3, 2, seed=1), normal(2, 2, seed=2)
    (found,) = stepped(simple, recurrent)(projected, (state,))
    assert np.allclose(found, np.tanh(projected + state @ recurrent), atol=1e-6)


CASES = [
    (stepped(cell.step, normal(3, 3 * cell.columns, seed=9)), 3 * cell.columns, cell.states) for cell in CELLS.values()
]
EACH_CELL = pytest.mark.parametrize(("step", "columns", "states"), CASES, ids=CELLS)


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
    weights = {"plain/gamma": np.ones(6, np.float32), "plain/beta": np.zeros(6, np.float32)}
    weights |= {"norm/gamma": gamma, "norm/beta": beta}
    plain = layer_norm(weights, "plain", 100 * normal(2, 3, 6))
    assert np.allclose(plain.mean(axis=-1), 0, atol=1e-6)
    assert np.allclose(plain.std(axis=-1), 1, atol=1e-4)
    assert np.allclose(layer_norm(weights, "norm", 100 * normal(2, 3, 6)), plain * gamma + beta, atol=1e-5)
