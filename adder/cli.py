"""The command line: the verbs of the package, for people and for programs.

Exit status: 0 when done, 2 for bad input with one sentence on standard error, 130 when interrupted by Ctrl+C and 143
by SIGTERM. With `--json` every verb prints one JSON object a line and nothing else.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import os
import re
import runpy
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import adder
from adder.analysis import list_recipe
from adder.analysis.question_csv import read_questions, rows_of
from adder.base import validation
from adder.base.csv_files import shielded
from adder.base.errors import AdderError, ExperimentError, QuestionFileError, TrainingError, shorten
from adder.base.figures import figure
from adder.base.settings import written
from adder.base.shutdown import Terminated, terminable
from adder.base.thousands import whole_number
from adder.experiment import Experiment, settings_guide
from adder.presets import FORMER_NAMES, PRESETS
from adder.runs import sweeps
from adder.solvers import evaluation, in_words, shipped
from adder.solvers.snapshots import Snapshots, packed
from adder.solvers.solver import Solver
from adder.tasks.draws import DRAWS
from adder.tasks.list_file import decoded
from adder.tasks.pairs import read_pairs
from adder.training.trainer import EpochEvent, Trainer

if TYPE_CHECKING:
    import pandas as pd

MOST_FILE_BYTES = 50_000_000
_MOST_REPEATS_SHOWN = 5
_MOST_SETTINGS = 100  # argparse takes seconds over thousands
_LONGEST_COMPLAINT = 200  # an unknown option may be of any length


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(_with_questions_kept(given))
    try:
        for name in options.numbers:
            if (text := getattr(options, name)) is not None:
                setattr(options, name, _whole(f"--{name}", text))
        options.verb(options)
    except AdderError as error:
        print(error, file=sys.stderr)
        return 2
    except Terminated:
        return 143
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader, such as `head`, needs no more
        sys.stderr.close()
    return 0


def _with_questions_kept(arguments: Sequence[str]) -> list[str]:
    """The arguments, with a space before each that argparse would take for an option but that is none.

    A number may be negative. Of what `ask` is given, only `-h` and `--words` are options, and after `--` nothing is.

    >>> _with_questions_kept(["ask", "calculator", "--json", "-(3+4)", "--", "--json", "--"])
    ['ask', 'calculator', '--json', ' -(3+4)', ' --json', ' --']
    """
    asks = list(arguments[:1]) == ["ask"]
    end = list(arguments).index("--") if asks and "--" in arguments else len(arguments)
    no_option = re.compile(r"-[^-h]|-h.|--[^a-z]" if asks else r"-\d")
    before = [f" {each}" if no_option.match(each) else each for each in arguments[:end]]
    return before + [f" {each}" if each.startswith("-") else each for each in arguments[end + 1 :]]


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line, like every other error here."""

    def error(self, message: str) -> NoReturn:
        print(f"{shorten(message, _LONGEST_COMPLAINT)}; see {self.prog} --help", file=sys.stderr)
        sys.exit(2)


