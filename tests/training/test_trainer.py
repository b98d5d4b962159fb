from __future__ import annotations

import dataclasses
import itertools
import math
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from adder import Checkpoint, Experiment, Rule, Seq2Seq, Trainer, TrainingError, evaluate, preset
from adder.experiment.training import OPTIMIZERS
from adder.networks.backend import keras, tf
from adder.solvers.answering import teacher_forced
from adder.solvers.cost import CHECK_QUESTIONS
from adder.solvers.results import Epoch
from adder.training.checkpoint import State
from adder.training.epoch_program import _variables as variables
from adder.training.epoch_program import initial_weights, program_for
from adder.training.trainer import batches, check_questions
from tests.experiments import DIVERGING, TINY_FAST, TINY_LINEAR, TINY_SCALED, TINY_TEXT, random_solver
from tests.twins import keras_inputs, keras_model


def with_training(experiment: Experiment, **settings: Any) -> Experiment:
    return dataclasses.replace(experiment, training=dataclasses.replace(experiment.training, **settings))


# The simplest cell compiles in half the time of an LSTM.
SIMPLE = dataclasses.replace(TINY_TEXT, network=Seq2Seq(cell="simple", encoder_units=6, decoder_units=6))
READING_BACK = SIMPLE.replaced({"network.feedback": True})
EXPERIMENTS = {
    "text": TINY_TEXT,
    "fast": TINY_FAST,
    "lstm, clipped": with_training(TINY_SCALED, clip_norm=0.05),
    "mlp": TINY_LINEAR,
    "sgd, padding counts less": with_training(SIMPLE, optimizer="sgd", padding_weight=0.25),
    "rmsprop, dropout": with_training(SIMPLE, optimizer="rmsprop", dropout=0.3),
    "scheduled sampling": with_training(READING_BACK, scheduled_sampling=0.5),
}
_USED = {each.training.optimizer for each in EXPERIMENTS.values()}
EXPERIMENTS |= {name: with_training(SIMPLE, optimizer=name) for name in OPTIMIZERS if name not in _USED}
# XLA draws other numbers than TensorFlow does without it, so that what is drawn can be compared with itself alone.
DRAWING = ("rmsprop, dropout", "scheduled sampling")
SPACED = dataclasses.replace(
    with_training(SIMPLE, padding_weight=0.25).replaced({"encoding.answer_order": "reversed"}),
    task=Rule((("1", "one"), ("2", "a b"), ("3", "a  bc d"), ("4", "d"))),
)
READING_ITSELF = with_training(READING_BACK, scheduled_sampling=1.0, padding_weight=0.0)
KINDS = pytest.mark.parametrize(
    "experiment", [TINY_TEXT, TINY_FAST, EXPERIMENTS["lstm, clipped"], TINY_LINEAR], ids=["text", "fast", "lstm", "mlp"]
)
ALL_KINDS = pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=EXPERIMENTS)


def trained(experiment: Experiment) -> Trainer:
    trainer = Trainer(experiment)
    for _ in trainer.run():
        pass
    return trainer


def same(first: dict[str, NDArray[np.float32]], second: dict[str, NDArray[np.float32]]) -> bool:
    return list(first) == list(second) and all(np.array_equal(first[name], second[name]) for name in first)


@ALL_KINDS
def test_one_epoch_changes_every_weight(experiment: Experiment) -> None:
    one_epoch = with_training(experiment, epochs=1)
    before, after = initial_weights(one_epoch), trained(one_epoch).solver().weights
    assert list(before) == list(after)
    for name, weight in before.items():
        assert not np.array_equal(weight, after[name]), name


@ALL_KINDS
def test_equal_experiments_end_with_equal_weights(experiment: Experiment) -> None:
    first, again = trained(experiment), trained(experiment)
    assert same(first.solver().weights, again.solver().weights)
    other = trained(dataclasses.replace(experiment, seed=2))
    assert not same(first.solver().weights, other.solver().weights)


@ALL_KINDS
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


