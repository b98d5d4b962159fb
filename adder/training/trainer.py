"""Training: an experiment becomes epochs, and at last a solver.

    trainer = Trainer(preset("seq2seq"))
    for event in trainer.run():          # close the iterator, or break, to stop
        print(event.epoch, event.loss, event.accuracy)
    solver = trainer.solver()

The steps of an epoch are one compiled XLA program over questions drawn beforehand: there is no `fit`, no `tf.data`, and
no step returns to Python, except to check every moment whether to go on. All random draws of an epoch depend on the
seed and the epoch's number alone, so a run that was stopped and continued ends with the same weights as one that was
not. TensorFlow is imported when a run starts.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from adder.base.errors import TrainingError, shorten
from adder.base.messages import counted
from adder.base.settings import written
from adder.experiment import Experiment
from adder.solvers import evaluation
from adder.solvers.cost import CHECK_QUESTIONS, questions_to_check
from adder.solvers.predictions import Predictions
from adder.solvers.results import EPOCH_COLUMNS, Epoch, Example
from adder.solvers.solver import Solver
from adder.tasks.curricula import CURRICULA, MASTERED, Practice
from adder.tasks.questions import Questions
from adder.training.checkpoint import NOT_BEGUN, Begun, Best, Checkpoint, State

if TYPE_CHECKING:
    from adder.training.epoch_program import RunningEpoch

EXAMPLES = 20
PART_SECONDS = 0.25  # A long epoch checks this often whether to go on.
_CHECK_STREAM = 0  # Epochs count from 1, so none draws from this stream.


@dataclass(frozen=True, slots=True)
class EpochEvent(Epoch):
    """One finished epoch as the trainer reports it: its figures, and what the network can do by now.

    Attributes:
        examples: Twenty of the check questions with the network's answers.
        solver: The experiment with the weights this epoch ended with; None in an event from another process.
    """

    examples: tuple[Example, ...] = ()
    solver: Solver | None = field(default=None, repr=False, compare=False)

    @property
    def figures(self) -> Epoch:
        """The figures alone, as a history keeps them."""
        return Epoch(*(getattr(self, column) for column in EPOCH_COLUMNS))

    def to_dict(self) -> dict[str, Any]:
        """The event as plain values, without its solver."""
        return dataclasses.asdict(dataclasses.replace(self, solver=None))

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> EpochEvent:
        """The event that `to_dict` described."""
        examples = tuple(Example(**example) for example in values["examples"])
        return cls(**{**values, "by_place": tuple(values["by_place"]), "examples": examples})


class Trainer:
    """Trains one experiment, from the beginning or from a checkpoint of the same experiment.

    Args:
        experiment: What to train.
        checkpoint: Where to go on from; `training.epochs` may be larger than in the checkpoint's experiment.

    Raises:
        TrainingError: The checkpoint is of another experiment, or is none.

    >>> from adder.presets import preset
    >>> trainer = Trainer(preset("mapping-mlp").replaced({"training.epochs": 2}))
    >>> [event.samples for event in trainer.run()]
    [100, 200]
    """

    def __init__(self, experiment: Experiment, checkpoint: Checkpoint | None = None) -> None:
        if checkpoint is not None:
            _check_continues(checkpoint, experiment)
        self.experiment = experiment
        self._epoch = checkpoint.epoch if checkpoint else 0
        self._stand = (checkpoint.state, checkpoint.begun) if checkpoint else None
        self._running: RunningEpoch | None = None
        self._history = list(checkpoint.history) if checkpoint else []
        self._best = checkpoint.best if checkpoint else None

    def run(self, interrupted: Callable[[], bool] = lambda: False) -> Iterator[EpochEvent]:
        """Train epoch by epoch until the last, or until `training.target` is met; close the iterator to stop.

        Args:
            interrupted: Asked several times a second, also within an epoch. Once it says yes the iterator ends, and
                `checkpoint` stands within the epoch.

        Raises:
            TrainingError: The loss is no longer a finite number. `solver` has the weights of the last good epoch.
        """
        from adder.training.epoch_program import program_for

        training = self.experiment.training
        now = training.at(self._epoch + 1)
        program = program_for(self.experiment, now.batch_size)
        questions = check_questions(self.experiment)
        while not self.finished:
            epoch = self._epoch + 1
            before, now = now, training.at(epoch)
            if now.batch_size != before.batch_size:
                program = program_for(self.experiment, now.batch_size)
            started = time.perf_counter()
            inputs, targets = batches(self.experiment, epoch, self._history)
            state, begun = self._standing()
            begun = dataclasses.replace(begun, seconds=begun.seconds + time.perf_counter() - started)
            state, steps_before = switched(self.experiment, state, epoch), training.steps_before(epoch)
            running = program.start(
                state, steps_before, now.learning_rate, inputs, targets, self.experiment.seed, begun
            )
            while not running.over:
                if interrupted():
                    return
                if not running.train(PART_SECONDS):
                    self._running = None
                    raise TrainingError(
                        "the loss is no longer a finite number in epoch {epoch}. A smaller training.learning_rate, or "
                        "a training.clip_norm, usually helps",
                        epoch=epoch,
                    )
                self._running = running
            try:
                with evaluation.looking_up(partial(_end_if, interrupted)):
                    event = self._event(epoch, running, questions)
            except _InterruptedError:
                return
            state, _ = running.stand()
            if training.keep_best and (self._best is None or event.exact_match >= self._best.exact_match):
                self._best = Best(epoch, event.exact_match, state.weights)
            # Ctrl+C may come between these two lines; `checkpoint` leaves out an epoch that is not counted yet.
            self._history.append(event.figures)
            self._epoch, self._stand, self._running = epoch, (state, NOT_BEGUN), None
            yield event

    @property
    def epoch(self) -> int:
        """How many epochs are over."""
        return self._epoch

    @property
    def steps(self) -> int:
        """How many steps are over, those of the present epoch included."""
        return self.experiment.training.steps_before(self._epoch + 1) + self._begun.steps

    @property
    def part(self) -> float:
        """The share of the present epoch that is over."""
        return self._begun.steps / self.experiment.training.at(self._epoch + 1).steps

    @property
    def seconds_left(self) -> float:
        """About how long the rest of the present epoch takes to train; 0 until that is known."""
        return self._running.seconds_left if self._running else 0.0

    @property
    def _begun(self) -> Begun:
        return self._running.begun if self._running else self._stand[1] if self._stand else NOT_BEGUN

    @property
    def finished(self) -> bool:
        """Whether no epoch is left: the last is over, or `training.target` is met."""
        return self._epoch >= self.experiment.training.epochs or self._reached_target()

    def solver(self) -> Solver:
        """The experiment with the weights of the last finished epoch, or of the best where that is kept."""
        return self.checkpoint().solver()

    def checkpoint(self) -> Checkpoint:
        """Where the run stands, to go on from later or elsewhere."""
        history = tuple(self._history[: self._epoch])
        state, begun = self._standing()
        return Checkpoint(self.experiment, self._epoch, state, history, self._best, begun)

    def _standing(self) -> tuple[State, Begun]:
        """Weights and moments as they are now, and how far the present epoch is."""
        if self._running is not None:
            return self._running.stand()
        if self._stand is None:
            from adder.training.epoch_program import initial_weights

            self._stand = State.start(self.experiment, initial_weights(self.experiment)), NOT_BEGUN
        return self._stand

    def _reached_target(self) -> bool:
        target = self.experiment.training.target
        return target is not None and bool(self._history) and self._history[-1].exact_match >= target

    def _event(self, epoch: int, running: RunningEpoch, questions: Questions) -> EpochEvent:
        started = time.perf_counter()
        state, begun = running.stand()
        loss, accuracy = running.figures
        solver = Solver(self.experiment, state.weights, tuple(self._history))
        predictions = evaluation.ask_all(solver, questions, self.experiment.task)
        exact_match = float(predictions.correct.mean())
        check_accuracy, unpadded_accuracy = evaluation.character_scores(solver, predictions)
        event = EpochEvent(
            epoch=epoch,
            loss=loss,
            accuracy=accuracy,
            check_loss=evaluation.loss(solver, predictions, questions),
            check_accuracy=check_accuracy,
            unpadded_accuracy=unpadded_accuracy,
            exact_match=exact_match,
            held_out_exact_match=exact_match if self.experiment.task.held_out else None,
            seconds=begun.seconds + time.perf_counter() - started,
            samples=epoch * self.experiment.training.samples,
            by_place=evaluation.accuracy_by_place(solver, predictions),
            examples=_examples(self.experiment, questions, predictions),
        )
        solver = dataclasses.replace(solver, history=(*self._history, event.figures))
        return dataclasses.replace(event, solver=solver)


class _InterruptedError(Exception):
    """Ends a run while its check questions are asked."""


def _end_if(interrupted: Callable[[], bool]) -> None:
    if interrupted():
        raise _InterruptedError


def compile_program(experiment: Experiment) -> None:
    """Import TensorFlow and compile now what a run of this experiment would wait for."""
    from adder.training.epoch_program import initial_weights, program_for

    state = State.start(experiment, initial_weights(experiment))
    rate, questions = experiment.training.learning_rate, batches(experiment, epoch=1)
    program_for(experiment).start(state, 0, rate, *questions).train(PART_SECONDS)


def check_questions(experiment: Experiment) -> Questions:
    """The check questions, which a run is asked after every epoch: each a different one, held out where any are.

    Returns:
        At most 400 questions, in the order they were drawn; fewer for a network that is slow to answer.
    """
    task = experiment.task
    rng = np.random.default_rng([experiment.seed, _CHECK_STREAM])
    drawn = task.sample(CHECK_QUESTIONS, rng, split="held_out" if task.held_out else "any")
    _, first = np.unique(drawn.symbols, axis=0, return_index=True)
    return drawn[np.sort(first)[: questions_to_check(experiment)]]


def examples_among(questions: Questions) -> NDArray[np.int64]:
    """The rows of the first twenty different questions; 97+13 and 13+97 are the same."""
    _, first = np.unique(questions.keys, return_index=True)
    return np.sort(first)[:EXAMPLES]


def switched(experiment: Experiment, state: State, epoch: int) -> State:
    """The state in which an epoch, counted from 1, begins: some layers have weights that are switched, not learned."""
    done = (epoch - 1) / experiment.training.epochs
    weights = dict(state.weights)
    for layer in experiment.layers:
        for name, share in layer.switched.items():
            weights[name] = np.array(done >= share, np.float32)
    return State(weights, state.moments)


def draw(experiment: Experiment, epoch: int, history: Sequence[Epoch] = ()) -> Questions:
    """The questions that an epoch, counted from 1, trains on; the epochs before it are the first of the history."""
    task, training = experiment.task, experiment.training
    how = training.at(epoch).draw
    if how is not None:
        task = task.drawn_as(how)
    rng = np.random.default_rng([experiment.seed, epoch])
    mastered = sum(each.accuracy >= MASTERED for each in history[: epoch - 1])
    practice = Practice(training.samples, task.levels, epoch / training.epochs, mastered)
    return task.sample(training.samples, rng, levels=CURRICULA[training.curriculum].levels(practice, rng))


def batches(experiment: Experiment, epoch: int, history: Sequence[Epoch] = ()) -> tuple[NDArray[Any], NDArray[Any]]:
    """What an epoch, counted from 1, trains on; the epochs before it are the first of the history.

    Returns:
        Encoded questions and encoded answers, each of shape `(steps, batch_size, …)`.
    """
    task, encoding, now = experiment.task, experiment.encoding, experiment.training.at(epoch)
    drawn = draw(experiment, epoch, history)
    questions, answers = encoding.encode_questions(task, drawn), encoding.encode_answers(task, drawn)
    shape = (now.steps, now.batch_size)
    return questions.reshape(*shape, *questions.shape[1:]), answers.reshape(*shape, *answers.shape[1:])


_MAY_DIFFER = ("training.epochs", "training.target")


def _check_continues(checkpoint: Checkpoint, after: Experiment) -> None:
    """Refuse to continue a run as another experiment. Only how long to train and later changes may differ."""
    if not isinstance(checkpoint, Checkpoint):
        raise TrainingError(
            "a run goes on from a checkpoint, such as trainer.checkpoint(); received: {received}",
            received=type(checkpoint).__name__,
        )
    before = checkpoint.experiment
    old, new = before.flat(), after.flat()
    for flat in (old, new):
        begun = [change for change in flat["training.changes"] if change.epoch < checkpoint.next_epoch]
        flat["training.changes"] = tuple(begun)
    for name in old | new:
        if old.get(name) != new.get(name) and name not in _MAY_DIFFER:
            raise TrainingError(
                "the checkpoint is of another experiment, in which {name} is {before}, not {after}; a run can go "
                "on from its own, for as many epochs or more",
                name=name,
                before=shorten(written(old.get(name))),
                after=shorten(written(new.get(name))),
            )
    if after.training.epochs < before.training.epochs:
        raise TrainingError(
            counted(
                "the checkpoint is of a run of {n:,} epoch, not {after:,}; a run can go on from its own, for as many "
                "epochs or more",
                "the checkpoint is of a run of {n:,} epochs, not {after:,}; a run can go on from its own, for as many "
                "epochs or more",
                n=before.training.epochs,
                after=after.training.epochs,
            )
        )


def _examples(experiment: Experiment, questions: Questions, predictions: Predictions) -> tuple[Example, ...]:
    rows = examples_among(questions)
    texts = experiment.task.texts(questions[rows])
    return tuple(
        Example(text, predictions.expected[row], predictions.texts[row]) for text, row in zip(texts, rows, strict=True)
    )
