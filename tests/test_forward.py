from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adder.encoding import one_hot
from adder.forward import dense, lookup, lstm, sigmoid, softmax


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


def test_looking_rows_up_is_the_product_with_one_hot_vectors() -> None:
    rng = np.random.default_rng(0)
    symbols = rng.integers(0, 12, (4, 5))
    kernel, bias = rng.standard_normal((12, 7), np.float32), rng.standard_normal(7, np.float32)
    assert np.allclose(lookup(symbols, kernel, bias), dense(one_hot(symbols), kernel, bias), atol=1e-6)


def test_an_lstm_step_is_the_published_formula() -> None:
    rng = np.random.default_rng(0)
    projected, recurrent = rng.standard_normal((1, 2, 4), np.float32), rng.standard_normal((1, 4), np.float32)
    state = memory = 0.0
    expected = []
    for step in range(2):
        i, f, g, o = projected[0, step] + state * recurrent[0]
        memory = memory / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
        state = np.tanh(memory) / (1 + np.exp(-o))
        expected.append(state)
    assert np.allclose(lstm(projected, recurrent)[0, :, 0], expected, atol=1e-6)


def test_each_row_of_a_batch_is_read_on_its_own() -> None:
    rng = np.random.default_rng(0)
    projected, recurrent = rng.standard_normal((6, 4, 12), np.float32), rng.standard_normal((3, 12), np.float32)
    alone = np.concatenate([lstm(projected[row : row + 1], recurrent) for row in range(6)])
    assert np.allclose(lstm(projected, recurrent), alone, atol=1e-6)