@ALL_KINDS
def test_epochs_in_parts_that_are_interrupted_everywhere_end_the_same(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trained(experiment)
    monkeypatch.setattr("adder.training.trainer.PART_SECONDS", 0.0)
    trainer, stood = Trainer(experiment), []
    for patience in itertools.cycle((1, 3)):  # a step; a step, the check questions, their loss with teacher forcing
        if trainer.finished:
            break
        looks = iter([False] * patience)
        for _ in trainer.run(partial(next, looks, True)):
            pass
        stood.append(trainer.steps)
        trainer = Trainer(experiment, Checkpoint.from_bytes(trainer.checkpoint().to_bytes()))
    assert len(stood) > experiment.training.epochs
    assert stood == sorted(stood)
    assert same(whole.checkpoint().state.weights, trainer.checkpoint().state.weights)
    assert same(whole.checkpoint().state.moments, trainer.checkpoint().state.moments)
    figures = [[dataclasses.replace(epoch, seconds=0) for epoch in each.solver().history] for each in (whole, trainer)]
    assert figures[0] == figures[1]


def test_a_run_that_is_changed_wherever_it_is_ends_as_one_that_was_to_change(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = with_training(EXPERIMENTS["rmsprop, dropout"], final_learning_rate=0.0001)
    planned = experiment.replaced({"training.changes": "2:batch_size=5,3:learning_rate=0.02,3:draw=ends"})
    whole, unchanged = trained(planned), trained(experiment)
    assert not same(whole.solver().weights, unchanged.solver().weights)
    monkeypatch.setattr("adder.training.trainer.PART_SECONDS", 0.0)
    trainer = Trainer(experiment)
    wanted = [{"batch_size": 5}, {"learning_rate": 0.02, "draw": "ends"}]
    steps = []
    for patience in itertools.cycle((1, 3)):
        if trainer.finished:
            break
        looks = iter([False] * patience)
        for _ in trainer.run(partial(next, looks, True)):
            pass
        checkpoint = Checkpoint.from_bytes(trainer.checkpoint().to_bytes())
        assert checkpoint.steps == trainer.steps
        steps.append(trainer.steps)
        changed = trainer.experiment
        if wanted and checkpoint.epoch < 3 - len(wanted):  # from within an epoch, and so with the one after it
            changed = changed.changed(checkpoint.next_epoch, wanted.pop(0))
        trainer = Trainer(changed, checkpoint)
    assert steps[-1] == 2 + 4 + 4
    assert trainer.experiment == planned
    assert same(whole.checkpoint().state.weights, trainer.checkpoint().state.weights)
    assert same(whole.checkpoint().state.moments, trainer.checkpoint().state.moments)
    figures = [[dataclasses.replace(epoch, seconds=0) for epoch in each.solver().history] for each in (whole, trainer)]
    assert figures[0] == figures[1]


def test_what_has_begun_changes_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adder.training.trainer.PART_SECONDS", 0.0)
    trainer = Trainer(TINY_LINEAR)
    looks = iter([False])
    assert list(trainer.run(partial(next, looks, True))) == []
    checkpoint = trainer.checkpoint()
    assert (checkpoint.epoch, checkpoint.begun.steps, checkpoint.next_epoch) == (0, 1, 2)
    assert list(Trainer(TINY_LINEAR.changed(2, {"learning_rate": 0.5}), checkpoint).run())
    with pytest.raises(TrainingError, match=r"in which training\.learning_rate is 0\.001, not 0\.5; a run"):
        Trainer(TINY_LINEAR.changed(1, {"learning_rate": 0.5}), checkpoint)
    done = trained(TINY_LINEAR).checkpoint()
    with pytest.raises(TrainingError, match=r"in which training\.changes is none, not 3:learning_rate=0\.5; a run"):
        Trainer(TINY_LINEAR.changed(3, {"learning_rate": 0.5}), done)


def test_a_run_that_diverges_within_an_epoch_stands_where_that_began(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adder.training.trainer.PART_SECONDS", 0.0)
    trainer = Trainer(DIVERGING)
    before = trainer.solver().weights
    with pytest.raises(TrainingError, match="in epoch 1"):
        list(trainer.run())
    assert trainer.steps == 0
    assert same(trainer.solver().weights, before)


def test_heavy_networks_are_checked_on_fewer_questions() -> None:
    sizes = {"network.encoder_units": 512, "network.decoder_units": 512}
    heavy = TINY_TEXT.replaced({"task.largest": 10**160, **sizes})
    assert 1 <= len(check_questions(heavy)) < 100
    longer = heavy.replaced({"training.samples": 10_000})
    assert len(check_questions(longer)) == CHECK_QUESTIONS, "beside a long epoch there is time for all"


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


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"seed": 2},
            "the checkpoint is of another experiment, in which seed is 1, not 2; a run can go on from its own",
        ),
        (
            {"training.learning_rate": 0.5},
            "the checkpoint is of another experiment, in which training.learning_rate is 0.001, not 0.5; a run",
        ),
        (
            {"network.name": "tagger", "encoding.full_length": True},
            "the checkpoint is of another experiment, in which encoding.full_length is false, not true; a run",
        ),
        (
            {"training.epochs": 2},
            "the checkpoint is of a run of 3 epochs, not 2; a run can go on from its own, for as many epochs or more",
        ),
    ],
)
def test_a_checkpoint_of_another_experiment_is_refused_by_what_differs(settings: dict[str, Any], sentence: str) -> None:
    checkpoint = Trainer(TINY_TEXT).checkpoint()
    with pytest.raises(TrainingError) as caught:
        Trainer(TINY_TEXT.replaced(settings), checkpoint)
    assert str(caught.value).startswith(sentence)


