from __future__ import annotations

import dataclasses
import math
from statistics import median
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from adder import Checkpoint, Experiment, Task, Trainer, Training, TrainingError, evaluate, preset
from adder.checkpoint import State
from adder.networks.backend import keras
from adder.networks.program import initial_weights, program_for
from adder.training import CHECK_QUESTIONS, batches, check_questions, learning_rate
from tests.experiments import DIVERGING, TINY_FAST, TINY_LINEAR, TINY_SCALED, TINY_TEXT

KINDS = pytest.mark.parametrize(
    "experiment", [TINY_TEXT, TINY_FAST, TINY_SCALED, TINY_LINEAR], ids=["text", "fast", "lstm", "mlp"]
)


def trained(experiment: Experiment) -> Trainer:
    trainer = Trainer(experiment)
    for _ in trainer.run():
        pass
    return trainer


def same(first: dict[str, NDArray[np.float32]], second: dict[str, NDArray[np.float32]]) -> bool:
    return list(first) == list(second) and all(np.array_equal(first[name], second[name]) for name in first)


@KINDS
def test_one_step_changes_every_weight(experiment: Experiment) -> None:
    one_step = dataclasses.replace(experiment, training=Training(epochs=1, samples=10, batch_size=10))
    before, after = initial_weights(one_step), trained(one_step).solver().weights
    assert list(before) == list(after)
    for name, weight in before.items():
        assert not np.array_equal(weight, after[name]), name


@KINDS
def test_equal_experiments_end_with_equal_weights(experiment: Experiment) -> None:
    first, again = trained(experiment), trained(experiment)
    assert same(first.solver().weights, again.solver().weights)
    other = trained(dataclasses.replace(experiment, seed=2))
    assert not same(first.solver().weights, other.solver().weights)


@KINDS
def test_a_run_that_is_stopped_and_continued_ends_as_one_that_was_not(experiment: Experiment) -> None:
    whole = trained(experiment)
    interrupted = Trainer(experiment)
    for event in interrupted.run():
        if event.epoch == 1:
            break
    elsewhere = Trainer(experiment, Checkpoint.from_bytes(interrupted.checkpoint().to_bytes()))
    assert [event.epoch for event in elsewhere.run()] == [2, 3]
    assert same(whole.checkpoint().state.weights, elsewhere.checkpoint().state.weights)
    assert same(whole.checkpoint().state.moments, elsewhere.checkpoint().state.moments)
    figures = [
        [dataclasses.replace(event, seconds=0) for event in each.solver().history] for each in (whole, elsewhere)
    ]
    assert figures[0] == figures[1]


def test_closing_the_iterator_keeps_what_was_learned_and_running_again_goes_on() -> None:
    trainer = Trainer(TINY_TEXT)
    run = trainer.run()
    first = next(run)
    run.close()  # type: ignore[attr-defined]
    assert trainer.checkpoint().epoch == 1
    assert first.solver is not None
    assert same(trainer.solver().weights, first.solver.weights)
    assert [event.epoch for event in trainer.run()] == [2, 3]
    assert same(trainer.solver().weights, trained(TINY_TEXT).solver().weights)


def test_a_run_at_its_end_has_nothing_left_to_do() -> None:
    trainer = trained(TINY_TEXT)
    before = trainer.solver()
    assert list(trainer.run()) == []
    assert same(before.weights, trainer.solver().weights)


def test_a_solver_taken_early_does_not_change_with_training() -> None:
    trainer = Trainer(TINY_TEXT)
    untrained = trainer.solver()
    copy = {name: weight.copy() for name, weight in untrained.weights.items()}
    solvers = [event.solver for event in trainer.run()]
    assert same(untrained.weights, copy)
    assert solvers[0] is not None
    assert solvers[-1] is not None
    assert not same(solvers[0].weights, solvers[-1].weights)


def test_a_checkpoint_of_another_experiment_is_refused() -> None:
    checkpoint = Trainer(TINY_TEXT).checkpoint()
    with pytest.raises(TrainingError, match="the checkpoint is of another experiment"):
        Trainer(dataclasses.replace(TINY_TEXT, seed=2), checkpoint)


def test_a_target_ends_a_run_early() -> None:
    experiment = dataclasses.replace(
        TINY_LINEAR, training=Training(epochs=200, samples=100, batch_size=2, learning_rate=0.01, target=0.9)
    )
    trainer = Trainer(experiment)
    events = list(trainer.run())
    assert len(events) < 200
    assert events[-1].exact_match >= 0.9
    assert all(event.exact_match < 0.9 for event in events[:-1])
    assert list(Trainer(experiment, trainer.checkpoint()).run()) == []