class _AppendSetting(argparse.Action):
    """Appends to the settings of a command, up to a limit."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, *given: Any) -> None:
        settings = [*getattr(namespace, self.dest), given[0]]
        if len(settings) > _MOST_SETTINGS:
            parser.error(f"a command takes at most {_MOST_SETTINGS} settings")
        setattr(namespace, self.dest, settings)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m adder", description="Teach a neural network to add.")
    parser.add_argument("--version", action="version", version=f"adder {adder.__version__}")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, run: Callable[[argparse.Namespace], None], about: str, *numbers: str) -> Callable[..., Any]:
        """Add a verb, and return what adds its arguments; `numbers` are its options that are whole numbers."""
        added = verbs.add_parser(name, help=about, description=about.capitalize() + ".")
        added.set_defaults(verb=run, numbers=numbers)
        added.add_argument("--json", action="store_true", help="one JSON object a line")
        return added.add_argument

    verb("presets", _presets, "list the experiments that ship")

    train = verb("train", _train, "train a network", "stop")
    train("preset", metavar="PRESET", help="a name from `presets`")
    _add_changes(train)
    train("--stop", metavar="EPOCH", help="stop after this epoch of the run, whose schedule stays as it is")
    train("--out", metavar="FILE.adder", help="where to save the solver")
    train(
        "--checkpoint",
        metavar="FILE",
        help="where to save how far the run came, also on Ctrl+C; if it exists, the run goes on from there",
    )
    train("--snapshots", metavar="FILE", help="where to save the weights of many epochs, to look back at")

    a_solver = {"metavar": "FILE|PRESET", "help": "a saved solver, or the one that ships for a preset"}
    ask = verb("ask", _ask, "ask a trained network", "beam")
    ask("solver", **a_solver)
    ask("questions", metavar="QUESTION", nargs="+", help="a question, as 12+50; after -- even one such as --json")
    ask("--beam", metavar="N", help="follow the N likeliest beginnings, and show the N likeliest answers")

    evaluate = verb("evaluate", _evaluate, "measure a trained network", "n", "seed", "digits")
    evaluate("solver", **a_solver)
    evaluate("--n", metavar="N", help="how many questions to draw (2000)")
    evaluate("--seed", help="the seed to draw them from (7)")
    evaluate("--digits", metavar="N", help="ask longer numbers than were trained on, of N digits each")
    evaluate("--draw", help=f"draw as this says, whatever the task does: {', '.join(DRAWS)}")
    evaluate("--memorised", action="store_true", help="also count the questions that it was trained on")
    evaluate("--questions", metavar="FILE.csv", help="ask these instead: question[,answer] a row")

    an_experiment = {"metavar": "FILE|PRESET", "help": "a saved solver, or a name from `presets`"}
    settings = verb("settings", _settings, "list every setting, or those of one experiment")
    settings("experiment", nargs="?", **an_experiment)
    _add_changes(settings)

    sweep = verb("sweep", _sweep, "train many experiments side by side and compare them", "workers")
    sweep("file", metavar="FILE", help="a JSON list of presets and settings; lists of values are tried all")
    sweep("--workers", metavar="N", help="how many to train at a time (one a core)")
    sweep("--out", metavar="FILE.csv", help="where to save the table, also on Ctrl+C")
    sweep("--resume", action="store_true", help="take from that table what is over, and train the others")

    script = verb("script", _script, "write an experiment as a Keras script that needs nothing of adder")
    script("experiment", **an_experiment)
    _add_changes(script)

    bench = verb("bench", _bench, "measure adder beside its references (in a checkout of the project)", "size")
    bench("names", metavar="NAME", nargs="*", help="which benchmarks; all of them by default")
    bench("--part", metavar="PART", action="append", help="only this part, of a benchmark that has parts")
    bench("--size", metavar="N", help="so many sessions, runs or whatever the parts count")
    return parser


def _add_changes(add: Callable[..., Any]) -> None:
    """Add the options that change an experiment."""
    about_settings = "change a setting, as task.largest=100; `settings` lists them"
    add("--set", metavar="KEY=VALUE", action=_AppendSetting, default=[], help=about_settings)
    about_rules = "train on your own rule instead: question,answer a row (start from seq2seq)"
    add("--rule", metavar="FILE.csv", help=about_rules)
    add("--seed", help="another seed, for other weights and other questions")


def _tell(options: argparse.Namespace, described: dict[str, Any] | None, words: str | None) -> None:
    """Print a result: an object with `--json`, words for people without it. None prints nothing."""
    if options.json and described is not None:
        print(json.dumps(_plain(described), allow_nan=False), flush=True)
    if not options.json and words is not None:
        print(words, flush=True)


def _plain(value: Any) -> Any:
    """The same with null for what JSON has no number for: infinity, and what is no number."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


# The verbs