def test_a_solver_is_no_checkpoint() -> None:
    with pytest.raises(TrainingError, match=r"from a checkpoint, such as trainer.checkpoint\(\); received: Solver$"):
        Trainer(TINY_TEXT, Trainer(TINY_TEXT).solver())  # type: ignore[arg-type]


def test_a_run_goes_on_from_a_file_for_more_epochs(tmp_path: Path) -> None:
    trained(TINY_TEXT).checkpoint().save(tmp_path / "run.checkpoint")
    longer = TINY_TEXT.replaced({"training.epochs": 5})
    events = list(Trainer(longer, Checkpoint.load(tmp_path / "run.checkpoint")).run())
    assert [event.epoch for event in events] == [4, 5]
    assert events[-1].solver is not None
    assert same(events[-1].solver.weights, trained(longer).solver().weights)


# Its learning rate rises until it unlearns what it had learned.
UNLEARNING = with_training(
    TINY_LINEAR, epochs=8, samples=100, batch_size=2, learning_rate=0.01, final_learning_rate=3.0, clip_norm=1.0
)


def test_a_target_ends_a_run_early() -> None:
    experiment = with_training(UNLEARNING, epochs=200, final_learning_rate=None, target=0.9)
    trainer = Trainer(experiment)
    events = list(trainer.run())
    assert len(events) < 200
    assert events[-1].exact_match >= 0.9
    assert all(event.exact_match < 0.9 for event in events[:-1])
    assert list(Trainer(experiment, trainer.checkpoint()).run()) == []


def test_a_diverging_run_is_ended_and_its_last_good_weights_are_kept() -> None:
    trainer = Trainer(DIVERGING)
    with pytest.raises(TrainingError, match=r"no longer a finite number in epoch 1\. A smaller"):
        list(trainer.run())
    assert trainer.checkpoint().epoch == 0
    assert same(trainer.solver().weights, initial_weights(DIVERGING))


def test_a_run_whose_optimizer_overflows_is_ended_before_its_checkpoint_is_none() -> None:
    settings = {"network.units": "64,64,64,64", "training.optimizer": "rmsprop", "training.learning_rate": 10}
    small = {"training.samples": 10, "training.batch_size": 2, "training.epochs": 12}
    trainer = Trainer(preset("mapping-mlp").replaced({**settings, **small}))
    with pytest.raises(TrainingError, match="no longer a finite number"):
        list(trainer.run())
    assert Checkpoint.from_bytes(trainer.checkpoint().to_bytes()).epoch == trainer.epoch


def test_a_run_that_diverges_late_keeps_the_epochs_before() -> None:
    first = Trainer(TINY_LINEAR)
    next(first.run())
    checkpoint = first.checkpoint()
    broken = {name: np.full_like(moment, np.nan) for name, moment in checkpoint.state.moments.items()}
    trainer = Trainer(TINY_LINEAR, dataclasses.replace(checkpoint, state=State(checkpoint.state.weights, broken)))
    with pytest.raises(TrainingError, match=r"in epoch 2\. A smaller"):
        list(trainer.run())
    assert trainer.checkpoint().epoch == 1
    assert same(trainer.solver().weights, checkpoint.state.weights)
    assert len(trainer.solver().history) == 1


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
    for epoch in (1, 2, 3):
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
    weights = np.where(answers == experiment.task.blank, experiment.training.padding_weight, 1.0)
    losses = keras.losses.SparseCategoricalCrossentropy(reduction="sum")(answers, outputs, weights)
    return losses / np.float32(weights.sum())


