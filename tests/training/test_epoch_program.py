"""The compiled epoch: it is a plain Keras loop, and draws, pads and shares as it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from adder import Experiment
from adder.encodings import CharacterEncoding
from adder.experiment.training import OPTIMIZERS
from adder.networks.backend import keras, tf
from adder.solvers.answering import teacher_forced
from adder.training.checkpoint import State
from adder.training.epoch_program import _variables as variables
from adder.training.epoch_program import initial_weights, program_for
from adder.training.trainer import batches
from tests.experiments import TINY_TEXT, random_solver
from tests.serving import ROOT
from tests.training.kinds import DRAWING, EXPERIMENTS, READING_ITSELF, SPACED, TEXT, ZEROS, same, trained
from tests.twins import keras_inputs, keras_model

DRAWING_NOTHING = {name: each for name, each in EXPERIMENTS.items() if name not in DRAWING} | {
    "reading itself, padding masked": READING_ITSELF,
}


@pytest.mark.parametrize("experiment", DRAWING_NOTHING.values(), ids=DRAWING_NOTHING)
def test_a_compiled_epoch_is_a_plain_keras_loop(experiment: Experiment) -> None:
    training = experiment.training
    weights = initial_weights(experiment)
    model = keras_model(experiment, weights)
    chosen = OPTIMIZERS[training.optimizer]
    optimizer = getattr(keras.optimizers, chosen.label)(0.01, global_clipnorm=training.clip_norm, **chosen.options)
    state = State.start(experiment, weights)
    program = program_for(experiment)
    for epoch in (1, 2):
        inputs, targets = batches(experiment, epoch)
        running = program.start(state, (epoch - 1) * training.steps, 0.01, inputs, targets)
        assert running.train()
        state, _ = running.stand()
        loss, accuracy = running.figures
        figures = []
        for questions, answers in zip(inputs, targets, strict=True):
            read = keras_inputs(experiment, questions, answers)
            if training.scheduled_sampling:
                read = keras_inputs(experiment, questions, np.argmax(model(read), axis=-1).astype(np.int32))
            with tf.GradientTape() as tape:
                outputs = model(read, training=True)
                plain = plain_loss(experiment, outputs, answers)
            optimizer.apply_gradients(
                zip(tape.gradient(plain, model.trainable_variables), model.trainable_variables, strict=True)
            )
            figures.append((float(plain), share_right(experiment, np.asarray(outputs), answers)))
        assert (loss, accuracy) == pytest.approx(np.mean(figures, axis=0).tolist(), rel=1e-4)
    for name, variable in variables(model, experiment).items():
        assert np.allclose(state.weights[name], variable, atol=2e-4), name


def plain_loss(experiment: Experiment, outputs: Any, answers: NDArray[Any]) -> Any:
    if not experiment.encoding.writes_characters:
        return keras.losses.MeanSquaredError()(answers, outputs)
    padding = experiment.encoding.pads(experiment.task, answers)  # type: ignore[union-attr]
    weights = np.where(padding, experiment.training.padding_weight, 1.0)
    losses = keras.losses.SparseCategoricalCrossentropy(reduction="sum")(answers, outputs, weights)
    return losses / np.float32(weights.sum())


def share_right(experiment: Experiment, outputs: NDArray[Any], answers: NDArray[Any]) -> float:
    if experiment.encoding.writes_characters:
        return float((outputs.argmax(axis=-1) == answers).mean())
    largest = experiment.encoding.scale(experiment.task)  # type: ignore[union-attr]
    return float((np.round(outputs * largest) == np.round(answers * largest)).mean())


def test_a_program_leaves_the_state_it_starts_from_alone() -> None:
    state = State.start(TEXT, initial_weights(TEXT))
    copy = {name: weight.copy() for name, weight in state.weights.items()}
    program_for(TEXT).start(state, 0, 0.01, *batches(TEXT, 1)).train()
    assert same(state.weights, copy)
    assert not any(moment.any() for moment in state.moments.values())


def test_runs_that_differ_only_in_seed_or_schedule_share_a_program() -> None:
    settings = {
        "seed": 9,
        "task.held_out": 0.2,
        "task.draw": "lengths",
        "training.epochs": 50,
        "training.learning_rate": 0.1,
        "training.curriculum": "mixed",
        "training.keep_best": True,
        "training.target": 0.5,
    }
    assert program_for(TINY_TEXT) is program_for(TINY_TEXT.replaced(settings))


@pytest.mark.parametrize(
    "setting",
    [
        {"training.clip_norm": 1},
        {"training.optimizer": "sgd"},
        {"training.dropout": 0.1},
        {"training.padding_weight": 0.5},
        {"encoding.padding": "right"},
    ],
    ids=lambda setting: next(iter(setting)),
)
def test_runs_that_compile_to_something_else_have_a_program_of_their_own(setting: dict[str, Any]) -> None:
    assert program_for(TEXT) is not program_for(TEXT.replaced(setting))


NICE = """
import json
import os
import threading
from pathlib import Path

