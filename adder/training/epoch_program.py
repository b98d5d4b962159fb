"""The steps of an epoch as one compiled program.

The steps run inside XLA, over questions drawn beforehand: all of an epoch at once, or as many as take a moment, so that
an epoch that takes long can be interrupted. For networks this small that is about ten times as fast as returning to
Python after each step. Weights and moments go in and come out as plain arrays, so all seeds of an experiment share one
compiled program. Importing this module imports TensorFlow.
"""

from __future__ import annotations

import ctypes
import dataclasses
import math
import os
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adder.encodings.encoding import MINUS, ZERO
from adder.experiment import Experiment
from adder.experiment.training import OPTIMIZERS, Training
from adder.networks.arrays import Array
from adder.networks.backend import keras, tf
from adder.networks.description import keras_model
from adder.networks.keras_layers import Dropout
from adder.solvers.cost import compiles_long
from adder.training.checkpoint import NOT_BEGUN, Begun, State

_PROGRAMS_KEPT = 16
_GIVES_WAY = 9  # The thread that hands out work is nicer than the threads that compile by this much.
_lock = threading.RLock()  # A process compiles or runs one program at a time.


def initial_weights(experiment: Experiment) -> dict[str, Array]:
    """Every weight as Keras initialises it, from the experiment's seed, by name."""
    variables = _variables(build(experiment), experiment)
    return {name: np.asarray(variable, np.float32).copy() for name, variable in variables.items()}


def build(experiment: Experiment) -> keras.Model:
    """The experiment's network as a Keras model, untrained."""
    return keras_model(experiment.layers, experiment.seed, experiment.training.dropout)


def keras_file(experiment: Experiment, weights: dict[str, Array]) -> bytes:
    """The experiment's network with these weights as the bytes of a `.keras` file, without dropout.

    `keras.models.load_model` reads it wherever `adder.networks.keras_layers` has been imported.
    """
    with _lock, tempfile.TemporaryDirectory() as folder:
        model = build(dataclasses.replace(experiment, training=dataclasses.replace(experiment.training, dropout=0.0)))
        for name, variable in _variables(model, experiment).items():
            variable.assign(weights[name])
        path = Path(folder) / "network.keras"
        model.save(path)
        return path.read_bytes()


def _variables(model: keras.Model, experiment: Experiment) -> dict[str, keras.Variable]:
    """The model's weights by the names the experiment gives them: the layer's, and the weight's place in it."""
    left: dict[str, list[keras.Variable]] = {}
    variables: dict[str, keras.Variable] = {}
    for name in experiment.weight_shapes:
        layer = name.rpartition("/")[0]
        variables[name] = left.setdefault(layer, list(model.get_layer(layer).weights)).pop(0)
    return variables


def program_for(experiment: Experiment, batch_size: int | None = None) -> EpochProgram:
    """The compiled program of this experiment. Experiments share one if they differ only in what no step reads.

    Args:
        experiment: What is trained.
        batch_size: Questions a step in the present epoch; by default as many as in the first.
    """
    training = experiment.training
    with _lock:
        return _program(
            dataclasses.replace(
                experiment,
                seed=0,
                task=experiment.task.undivided(),
                training=Training(
                    1,
                    training.samples,
                    batch_size or training.batch_size,
                    optimizer=training.optimizer,
                    clip_norm=training.clip_norm,
                    dropout=training.dropout,
                    padding_weight=training.padding_weight,
                    scheduled_sampling=training.scheduled_sampling,
                ),
            )
        )