def share_right(experiment: Experiment, outputs: NDArray[Any], answers: NDArray[Any]) -> float:
    if experiment.encoding.writes_characters:
        return float((outputs.argmax(axis=-1) == answers).mean())
    largest = experiment.encoding.scale(experiment.task)  # type: ignore[union-attr]
    return float((np.round(outputs * largest) == np.round(answers * largest)).mean())


def test_a_program_leaves_the_state_it_starts_from_alone() -> None:
    state = State.start(TINY_TEXT, initial_weights(TINY_TEXT))
    copy = {name: weight.copy() for name, weight in state.weights.items()}
    program_for(TINY_TEXT).start(state, 0, 0.01, *batches(TINY_TEXT, 1)).train()
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
    assert program_for(TINY_TEXT) is not program_for(TINY_TEXT.replaced(setting))


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
    assert standing_loss(TINY_TEXT, step=4, seed=1) == standing_loss(TINY_TEXT, step=6, seed=2)


def character_losses(experiment: Experiment, *, own: bool = False) -> tuple[NDArray[Any], NDArray[Any]]:
    """The loss of each character of the first epoch and where it is padding, told the true characters or its own."""
    inputs, targets = batches(experiment, 1)
    questions, answers = inputs.reshape(-1, *inputs.shape[2:]), targets.reshape(-1, targets.shape[2])
    weights = random_solver(experiment, scale=0.5).weights
    outputs = teacher_forced(experiment, weights, questions, answers).values
    if own:
        outputs = teacher_forced(experiment, weights, questions, outputs.argmax(axis=-1)).values
    likelihood = np.take_along_axis(outputs, answers[:, :, None], axis=2)[:, :, 0]
    spelled = experiment.encoding.read_answers(experiment.task, answers)
    padding = np.array([[at < len(text) - len(text.lstrip()) for at in range(len(text))] for text in spelled])
    return -np.log(likelihood), experiment.encoding.human_order(padding)


@pytest.mark.parametrize(
    "experiment",
    [EXPERIMENTS["sgd, padding counts less"], READING_ITSELF, SPACED],
    ids=["a quarter", "nothing", "a quarter, and blanks in answers count in full"],
)
def test_padding_counts_in_the_loss_by_its_weight(experiment: Experiment) -> None:
    losses, padding = character_losses(experiment, own=experiment is READING_ITSELF)
    assert padding.any()
    weights = np.where(padding, experiment.training.padding_weight, 1.0)
    by_batch = ((losses * weights).reshape(2, -1).sum(axis=1), weights.reshape(2, -1).sum(axis=1))
    assert standing_loss(experiment) == pytest.approx((by_batch[0] / by_batch[1]).mean(), rel=1e-4)


def test_a_network_whose_padding_is_masked_never_learns_to_pad() -> None:
    blank = READING_ITSELF.task.blank
    assert (batches(READING_ITSELF, 1)[1] == blank).any()
    assert trained(READING_ITSELF).solver().weights["character/bias"][blank] < 0


def test_scheduled_sampling_reads_the_truth_or_what_was_written_instead() -> None:
    experiment = EXPERIMENTS["scheduled sampling"]
    told, own = (character_losses(experiment, own=own)[0] for own in (False, True))
    assert experiment.task.longest_answer == 2  # so that only the second character has one before it
    assert np.array_equal(told[:, 0], own[:, 0])
    loss = standing_loss(experiment)
    assert np.minimum(told, own).mean() < loss < np.maximum(told, own).mean()
    assert loss not in (pytest.approx(told.mean(), rel=1e-4), pytest.approx(own.mean(), rel=1e-4))


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
        for example in event.examples:
            assert example.expected.strip() == str(experiment.task.answer(example.question))  # type: ignore[union-attr]
        assert 0 <= event.unpadded_accuracy <= 1
        assert event.solver is not None
        assert event.solver.predict(check_questions(experiment)).correct.mean() == event.exact_match
    history = trainer.solver().history
    assert [(event.epoch, event.loss) for event in history] == [(event.epoch, event.loss) for event in events]
    assert all(type(epoch) is Epoch for epoch in history)


@pytest.mark.parametrize("name", ["text", "sgd, padding counts less", "rmsprop, dropout"])
def test_going_on_for_more_epochs_is_one_longer_run_where_the_learning_rate_is_constant(name: str) -> None:
    short = with_training(EXPERIMENTS[name], epochs=2)
    longer = with_training(short, epochs=4)
    went_on = Trainer(longer, Checkpoint.from_bytes(trained(short).checkpoint().to_bytes()))
    assert [event.epoch for event in went_on.run()] == [3, 4]
    whole = trained(longer)
    assert same(went_on.checkpoint().state.weights, whole.checkpoint().state.weights)
    assert same(went_on.checkpoint().state.moments, whole.checkpoint().state.moments)
    assert went_on.solver().experiment == longer
    assert [event.loss for event in went_on.solver().history] == [event.loss for event in whole.solver().history]