def _presets(options: argparse.Namespace) -> None:
    for preset in PRESETS.values():
        path, weights = shipped.solver_path(preset.name), preset.experiment.weights
        report = Solver.load(path).report if path.exists() else None
        described = {
            "name": preset.name,
            "label": preset.label,
            "blurb": preset.blurb,
            "weights": weights,
            "distinct_questions": preset.experiment.task.distinct_questions,
            "retrain": _retrain(preset.name),
            "half_trained": shipped.HALF_TRAINED.get(preset.name, ()),
            "experiment": preset.experiment.to_dict(),
            "report": None if report is None else report.to_dict(),
        }
        words = f"{preset.name}: {preset.label}\n    {preset.blurb}"
        if report is not None:
            words += f"\n    {in_words.plural(weights, 'weight')}; {in_words.summary(report)}"
        _tell(options, described, words)


def _retrain(name: str) -> str:
    """The command that trains what ships for a preset."""
    kept = f" --snapshots assets/snapshots/{name}.snapshots" if name in shipped.WITH_SNAPSHOTS else ""
    return f"python -m adder train {name} --out assets/solvers/{name}.adder{kept}"


def _train(options: argparse.Namespace) -> None:
    experiment = _changed(adder.preset(options.preset), options)
    _check_file_name("--out", options.out)
    _check_file_name("--checkpoint", options.checkpoint)
    _check_file_name("--snapshots", options.snapshots)
    resumes = options.checkpoint is not None and os.path.exists(options.checkpoint)
    checkpoint = adder.Checkpoint.load(options.checkpoint) if resumes else None
    trainer = Trainer(experiment, checkpoint)
    training, done = experiment.training, 0 if checkpoint is None else checkpoint.epoch
    last = training.epochs
    if options.stop is not None:
        last = validation.whole_number("--stop", options.stop, 1, last)
    if list_recipe.advised(experiment) and not options.json:
        changes = " ".join(f"--set {name}={value}" for name, value in list_recipe.SETTINGS.items())
        print(f"the textbook network seldom finds the rule of a list; this recipe can: {changes}", file=sys.stderr)
    going_on = f", going on after epoch {done}" if done else ""
    _tell(
        options,
        None,
        f"{in_words.plural(experiment.weights, 'weight')}, {in_words.plural(training.epochs, 'epoch')} of "
        f"{in_words.plural(training.samples, 'question')}, seed {experiment.seed}{going_on}; starting TensorFlow",
    )
    started = time.perf_counter()
    snapshots = None if options.snapshots is None else Snapshots(experiment)
    try:
        with terminable():
            if snapshots is not None and not trainer.steps:
                snapshots = snapshots.after(0, packed(trainer.solver().weights))
            for event in trainer.run() if done < last else ():
                done = event.epoch
                if snapshots is not None and event.solver is not None:
                    snapshots = snapshots.after(done, packed(event.solver.weights))
                _tell_epoch(options, event, experiment)
                if done == last:
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
    if options.checkpoint is not None and done:
        trainer.checkpoint().save(options.checkpoint)
    if snapshots is not None and snapshots.kept:
        snapshots.save(options.snapshots)
    if options.out is not None:
        dataclasses.replace(solver, report=report).save(options.out)
    samples = done * training.samples
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
    _tell(options, figures, f"{in_words.plural(samples, 'sample')} in {seconds:.1f} s; {found}{saved}")


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
    _tell(options, {"event": "epoch", **figures}, words)


def _ask(options: argparse.Namespace) -> None:
    solver, beam = _solver(options.solver), options.beam
    # All questions are answered before any answer is printed, so that a bad one spoils none.
    answers = [solver.solve(question, beam=1 if beam is None else beam) for question in options.questions]
    for answer in answers:
        candidates = () if beam is None else solver.candidates(answer.question, beam=beam)
        described = {
            "question": answer.question,
            "predicted": answer.text,
            "expected": answer.expected,
            "correct": answer.correct,
            "characters": [{"char": each.char, "probability": each.probability} for each in answer.characters],
        }
        if candidates:
            described["candidates"] = [dataclasses.asdict(each) for each in candidates]
        unpadded = solver.experiment.encoding.unpadded
        listed = [f"\n    {each.probability:>8.4%}  {unpadded(each.text) or 'nothing'}" for each in candidates]
        _tell(options, described, in_words.of_answer(answer) + "".join(listed))