def test_a_diverging_run_is_ended_and_its_last_good_weights_are_kept() -> None:
    trainer = Trainer(DIVERGING)
    with pytest.raises(TrainingError, match=r"no longer a finite number in epoch 1; the weights of epoch 0 are kept"):
        list(trainer.run())
    assert trainer.checkpoint().epoch == 0
    assert same(trainer.solver().weights, initial_weights(DIVERGING))


def test_a_run_that_diverges_late_keeps_the_epochs_before() -> None:
    first = Trainer(TINY_LINEAR)
    next(first.run())
    checkpoint = first.checkpoint()
    broken = {name: np.full_like(moment, np.nan) for name, moment in checkpoint.state.moments.items()}
    trainer = Trainer(TINY_LINEAR, dataclasses.replace(checkpoint, state=State(checkpoint.state.weights, broken)))
    with pytest.raises(TrainingError, match=r"in epoch 2; the weights of epoch 1 are kept"):
        list(trainer.run())
    assert trainer.checkpoint().epoch == 1
    assert same(trainer.solver().weights, checkpoint.state.weights)
    assert len(trainer.solver().history) == 1


def with_keras_lstm(layer: Any) -> Any:
    kind = keras.layers.LSTM if isinstance(layer, keras.layers.LSTM) else type(layer)
    return kind.from_config(layer.get_config())


@pytest.mark.parametrize(
    ("experiment", "clip_norm"),
    [(TINY_TEXT, None), (TINY_FAST, 0.05), (TINY_SCALED, None), (TINY_SCALED, 0.05), (TINY_LINEAR, None)],
    ids=["text", "fast-clipped", "lstm", "lstm-clipped", "mlp"],
)
def test_a_compiled_epoch_is_a_plain_keras_loop(experiment: Experiment, clip_norm: float | None) -> None:
    training = dataclasses.replace(experiment.training, clip_norm=clip_norm)
    experiment = dataclasses.replace(experiment, training=training)
    on_text = experiment.encoding.name == "text"
    built = experiment.network.build(experiment.task, experiment.encoding, experiment.seed)
    model = keras.models.clone_model(built, clone_function=with_keras_lstm)
    model.set_weights(built.get_weights())
    model.compile(
        optimizer=keras.optimizers.Adam(0.01, global_clipnorm=clip_norm),
        loss="sparse_categorical_crossentropy" if on_text else "mean_squared_error",
        run_eagerly=True,
    )
    state = State.start(experiment, initial_weights(experiment))
    program = program_for(experiment)
    for epoch in (1, 2, 3):
        inputs, targets = batches(experiment, epoch)
        state, loss, _ = program.run(state, (epoch - 1) * training.steps, 0.01, inputs, targets)
        losses = []
        for questions, answers in zip(inputs, targets, strict=True):
            model.reset_metrics()
            losses.append(float(model.train_on_batch(questions, answers)))
        assert loss == pytest.approx(np.mean(losses), rel=1e-4)
    for ours, theirs in zip(state.weights.values(), model.get_weights(), strict=True):
        assert np.allclose(ours, theirs, atol=2e-4)


def test_a_program_leaves_the_state_it_starts_from_alone() -> None:
    state = State.start(TINY_TEXT, initial_weights(TINY_TEXT))
    copy = {name: weight.copy() for name, weight in state.weights.items()}
    program_for(TINY_TEXT).run(state, 0, 0.01, *batches(TINY_TEXT, 1))
    assert same(state.weights, copy)
    assert not any(moment.any() for moment in state.moments.values())


def test_runs_that_differ_only_in_seed_or_schedule_share_a_program() -> None:
    other = TINY_TEXT.replaced({"seed": 9, "training.epochs": 50, "training.learning_rate": 0.1, "task.held_out": 0.2})
    assert program_for(TINY_TEXT) is program_for(other)
    assert program_for(TINY_TEXT) is not program_for(TINY_TEXT.replaced({"training.clip_norm": 1}))


def test_interleaved_runs_do_not_disturb_each_other() -> None:
    first, second = Trainer(TINY_TEXT), Trainer(dataclasses.replace(TINY_TEXT, seed=5))
    for _ in zip(first.run(), second.run(), strict=True):
        pass
    assert same(first.solver().weights, trained(TINY_TEXT).solver().weights)