class EpochProgram:
    """A network, its loss and its optimizer, compiled to run the steps of an epoch.

    Attributes:
        step_seconds: How long a step took when it last ran; None until that is known.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        self._model = build(experiment)
        self._weights = list(_variables(self._model, experiment).values())
        chosen = OPTIMIZERS[experiment.training.optimizer]
        clip_norm = experiment.training.clip_norm
        self._optimizer = getattr(keras.optimizers, chosen.label)(global_clipnorm=clip_norm, **chosen.options)
        self._optimizer.build(self._weights)
        self._moments = self._optimizer.variables[2:]  # The step counter and the learning rate come first.
        self._seed = tf.Variable(0, dtype=tf.int32, trainable=False)
        for layer in self._model.layers:
            if isinstance(layer, Dropout):
                layer.seed_and_step = self._seed_and_step
        characters = experiment.encoding.writes_characters
        self._measure = self._measure_characters if characters else self._measure_numbers
        self._steps = tf.function(self._run_steps, jit_compile=True, autograph=False)
        self._compiled = False
        self.step_seconds: float | None = None

    def start(
        self,
        state: State,
        steps_done: int,
        learning_rate: float,
        inputs: NDArray[Any],
        targets: NDArray[Any],
        seed: int = 0,
        begun: Begun = NOT_BEGUN,
    ) -> RunningEpoch:
        """An epoch, or the rest of one, that is ready to be trained.

        Args:
            state: Where to start; it is left as it is.
            steps_done: Steps from the run's beginning to this epoch; Adam's bias correction depends on it.
            learning_rate: The optimizer's learning rate for the whole epoch.
            inputs: Encoded questions, shape `(steps, batch_size, …)`.
            targets: Encoded answers, shape `(steps, batch_size, …)`.
            seed: The run's seed, for random draws within a step.
            begun: How much of the epoch is over.
        """
        return RunningEpoch(self, state, (steps_done, learning_rate, seed), (inputs, targets), begun)

    def train(
        self,
        packed: tf.Tensor,
        questions: tuple[tf.Tensor, tf.Tensor],
        steps: range,
        sums: tuple[float, float],
        options: tuple[int, float, int],
    ) -> tuple[tf.Tensor, float, float, bool]:
        """Train some steps of a `RunningEpoch`, which calls this.

        Returns:
            All weights and moments in one array, the sums of the losses and of the accuracies, and whether they all
            are finite.
        """
        steps_done, learning_rate, seed = options
        with _lock:
            self._optimizer.iterations.assign(steps_done + steps.start)
            self._seed.assign(seed)
            self._optimizer.learning_rate = learning_rate
            started = time.perf_counter()
            bounds = tf.constant(steps.start), tf.constant(steps.stop)
            run = self._steps if self._compiled else self._compile_and_run
            trained, loss, accuracy, finite = run(packed, *questions, *bounds, *map(tf.constant, sums))
            figures = float(loss), float(accuracy), bool(finite)
            if self._compiled:
                self.step_seconds = (time.perf_counter() - started) / len(steps)
            self._compiled = True
        return trained, *figures

    def _compile_and_run(self, *given: tf.Tensor) -> Any:
        """What `_run_steps` returns, the first time that it runs, in as little memory as that takes.

        One thread hands kernels to XLA's own threads, which compile them. XLA holds much memory for each kernel that
        waits, and frees none of it before all are compiled. If there are many, that thread gives way to the others.
        """
        if sys.platform != "linux":  # Elsewhere a thread has no priority of its own.
            return self._steps(*given)
        if compiles_long(self._experiment):
            _start_threads()
            self._steps.get_concrete_function(*given)
            with ThreadPoolExecutor(1, initializer=os.nice, initargs=(_GIVES_WAY,)) as nice:
                returned = nice.submit(self._steps, *given).result()
        else:
            returned = self._steps(*given)
        ctypes.CDLL(None).malloc_trim(0)  # What compiling took would stay with the process.
        return returned

    def _run_steps(
        self,
        packed: tf.Tensor,
        inputs: tf.Tensor,
        targets: tf.Tensor,
        first: tf.Tensor,
        end: tf.Tensor,
        loss: tf.Tensor,
        accuracy: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
        # All variables cross as one array: setting and reading each from Python would cost a fifth of an epoch.
        variables = [*self._weights, *self._moments]
        pieces = tf.split(packed, [int(np.prod(variable.shape)) for variable in variables])
        for variable, piece in zip(variables, pieces, strict=True):
            variable.assign(tf.reshape(piece, variable.shape))

        def step(i: tf.Tensor, loss: tf.Tensor, accuracy: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
            batch_loss, batch_accuracy = self._step(inputs[i], targets[i])
            return i + 1, loss + batch_loss, accuracy + batch_accuracy

        _, loss, accuracy = tf.while_loop(lambda i, *_: i < end, step, (first, loss, accuracy))
        trained = tf.concat([tf.reshape(variable.value, [-1]) for variable in variables], axis=0)
        finite = tf.math.is_finite(loss) & tf.reduce_all(tf.math.is_finite(trained))
        return trained, loss, accuracy, finite

    def _step(self, inputs: tf.Tensor, targets: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        read = [inputs, self._previous(inputs, targets)] if self._experiment.feedback else [inputs]
        with tf.GradientTape() as tape:
            outputs = self._model(read, training=True)
            loss, accuracy = self._measure(outputs, targets)
        gradients = zip(self._weights, tape.gradient(loss, self._weights), strict=True)
        # Weights that are switched, not learned, have no gradient.
        found = [tf.zeros(weight.shape) if gradient is None else gradient for weight, gradient in gradients]
        self._optimizer.apply(found, self._weights)
        return loss, accuracy

    def _seed_and_step(self) -> tuple[tf.Tensor, tf.Tensor]:
        """The run's seed and the number of the step, from which random draws are made."""
        return self._seed.read_value(), self._optimizer.iterations.value

    def _previous(self, inputs: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        """The character before each one to be written: the true one, or with scheduled sampling at times its own.

        Its own characters come from a first pass with the true ones (Mihaylova & Martins 2019), so that all steps
        can still be trained at once.
        """
        start = tf.fill([targets.shape[0], 1], self._experiment.task.blank)
        true = tf.concat([start, targets[:, :-1]], axis=1)
        rate = self._experiment.training.scheduled_sampling
        if not rate:
            return true
        written = tf.argmax(self._model([inputs, true], training=True), axis=-1, output_type=tf.int32)
        own = tf.concat([start, written[:, :-1]], axis=1)
        seed = tf.stack([tf.cast(each, tf.int32) for each in self._seed_and_step()])
        return tf.where(tf.random.stateless_uniform(true.shape, seed) < rate, own, true)

    def _measure_characters(self, outputs: tf.Tensor, targets: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        losses = keras.losses.sparse_categorical_crossentropy(targets, outputs)
        weight = self._experiment.training.padding_weight
        if weight == 1:
            loss = tf.reduce_mean(losses)
        else:
            weights = tf.where(self._padding(targets), weight, 1.0)
            loss = tf.reduce_sum(losses * weights) / tf.maximum(tf.reduce_sum(weights), 1e-7)
        right = tf.equal(tf.argmax(outputs, axis=-1, output_type=tf.int32), targets)
        return loss, tf.reduce_mean(tf.cast(right, tf.float32))

    def _padding(self, targets: tf.Tensor) -> tf.Tensor:
        """Where the padding is, as `CharacterEncoding.pads` says."""
        task, encoding = self._experiment.task, self._experiment.encoding
        reverse, zeros = encoding.answer_order == "reversed", encoding.fill == "zero"
        fill = tf.equal(targets, ZERO if zeros else task.blank)
        last = tf.range(targets.shape[1]) == (0 if reverse else targets.shape[1] - 1)
        before = (fill | tf.equal(targets, MINUS) if zeros else fill) & ~last
        leading = tf.math.cumprod(tf.cast(before, tf.int32), axis=1, reverse=reverse) > 0
        saying = task.widest_gap + 1
        further_in = leading[:, :-saying] if reverse else leading[:, saying:]
        return leading & tf.pad(further_in, [[0, 0], [saying, 0] if reverse else [0, saying]]) & fill

    def _measure_numbers(self, outputs: tf.Tensor, targets: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        scale = tf.constant(float(self._experiment.encoding.scale(self._experiment.task)))
        right = tf.equal(tf.round(outputs * scale), tf.round(targets * scale))
        return tf.reduce_mean(tf.square(outputs - targets)), tf.reduce_mean(tf.cast(right, tf.float32))


@cache
def _start_threads() -> None:
    """Start the threads of TensorFlow and XLA: they keep the priority of the thread that needs them first."""
    double = tf.function(lambda number: number + number, jit_compile=True)
    double(tf.constant(0.0))
    double.experimental_get_compiler_ir(tf.constant(0.0))("optimized_hlo")  # This compiles even what is on disk.


class RunningEpoch:
    """An epoch that is trained in parts; however it is divided, it ends with the same weights, bit for bit.

    Args:
        program: What trains it.
        state: Where it starts.
        options: The steps before the epoch, the learning rate and the seed.
        questions: Encoded questions and answers.
        begun: How much of it is over in `state`.

    Attributes:
        begun: How much of it is over now.
    """

    def __init__(
        self,
        program: EpochProgram,
        state: State,
        options: tuple[int, float, int],
        questions: tuple[NDArray[Any], NDArray[Any]],
        begun: Begun,
    ) -> None:
        self._program, self._options, self._steps = program, options, len(questions[0])
        self._questions = tf.constant(questions[0]), tf.constant(questions[1])
        self._shapes = [{name: array.shape for name, array in part.items()} for part in (state.weights, state.moments)]
        arrays = [*state.weights.values(), *state.moments.values()]
        self._packed, self.begun = tf.constant(np.concatenate([array.ravel() for array in arrays])), begun

    @property
    def over(self) -> bool:
        """Whether all of its steps are done."""
        return self.begun.steps == self._steps

    @property
    def figures(self) -> tuple[float, float]:
        """The mean loss and the mean accuracy of the steps so far."""
        return self.begun.loss / self.begun.steps, self.begun.accuracy / self.begun.steps

    @property
    def seconds_left(self) -> float:
        """About how long the rest of it takes to train; 0 until that is known."""
        return (self._program.step_seconds or 0.0) * (self._steps - self.begun.steps)

    def stand(self) -> tuple[State, Begun]:
        """Weights and moments as they are now, and how far it is."""
        packed, begun = self._packed.numpy(), self.begun
        parts, at = [], 0
        for shapes in self._shapes:
            part = {}
            for name, shape in shapes.items():
                part[name] = packed[at : at + math.prod(shape)].reshape(shape)
                at += part[name].size
            parts.append(part)
        return State(*parts), begun

    def train(self, seconds: float = math.inf) -> bool:
        """Train for about this time, or to the end, and say whether all is finite.

        The time of the last steps tells how many more fit; the first two go alone, since one of them compiles.
        """
        begun, each = self.begun, self._program.step_seconds
        wanted = math.inf if seconds == math.inf else 1 if each is None else max(1.0, seconds / each)
        steps = range(begun.steps, int(min(begun.steps + wanted, self._steps)))
        started = time.perf_counter()
        packed, loss, accuracy, finite = self._program.train(
            self._packed, self._questions, steps, (begun.loss, begun.accuracy), self._options
        )
        took = begun.seconds + time.perf_counter() - started
        self._packed, self.begun = packed, Begun(steps.stop, loss, accuracy, took)
        return finite


_program = lru_cache(maxsize=_PROGRAMS_KEPT)(EpochProgram)