def _evaluate(options: argparse.Namespace) -> None:
    solver = _solver(options.solver)
    n = 2_000 if options.n is None else options.n
    seed = 7 if options.seed is None else options.seed
    if options.questions is None:
        report = adder.evaluate(solver, n=n, seed=seed, digits=options.digits, draw=options.draw)
    else:
        drawing = ("digits", "draw") if options.memorised else ("digits", "draw", "n", "seed")
        for name in drawing:
            if (value := getattr(options, name)) is not None:
                wanted = "left out with --questions, which are asked as they are"
                raise ExperimentError(f"--{name}", wanted, str(value))
        path = Path(options.questions)
        content = _content(path)
        try:
            task, questions = read_questions(rows_of(content), solver)
        except QuestionFileError as error:
            raise QuestionFileError(f"{path}: {error}") from error
        report = evaluation.evaluate_on(solver, questions, task)
    memory = adder.memorised(solver, n, seed) if options.memorised else None
    described = {"solver": options.solver, **report.to_dict()}
    if memory is not None:
        described["memory"] = dataclasses.asdict(memory)
    _tell(options, described, "\n".join([*in_words.report_lines(report), *in_words.memory_lines(memory, n)]))


def _settings(options: argparse.Namespace) -> None:
    if options.experiment is None:
        guide = settings_guide()
        _tell(options, {"guide": guide}, guide.removesuffix("\n"))
        return
    experiment = _experiment(options)
    for name, value in experiment.flat().items():
        declared = experiment.settings[name]
        described = {"setting": name, "value": value, "label": declared.label, "help": declared.help}
        _tell(options, described, f"{f'{name}={shorten(written(value))}':<38}  {declared.help}")


def _sweep(options: argparse.Namespace) -> None:
    _check_file_name("--out", options.out)
    experiments = sweeps.experiments_from_json(_content(Path(options.file)))
    rows = _rows_to_resume(options)
    left = [experiment for experiment in experiments if experiment.digest not in rows]
    before = len({experiment.digest for experiment in experiments} & rows.keys())

    def tell(done: int, row: dict[str, Any]) -> None:
        rows[row["experiment"]] = row
        match = row["exact_match"]
        figure = "no figure" if match is None else f"exact match {match:.2%}"
        words = f"{before + done}/{len(experiments)}  {row['experiment']}  {row['status']}  {figure}"
        _tell(options, {"event": "run", **row}, words)

    going_on = f", {before:,} of them over already" if before else ""
    starting = "; starting the training engine" if left else ""
    _tell(options, None, f"{in_words.plural(len(experiments), 'run')}{going_on}{starting}")
    try:
        with terminable():
            frame = adder.sweep(left, workers=options.workers, on_run=tell) if left else None
    except (KeyboardInterrupt, BrokenPipeError):
        _tell_unfinished(options, experiments, rows)
        raise
    if frame is None or before:
        frame = sweeps.table(experiments, rows)
    _tell(options, None, sweeps.differing(frame).to_string(index=False))
    _save_table(options, frame)