@KINDS
def test_events_tell_the_run(experiment: Experiment) -> None:
    trainer = Trainer(experiment)
    events = list(trainer.run())
    assert [event.epoch for event in events] == [1, 2, 3]
    assert [event.samples for event in events] == [20, 40, 60]
    for event in events:
        assert math.isfinite(event.loss)
        assert event.loss > 0
        assert math.isfinite(event.check_loss)
        assert 0 <= event.accuracy <= 1
        assert 0 <= event.exact_match <= event.check_accuracy <= 1
        assert event.held_out_exact_match == (event.exact_match if experiment.task.held_out else None)
        assert len(event.examples) == 20
        assert all(
            example.expected.strip() == str(sum(experiment.task.parse(example.question))) for example in event.examples
        )
        assert event.solver is not None
        assert event.solver.predict(check_questions(experiment)).correct.mean() == event.exact_match
    history = trainer.solver().history
    assert [(event.epoch, event.loss) for event in history] == [(event.epoch, event.loss) for event in events]
    assert all(event.solver is None and event.examples == () for event in history)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("task", [Task(smallest=0, largest=99, held_out=0.1), Task(largest=10**6, held_out=0.1)])
def test_check_questions_are_distinct_and_held_out(task: Task, seed: int) -> None:
    questions = check_questions(Experiment(task=task, seed=seed))
    assert task.is_held_out(questions).all()
    assert len(np.unique(questions, axis=0)) == len(questions) > 200
    assert len(questions) <= CHECK_QUESTIONS


def test_check_questions_are_fresh_where_nothing_is_held_out() -> None:
    questions = check_questions(Experiment(task=Task(largest=100)))
    assert len(np.unique(questions, axis=0)) == len(questions) > 300
    assert not np.array_equal(questions, check_questions(Experiment(task=Task(largest=100), seed=2)))


@KINDS
def test_each_epoch_trains_on_other_questions_and_never_on_held_out_ones(experiment: Experiment) -> None:
    first, again, second = (batches(experiment, epoch) for epoch in (1, 1, 2))
    assert first[0].shape[:2] == first[1].shape[:2] == (2, 10)
    assert np.array_equal(first[0], again[0])
    assert not np.array_equal(first[0], second[0])
    if experiment.encoding.name == "text":
        rows = experiment.encoding.read(first[0].reshape(20, -1))  # type: ignore[union-attr]
        numbers = np.array([experiment.task.parse(row) for row in rows])
        assert not experiment.task.is_held_out(numbers).any()


def test_the_learning_rate_is_constant_without_a_final_one() -> None:
    experiment = Experiment(training=Training(epochs=5, learning_rate=0.01))
    assert [learning_rate(experiment, epoch) for epoch in range(1, 6)] == [0.01] * 5


def test_the_learning_rate_falls_along_a_half_cosine_to_the_final_one() -> None:
    experiment = Experiment(training=Training(epochs=5, learning_rate=0.01, final_learning_rate=0.002))
    rates = [learning_rate(experiment, epoch) for epoch in range(1, 6)]
    assert rates[0] == pytest.approx(0.01)
    assert rates[2] == pytest.approx(0.006)
    assert rates[4] == pytest.approx(0.002)
    assert rates == sorted(rates, reverse=True)


def test_a_single_epoch_uses_the_first_learning_rate() -> None:
    experiment = Experiment(training=Training(epochs=1, learning_rate=0.01, final_learning_rate=0.002))
    assert learning_rate(experiment, 1) == 0.01


def solved(name: str, seed: int) -> Trainer:
    return trained(preset(name).replaced({"seed": seed}))


@pytest.mark.slow
def test_the_textbook_network_gets_994_characters_in_a_thousand_right() -> None:
    assert median(evaluate(solved("seq2seq", seed).solver()).character_accuracy for seed in (1, 2, 3)) >= 0.994


@pytest.mark.slow
def test_the_fast_recipe_learns_to_add_numbers_it_never_saw() -> None:
    report = evaluate(solved("seq2seq-fast", 1).solver())
    assert report.split == "held_out"
    assert report.exact_match > 0.99


@pytest.mark.slow
def test_the_linear_network_becomes_exact() -> None:
    report = evaluate(solved("mapping-mlp", 1).solver())
    assert report.rmse is not None
    assert report.rmse < 0.005


@pytest.mark.slow
def test_the_lstm_on_numbers_comes_within_about_one() -> None:
    errors = [evaluate(solved("mapping-lstm", seed).solver()).rmse for seed in range(1, 6)]
    assert median(error for error in errors if error is not None) <= 0.6