from adder.training import epoch_program
from adder.training.checkpoint import State
from adder.training.epoch_program import initial_weights, program_for
from adder.training.trainer import batches
from tests.experiments import TINY_LINEAR

epoch_program.compiles_long = lambda experiment: True
nice, ran = [], []

def threads():
    return {int(each.name) for each in Path("/proc/self/task").iterdir()}

os.nice = lambda by: nice.append((by, threading.get_native_id(), threads()))
program = program_for(TINY_LINEAR)
steps = program._steps

class Noted:
    get_concrete_function = steps.get_concrete_function

    def __call__(self, *given):
        ran.append(threading.get_native_id())
        return steps(*given)

program._steps = Noted()
for _ in range(2):
    state = State.start(TINY_LINEAR, initial_weights(TINY_LINEAR))
    program.start(state, 0, 0.01, *batches(TINY_LINEAR, 1)).train()
((by, thread, before),) = nice
print(json.dumps([by, ran == [thread, threading.get_native_id()], len(threads() - before)]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a thread has a priority of its own on Linux alone")
def test_the_thread_that_hands_out_work_is_nice_and_all_that_compile_began_before_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", NICE],
        cwd=ROOT,
        env={**os.environ, "ADDER_XLA_CACHE": "off"},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    nicer, in_that_thread, began_later = json.loads(done.stdout)
    assert nicer > 0
    assert in_that_thread
    assert not began_later


def standing_loss(experiment: Experiment, step: int = 0, seed: int = 0) -> float:
    """The loss of the first epoch's questions at a learning rate of zero, so that no weight changes."""
    state = State.start(experiment, random_solver(experiment, scale=0.5).weights)
    running = program_for(experiment).start(state, step, 0.0, *batches(experiment, 1), seed)
    assert running.train()
    return running.figures[0]


@pytest.mark.parametrize("name", DRAWING)
def test_what_is_drawn_within_a_step_depends_on_the_seed_and_the_step_alone(name: str) -> None:
    experiment = EXPERIMENTS[name]
    assert standing_loss(experiment, step=4, seed=1) == standing_loss(experiment, step=4, seed=1)
    assert len({standing_loss(experiment, step, seed) for step, seed in ((4, 1), (6, 1), (4, 2), (6, 2))}) == 4
    assert standing_loss(TEXT, step=4, seed=1) == standing_loss(TEXT, step=6, seed=2)


def character_losses(experiment: Experiment, *, own: bool = False) -> tuple[NDArray[Any], NDArray[Any]]:
    """The loss of each character of the first epoch and where it is padding, told the true characters or its own."""
    inputs, targets = batches(experiment, 1)
    questions, answers = inputs.reshape(-1, *inputs.shape[2:]), targets.reshape(-1, targets.shape[2])
    weights = random_solver(experiment, scale=0.5).weights
    outputs = teacher_forced(experiment, weights, questions, answers).values
    if own:
        outputs = teacher_forced(experiment, weights, questions, outputs.argmax(axis=-1)).values
    likelihood = np.take_along_axis(outputs, answers[:, :, None], axis=2)[:, :, 0]
    assert isinstance(experiment.encoding, CharacterEncoding)
    return -np.log(likelihood), experiment.encoding.pads(experiment.task, answers)


@pytest.mark.usefixtures("uncompiled")
@pytest.mark.parametrize(
    "experiment",
    [EXPERIMENTS["sgd, padding counts less"], READING_ITSELF, SPACED, ZEROS],
    ids=["a quarter", "nothing", "a quarter, and blanks in answers count in full", "a quarter, and so do zeros"],
)
def test_padding_counts_in_the_loss_by_its_weight(experiment: Experiment) -> None:
    losses, padding = character_losses(experiment, own=experiment is READING_ITSELF)
    assert padding.any()
    weights = np.where(padding, experiment.training.padding_weight, 1.0)
    by_batch = ((losses * weights).reshape(2, -1).sum(axis=1), weights.reshape(2, -1).sum(axis=1))
    assert standing_loss(experiment) == pytest.approx((by_batch[0] / by_batch[1]).mean(), rel=1e-4)


def test_a_network_whose_padding_is_masked_learns_where_an_answer_begins() -> None:
    blank = READING_ITSELF.task.blank
    assert trained(READING_ITSELF).solver().weights["character/bias"][blank] > 0


def test_scheduled_sampling_reads_the_truth_or_what_was_written_instead() -> None:
    experiment = EXPERIMENTS["scheduled sampling"]
    told, own = (character_losses(experiment, own=own)[0] for own in (False, True))
    assert experiment.task.longest_answer == 2  # Only the second character has one before it.
    assert np.array_equal(told[:, 0], own[:, 0])
    loss = standing_loss(experiment)
    assert np.minimum(told, own).mean() < loss < np.maximum(told, own).mean()
    assert loss not in (pytest.approx(told.mean(), rel=1e-4), pytest.approx(own.mean(), rel=1e-4))