def _rows_to_resume(options: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """The rows of runs that an earlier sweep finished, by digest; none unless that sweep is resumed."""
    if not options.resume:
        return {}
    if options.out is None:
        raise ExperimentError("--resume", "given together with --out, the table to go on from", "no --out")
    return sweeps.finished(_content(Path(options.out))) if os.path.exists(options.out) else {}


def _tell_unfinished(options: argparse.Namespace, experiments: Sequence[Experiment], rows: dict[str, Any]) -> None:
    """Save what is finished of a sweep, and say where it is and how to go on."""
    frame = sweeps.table(experiments, rows)
    over = int((frame["status"] != sweeps.INTERRUPTED).sum())
    said = f"{over:,} of {in_words.plural(len(frame), 'run')} finished"
    if options.out is None:
        print(f"{said}; --out FILE.csv would have saved them", file=sys.stderr)
        return
    _save_table(options, frame)
    how = "the same command with --resume trains the others"
    print(
        f"{said} and saved in {options.out}, where the others are marked {sweeps.INTERRUPTED}; {how}", file=sys.stderr
    )


def _save_table(options: argparse.Namespace, frame: pd.DataFrame) -> None:
    if options.out is None:
        return
    try:
        frame.map(shielded).to_csv(options.out, index=False, encoding="utf-8-sig")
    except OSError as error:
        why = error.strerror or str(error)
        raise ExperimentError("--out", f"a file that can be written ({why})", options.out) from error


def _script(options: argparse.Namespace) -> None:
    script = adder.keras_script(_experiment(options))
    _tell(options, {"script": script}, script.removesuffix("\n"))


def _bench(options: argparse.Namespace) -> None:
    root = Path(__file__).parent.parent
    if not (root / "tests" / "bench").is_dir():
        raise ExperimentError("bench", "run in a checkout of the project, where tests/bench lies", str(root))
    sys.path.insert(0, str(root))
    run = runpy.run_module("tests.bench")["run"]
    run(options.names, as_json=options.json, parts=tuple(options.part or ()), size=options.size)


# What verbs share


def _changed(experiment: Experiment, options: argparse.Namespace) -> Experiment:
    """The experiment with the changes of a command."""
    settings: dict[str, str] = {}
    for change in options.set:
        key, equals, value = change.partition("=")
        if not equals:
            raise ExperimentError("--set", "KEY=VALUE, as in task.largest=100", change)
        settings[key.strip()] = value
    if options.seed is not None:
        settings["seed"] = options.seed
    if options.rule is not None:
        content = _content(Path(options.rule))
        listed = read_pairs(content)
        experiment = dataclasses.replace(experiment, task=listed.rule())
        heading = ",".join(listed.read.heading or ())
        if heading.lower() not in ("", "question,answer"):
            print(f"the first row is taken for a heading: {shorten(heading)}", file=sys.stderr)
        for later, before in listed.repeats[:_MOST_REPEATS_SHOWN]:
            print(f"row {later.row} repeats row {before.row}", file=sys.stderr)
        if len(listed.repeats) > _MOST_REPEATS_SHOWN:
            print(f"{len(listed.repeats):,} rows in all repeat others", file=sys.stderr)
    return experiment.replaced(settings)


def _experiment(options: argparse.Namespace) -> Experiment:
    """The experiment of a preset or a saved solver, with its changes."""
    name = options.experiment
    return _changed(adder.preset(name) if _ships(name) else _solver(name).experiment, options)


def _solver(name: str) -> Solver:
    if _ships(name):
        return adder.shipped_solver(name)
    if not os.path.exists(name):  # Path.exists raises where no file can have the name
        raise ExperimentError("the solver", "a file that exists or one of " + ", ".join(PRESETS), name)
    return Solver.load(name)


def _ships(name: str) -> bool:
    return name in PRESETS or name in FORMER_NAMES


def _content(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_FILE_BYTES:
            raise QuestionFileError(f"{path} is larger than the {MOST_FILE_BYTES:,} bytes that are read")
        content = path.read_bytes()
    except OSError as error:
        raise QuestionFileError(f"cannot read {path}: {error.strerror}") from error
    try:
        return decoded(content)
    except QuestionFileError as error:
        raise QuestionFileError(f"{path}: {error}") from error


def _check_file_name(option: str, name: str | None) -> None:
    """Refuse a file that cannot be written before the training, not after it."""
    if name is not None and (os.path.isdir(name) or not os.path.isdir(os.path.dirname(name) or ".")):
        raise ExperimentError(option, "the name of a file in a folder that exists", name)


def _whole(option: str, text: str) -> int:
    try:
        return whole_number(text)
    except ValueError as error:
        raise ExperimentError(option, "a whole number", text) from error
