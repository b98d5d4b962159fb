from __future__ import annotations

import dataclasses
import itertools
import math
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adder import Checkpoint, Experiment, Trainer, TrainingError, preset
from adder.solvers.cost import CHECK_QUESTIONS
from adder.solvers.results import Epoch
from adder.training.checkpoint import State
from adder.training.epoch_program import initial_weights, program_for
from adder.training.trainer import batches, check_questions, draw
from tests.experiments import DIVERGING, TINY_LINEAR
from tests.training.kinds import ALL_KINDS, EXPERIMENTS, KINDS, TEXT, same, trained, with_training


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


def test_a_run_goes_through_its_epochs_at_their_own_rates_after_the_steps_before_them() -> None:
    planned = with_training(TEXT, final_learning_rate=1e-4)
    state, training = State.start(planned, initial_weights(planned)), planned.training
    for epoch in range(1, training.epochs + 1):
        rate, steps = training.at(epoch).learning_rate, (epoch - 1) * training.steps
        running = program_for(planned).start(state, steps, rate, *batches(planned, epoch), planned.seed)
        assert running.train()
        state, _ = running.stand()
    assert same(trained(planned).solver().weights, state.weights)


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
    for patience in itertools.cycle((1, 3)):  # A part is one step, or one step and both checks.
        if trainer.finished:
            break
        looks = iter([False] * patience)
        for _ in trainer.run(partial(next, looks, True)):
            pass
        assert (trainer.seconds_left > 0) == (0 < trainer.part < 1)
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
        if wanted and checkpoint.epoch < 3 - len(wanted):  # A change waits for the next epoch.
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
    heavy = TEXT.replaced({"task.largest": 10**160, **sizes})
    assert 1 <= len(check_questions(heavy)) < 100
    longer = heavy.replaced({"training.samples": 10_000})
    assert len(check_questions(longer)) == CHECK_QUESTIONS, "beside a long epoch there is time for all"


def test_closing_the_iterator_keeps_what_was_learned_and_running_again_goes_on() -> None:
    trainer = Trainer(TEXT)
    run = trainer.run()
    first = next(run)
    run.close()  # type: ignore[attr-defined]
    assert trainer.checkpoint().epoch == 1
    assert first.solver is not None
    assert same(trainer.solver().weights, first.solver.weights)
    assert [event.epoch for event in trainer.run()] == [2, 3]
    assert same(trainer.solver().weights, trained(TEXT).solver().weights)


def test_a_run_at_its_end_has_nothing_left_to_do() -> None:
    trainer = trained(TEXT)
    before = trainer.solver()
    assert list(trainer.run()) == []
    assert same(before.weights, trainer.solver().weights)


def test_a_solver_taken_early_does_not_change_with_training() -> None:
    trainer = Trainer(TEXT)
    untrained = trainer.solver()
    copy = {name: weight.copy() for name, weight in untrained.weights.items()}
    solvers = [event.solver for event in trainer.run()]
    assert same(untrained.weights, copy)
    assert solvers[0] is not None
    assert solvers[-1] is not None
    assert not same(solvers[0].weights, solvers[-1].weights)
    assert [len(each.history) for each in solvers if each] == [1, 2, 3], "with the epoch that it ended"
    assert solvers[-1].history == trainer.solver().history


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
    checkpoint = Trainer(TEXT).checkpoint()
    with pytest.raises(TrainingError) as caught:
        Trainer(TEXT.replaced(settings), checkpoint)
    assert str(caught.value).startswith(sentence)


def test_a_solver_is_no_checkpoint() -> None:
    with pytest.raises(TrainingError, match=r"from a checkpoint, such as trainer.checkpoint\(\); received: Solver$"):
        Trainer(TEXT, Trainer(TEXT).solver())  # type: ignore[arg-type]


def test_a_run_goes_on_from_a_file_for_more_epochs(tmp_path: Path) -> None:
    trained(TEXT).checkpoint().save(tmp_path / "run.checkpoint")
    longer = TEXT.replaced({"training.epochs": 5})
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


def test_interleaved_runs_do_not_disturb_each_other() -> None:
    first, second = Trainer(TEXT), Trainer(dataclasses.replace(TEXT, seed=5))
    for _ in zip(first.run(), second.run(), strict=True):
        pass
    assert same(first.solver().weights, trained(TEXT).solver().weights)


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
    checkpoint = trained(TEXT).checkpoint()
    with pytest.raises(TrainingError, match="a run can go on from its own, for as many epochs or more"):
        Trainer(with_training(TEXT, **settings), checkpoint)


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
    experiment = EXPERIMENTS["fast"]
    (event,) = Trainer(with_training(experiment, epochs=1)).run()
    assert event.solver is not None
    predictions = event.solver.predict(check_questions(experiment))
    truth = np.array([list(text) for text in predictions.expected])
    assert event.check_accuracy == predictions.matches.mean()
    assert event.unpadded_accuracy == predictions.matches[truth != " "].mean()
    pairs = list(zip(predictions.texts, predictions.expected, strict=True))
    shares = [sum(text[-place] == true[-place] for text, true in pairs) / len(pairs) for place in (1, 2, 3)]
    assert event.by_place == pytest.approx(shares, abs=5e-5), "ones, tens, hundreds"


def test_each_epoch_of_each_seed_practises_its_own_questions() -> None:
    drawn = [draw(TEXT.replaced({"seed": seed}), epoch).symbols.tobytes() for seed in (1, 2) for epoch in (1, 2)]
    assert len(set(drawn)) == 4
    assert drawn[0] == draw(TEXT.replaced({"seed": 1}), 1).symbols.tobytes()
