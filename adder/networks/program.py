"""One epoch of training as one compiled program.

The steps of an epoch run inside XLA, over questions drawn beforehand: about ten times as fast, for networks this
small, as returning to Python between steps. A program belongs to a shape, not to a run: weights and moments go in
and come out as plain arrays, so every seed of an experiment shares one compilation. Importing this module imports
TensorFlow.
"""

from __future__ import annotations

import dataclasses
import threading
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adder.checkpoint import State
from adder.encoding import ScaledEncoding
from adder.experiment import Experiment, Training
from adder.forward import Array
from adder.networks.backend import keras, tf

_PROGRAMS_KEPT = 16
_lock = threading.RLock()  # one compilation, and one epoch, at a time in a process


def initial_weights(experiment: Experiment) -> dict[str, Array]:
    """Every weight as Keras initialises it, from the experiment's seed, by name."""
    model = experiment.network.build(experiment.task, experiment.encoding, experiment.seed)
    shapes = experiment.network.weight_shapes(experiment.task, experiment.encoding)
    return dict(zip(shapes, model.get_weights(), strict=True))


def program_for(experiment: Experiment) -> EpochProgram:
    """The program that trains this experiment; the same one for all that differ only in what it does not read."""
    training = experiment.training
    with _lock:
        return _program(
            dataclasses.replace(
                experiment,
                seed=0,
                task=dataclasses.replace(experiment.task, held_out=0, draw="numbers"),
                training=Training(1, training.samples, training.batch_size, clip_norm=training.clip_norm),
            )
        )


@lru_cache(maxsize=_PROGRAMS_KEPT)
def _program(experiment: Experiment) -> EpochProgram:
    return EpochProgram(experiment)


class EpochProgram:
    """A network, its loss and Adam, compiled to run an epoch at a time."""

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        self._model = experiment.network.build(experiment.task, experiment.encoding, experiment.seed)
        self._optimizer = keras.optimizers.Adam(global_clipnorm=experiment.training.clip_norm)
        self._optimizer.build(self._model.trainable_variables)
        self._moments = self._optimizer.variables[2:]  # after the step counter and the learning rate
        on_numbers = isinstance(experiment.encoding, ScaledEncoding)
        self._measure = self._measure_numbers if on_numbers else self._measure_characters
        self._epoch = tf.function(self._run_steps, jit_compile=True, autograph=False)

    def run(
        self,
        state: State,
        steps_done: int,
        learning_rate: float,
        inputs: NDArray[Any],
        targets: NDArray[Any],
    ) -> tuple[State, float, float]:
        """Train one epoch.

        Args:
            state: Where to start; it is left as it is.
            steps_done: Steps since the run began, which Adam's bias correction counts.
            learning_rate: Adam's, for the whole epoch.
            inputs: Encoded questions, shape `(steps, batch_size, …)`.
            targets: Encoded answers, shape `(steps, batch_size, …)`.

        Returns:
            The new state, the mean loss and the mean accuracy over the epoch's batches.
        """
        arrays = [*state.weights.values(), *state.moments.values()]
        packed = np.concatenate([array.ravel() for array in arrays])
        with _lock:
            self._optimizer.iterations.assign(steps_done)
            self._optimizer.learning_rate = learning_rate
            trained, loss, accuracy = self._epoch(packed, inputs, targets)
            pieces = np.split(trained.numpy(), np.cumsum([array.size for array in arrays])[:-1])
        named = {
            name: piece.reshape(array.shape)
            for name, piece, array in zip([*state.weights, *state.moments], pieces, arrays, strict=True)
        }
        weights = {name: named.pop(name) for name in state.weights}
        return State(weights, named), float(loss), float(accuracy)

    def _run_steps(
        self, packed: tf.Tensor, inputs: tf.Tensor, targets: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        # One array in and one out: setting and reading each variable from Python would cost a fifth of an epoch.
        variables = [*self._model.trainable_variables, *self._moments]
        pieces = tf.split(packed, [int(np.prod(variable.shape)) for variable in variables])
        for variable, piece in zip(variables, pieces, strict=True):
            variable.assign(tf.reshape(piece, variable.shape))
        steps = inputs.shape[0]

        def step(i: tf.Tensor, loss: tf.Tensor, accuracy: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
            batch_loss, batch_accuracy = self._step(inputs[i], targets[i])
            return i + 1, loss + batch_loss, accuracy + batch_accuracy

        zero = tf.constant(0.0)
        _, loss, accuracy = tf.while_loop(lambda i, *_: i < steps, step, (tf.constant(0), zero, zero))
        trained = tf.concat([tf.reshape(variable.value, [-1]) for variable in variables], axis=0)
        return trained, loss / steps, accuracy / steps

    def _step(self, inputs: tf.Tensor, targets: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        variables = self._model.trainable_variables
        with tf.GradientTape() as tape:
            outputs = self._model(inputs, training=True)
            loss, accuracy = self._measure(outputs, targets)
        self._optimizer.apply(tape.gradient(loss, variables), variables)
        return loss, accuracy

    def _measure_characters(self, outputs: tf.Tensor, targets: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(targets, outputs))
        right = tf.equal(tf.argmax(outputs, axis=-1, output_type=tf.int32), targets)
        return loss, tf.reduce_mean(tf.cast(right, tf.float32))

    def _measure_numbers(self, outputs: tf.Tensor, targets: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        scale = tf.constant(float(self._experiment.task.largest_answer))
        right = tf.equal(tf.round(outputs * scale), tf.round(targets * scale))
        return tf.reduce_mean(tf.square(outputs - targets)), tf.reduce_mean(tf.cast(right, tf.float32))