@pytest.mark.parametrize(
    "settings", [{"epochs": 2}, {"epochs": 4, "learning_rate": 0.5}, {"optimizer": "sgd"}], ids=["fewer", "rate", "sgd"]
)
def test_a_run_goes_on_as_itself_alone(settings: dict[str, Any]) -> None:
    checkpoint = trained(TINY_TEXT).checkpoint()
    with pytest.raises(TrainingError, match="a run can go on from its own, for as many epochs or more"):
        Trainer(with_training(TINY_TEXT, **settings), checkpoint)


def test_the_best_epochs_weights_are_kept_where_that_is_asked_for() -> None:
    best = with_training(UNLEARNING, keep_best=True)
    trainer = Trainer(best)
    events = list(trainer.run())
    matches = [event.exact_match for event in events]
    assert matches[-1] < max(matches)
    (first_best,) = [event for event in events if event.exact_match == max(matches)][-1:]
    assert first_best.solver is not None
    assert same(trainer.solver().weights, first_best.solver.weights)
    kept = trainer.checkpoint().best
    assert kept is not None
    assert (kept.epoch, kept.exact_match) == (first_best.epoch, max(matches))
    last = trained(UNLEARNING)
    assert last.checkpoint().best is None
    assert events[-1].solver is not None
    assert same(last.solver().weights, events[-1].solver.weights)
    assert same(trainer.checkpoint().state.weights, last.checkpoint().state.weights)


def test_of_equally_good_epochs_the_last_is_the_best() -> None:
    trainer = trained(with_training(TINY_LINEAR, keep_best=True, learning_rate=1e-7))
    assert len({epoch.exact_match for epoch in trainer.checkpoint().history}) == 1
    best = trainer.checkpoint().best
    assert best is not None
    assert best.epoch == 3


def test_the_best_epoch_so_far_survives_an_interruption() -> None:
    best = with_training(UNLEARNING, keep_best=True)
    interrupted = Trainer(best)
    for event in interrupted.run():
        if event.epoch == 6:
            break
    elsewhere = Trainer(best, Checkpoint.from_bytes(interrupted.checkpoint().to_bytes()))
    assert [event.epoch for event in elsewhere.run()] == [7, 8]
    assert same(elsewhere.solver().weights, trained(best).solver().weights)


def test_accuracy_is_told_with_padding_and_without() -> None:
    (event,) = Trainer(with_training(TINY_FAST, epochs=1)).run()
    assert event.solver is not None
    predictions = event.solver.predict(check_questions(TINY_FAST))
    truth = np.array([list(text) for text in predictions.expected])
    assert event.check_accuracy == predictions.matches.mean()
    assert event.unpadded_accuracy == predictions.matches[truth != " "].mean()
    pairs = list(zip(predictions.texts, predictions.expected, strict=True))
    shares = [sum(text[-place] == true[-place] for text, true in pairs) / len(pairs) for place in (1, 2, 3)]
    assert event.by_place == pytest.approx(shares, abs=5e-5), "ones, tens, hundreds"


def solved(name: str, seed: int) -> Trainer:
    return trained(preset(name).replaced({"seed": seed}))


@pytest.mark.slow
def test_the_textbook_network_gets_994_characters_in_a_thousand_right() -> None:
    assert evaluate(solved("seq2seq", 1).solver()).character_accuracy >= 0.994


@pytest.mark.slow
@pytest.mark.parametrize("name", ["binary", "smallest"])
def test_a_recipe_learns_to_add_numbers_it_never_saw(name: str) -> None:
    report = evaluate(solved(name, 1).solver())
    assert report.split == "held_out"
    assert report.exact_match > 0.99


@pytest.mark.slow
def test_the_linear_network_becomes_exact() -> None:
    report = evaluate(solved("mapping-mlp", 1).solver())
    assert report.rmse is not None
    assert report.rmse < 0.005


@pytest.mark.slow
def test_the_lstm_on_numbers_comes_within_about_one() -> None:
    errors = [evaluate(solved("mapping-lstm", seed).solver()).rmse for seed in range(1, 4)]
    assert median(error for error in errors if error is not None) <= 0.6
