"""`adder train`: a network learns, and what it has learned is saved, also when it is interrupted."""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import time

import adder
from adder.analysis import list_recipe
from adder.base import validation
from adder.base.errors import TrainingError
from adder.base.extra import need
from adder.base.figures import figure
from adder.base.shutdown import terminable
from adder.cli.given import changed, check_file_name, tell
from adder.experiment import Experiment
from adder.solvers import in_words
from adder.solvers.results import Report
from adder.solvers.snapshots import Snapshots, packed
from adder.training.trainer import EpochEvent, Trainer


def train_network(options: argparse.Namespace) -> None:
    """Train an experiment, from the beginning or from a checkpoint."""
    need("tensorflow")
    experiment = changed(adder.preset(options.preset), options)
    for name in ("out", "checkpoint", "snapshots"):
        check_file_name(f"--{name}", getattr(options, name))
    resumes = options.checkpoint is not None and os.path.exists(options.checkpoint)
    trainer = Trainer(experiment, adder.Checkpoint.load(options.checkpoint) if resumes else None)
    last = experiment.training.epochs
    if options.stop is not None:
        last = validation.whole_number("--stop", options.stop, 1, last)
    _tell_start(options, trainer)
    started = time.perf_counter()
    snapshots = None if options.snapshots is None else Snapshots(experiment)
    try:
        with terminable():
            if snapshots is not None and not trainer.steps:
                snapshots = snapshots.after(0, packed(trainer.solver().weights))
            for event in trainer.run() if trainer.epoch < last else ():
                if snapshots is not None and event.solver is not None:
                    snapshots = snapshots.after(event.epoch, packed(event.solver.weights))
                _tell_epoch(options, event, experiment)
                if event.epoch == last:
                    break
            seconds = time.perf_counter() - started
            solver = trainer.solver()
            report = adder.evaluate(solver)
    except TrainingError as error:
        kept = _save(trainer, options.out, options.checkpoint)
        raise TrainingError(f"{error}{kept and f'; epoch {trainer.epoch} is saved in {kept}'}") from error
    except (KeyboardInterrupt, BrokenPipeError):
        print(_interrupted(trainer, last, options), file=sys.stderr)
        raise
    if options.checkpoint is not None and trainer.epoch:
        trainer.checkpoint().save(options.checkpoint)
    if snapshots is not None and snapshots.kept:
        snapshots.save(options.snapshots)
    if options.out is not None:
        dataclasses.replace(solver, report=report).save(options.out)
    _tell_result(options, report, seconds, trainer.epoch * experiment.training.samples)


def _tell_start(options: argparse.Namespace, trainer: Trainer) -> None:
    """Say what is trained; where a list needs the recipe, name it."""
    experiment, training = trainer.experiment, trainer.experiment.training
    if list_recipe.advised(experiment) and not options.json:
        changes = " ".join(f"--set {name}={value}" for name, value in list_recipe.SETTINGS.items())
        print(f"the textbook network seldom finds the rule of a list; this recipe can: {changes}", file=sys.stderr)
    going_on = f", going on after epoch {trainer.epoch}" if trainer.epoch else ""
    tell(
        options,
        None,
        f"{in_words.plural(experiment.weights, 'weight')}, {in_words.plural(training.epochs, 'epoch')} of "
        f"{in_words.plural(training.samples, 'question')}, seed {experiment.seed}{going_on}; starting TensorFlow",
    )


def _tell_result(options: argparse.Namespace, report: Report, seconds: float, samples: int) -> None:
    """Say what the network reaches now, after how long, and where it is."""
    shares = ("exact_match", "exact_match_interval", "character_accuracy", "unpadded_accuracy")
    first = ("first_questions", "first_exact_match", "first_exact_match_interval")
    figures = {
        "event": "done",
        "held_out_exact_match": report.exact_match if report.split == "held_out" else None,
        **{name: getattr(report, name) for name in (*shares, *first, "rmse", "mean_absolute_error")},
        "seconds": seconds,
        "samples": samples,
        "file": options.out,
    }
    saved = "" if options.out is None else f"\nsaved {options.out}"
    found = "; ".join([in_words.summary(report), *in_words.first_lines(report)])
    tell(options, figures, f"{in_words.plural(samples, 'sample')} in {seconds:.1f} s; {found}{saved}")


def _interrupted(trainer: Trainer, last: int, options: argparse.Namespace) -> str:
    """Save what was learned so far, and say where it is and how to go on."""
    epoch, solver, checkpoint = trainer.epoch, options.out, options.checkpoint
    if not epoch:
        return "no epoch was over, so nothing is saved"
    over, going_on = epoch >= last or trainer.finished, f"the same command goes on from {checkpoint}"
    if solver is not None and checkpoint is None and not over:
        checkpoint = f"{solver}.checkpoint"
        going_on = f"the same command with --checkpoint {checkpoint} goes on"
    kept = _save(trainer, solver, checkpoint)
    if not kept:
        return f"epoch {epoch} was over, but neither --out nor --checkpoint says where to save it"
    if over:
        return f"the last epoch is saved in {kept}"
    place = "" if solver is None else f" in {solver}"
    return f"epoch {epoch} is saved{place}; {going_on}"


def _save(trainer: Trainer, solver: str | None, checkpoint: str | None) -> str:
    """Save what was learned so far in files of these names, and return those that there are now."""
    if not trainer.epoch:
        return ""
    if solver is not None:
        trainer.solver().save(solver)
    if checkpoint is not None:
        trainer.checkpoint().save(checkpoint)
    return " and ".join(name for name in (solver, checkpoint) if name is not None)


def _tell_epoch(options: argparse.Namespace, event: EpochEvent, experiment: Experiment) -> None:
    figures = {name: value for name, value in event.to_dict().items() if name != "examples"}
    checked = "held-out" if experiment.task.held_out else "fresh"
    words = (
        f"epoch {event.epoch:>4}/{experiment.training.epochs}  loss {figure(event.loss, 4)}  "
        f"accuracy {event.accuracy:.1%}  {checked} exact match {event.exact_match:.1%}  {event.seconds:.2f} s"
    )
    tell(options, {"event": "epoch", **figures}, words)
