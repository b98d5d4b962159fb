from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from adder import Experiment, preset
from adder.analysis.cost_estimate import expected_seconds
from adder.presets import PRESETS
from adder.solvers.cost import (
    BATCH_BYTES,
    CHECK_QUESTIONS,
    answers_in_a_moment,
    compiles_long,
    questions_at_once,
    questions_to_check,
    step_seconds,
    training_bytes,
)
from tests.experiments import random_solver

LONG = {"task.largest": 10**60}
HEADS = {"network.name": "transformer", "network.width": 16, "network.heads": 16, "network.feedforward": 1}
HEAVY = {
    "cells": Experiment().replaced({**LONG, "network.encoder_units": 64, "network.decoder_units": 64}),
    "both ways": Experiment().replaced({**LONG, "network.bidirectional": True, "network.cell": "gru"}),
    "looks after each step": Experiment().replaced({**LONG, "network.attention": "dot", "network.decoder_units": 100}),
    "looks before each step": Experiment().replaced({**LONG, "network.attention": "additive"}),
    "heads": Experiment().replaced({**LONG, **HEADS}),
}


@pytest.mark.parametrize("experiment", HEAVY.values(), ids=HEAVY)
def test_a_batch_takes_no_more_memory_than_it_may(experiment: Experiment) -> None:
    solver, task = random_solver(experiment, scale=0.1), experiment.task
    at_once = questions_at_once(experiment, task)
    questions = task.sample(at_once, np.random.default_rng(1))
    tracemalloc.start()
    try:
        solver.predict(questions)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 1.5 * BATCH_BYTES
    assert most * (questions_at_once(experiment, task) + 1) / at_once > BATCH_BYTES / 10 or at_once == 1


def test_attention_costs_more_the_longer_the_questions_are() -> None:
    short, long = (Experiment().replaced({**HEADS, "task.largest": 10**digits}) for digits in (20, 80))
    assert long.layers.cost.numbers > 8 * short.layers.cost.numbers
    assert answers_in_a_moment(long, 10**6) < answers_in_a_moment(short, 10**6) / 8


@pytest.mark.parametrize("name", PRESETS)
def test_no_preset_is_too_dear(name: str) -> None:
    experiment = preset(name)
    assert experiment.layers.cost.products >= experiment.weights
    assert answers_in_a_moment(experiment, 2_000) == 2_000
    assert questions_to_check(experiment) == CHECK_QUESTIONS
    assert step_seconds(experiment) < 0.1
    assert training_bytes(experiment) < 10**9
    assert expected_seconds(experiment) < 3_600


def test_a_longer_task_than_the_network_was_trained_on_is_asked_in_smaller_batches() -> None:
    columns = preset("columns")
    assert questions_at_once(columns, columns.task.of_digits(300)) < questions_at_once(columns, columns.task) / 10


@pytest.mark.parametrize(("name", "long"), [("seq2seq-100", False), ("three-digits", True), ("nine-digits", True)])
def test_a_network_compiles_long_if_its_questions_and_answers_have_many_characters(name: str, long: bool) -> None:
    assert compiles_long(preset(name)) is long
