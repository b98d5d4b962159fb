"""The command line: the verbs of the package, for people and for programs.

Exit status: 0 when done, 2 for bad input with one sentence on standard error, 130 when interrupted. With `--json`
every verb prints one JSON object a line and nothing else.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import os
import re
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import adder
from adder.analysis.question_csv import read_questions, rows_of
from adder.base import validation
from adder.base.errors import AdderError, ExperimentError, QuestionFileError, shorten
from adder.base.settings import written
from adder.experiment import Experiment, settings_guide
from adder.presets import FORMER_NAMES, PRESETS
from adder.runs import sweeps
from adder.solvers import evaluation, shipped
from adder.solvers.results import Memory, Report
from adder.solvers.solver import Solver
from adder.tasks.draws import DRAWS
from adder.tasks.pairs import Rule, repeated_rows
from adder.training.trainer import EpochEvent

MOST_FILE_BYTES = 50_000_000
_MOST_KINDS = 24  # in a line for people; --json lists them all
_MOST_REPEATS = 5
_MOST_SIZE = 100_000
_MOST_SETTINGS = 100  # of a command; argparse takes seconds over thousands
_LONGEST_COMPLAINT = 200  # of an option that there is not


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    # A question such as -3+5 is no option; argparse takes what holds a space for a value.
    options = _parser().parse_args([f" {each}" if re.match(r"-\d", each) else each for each in given])
    try:
        options.verb(options)
    except AdderError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        sys.stderr.close()
        return 0
    return 0


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line, like every other error here."""

    def error(self, message: str) -> NoReturn:
        print(f"{shorten(message, _LONGEST_COMPLAINT)}; see {self.prog} --help", file=sys.stderr)
        sys.exit(2)


class _Setting(argparse.Action):
    """One more of the settings of a command."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, *given: Any) -> None:
        settings = [*getattr(namespace, self.dest), given[0]]
        if len(settings) > _MOST_SETTINGS:
            parser.error(f"a command takes at most {_MOST_SETTINGS} settings")
        setattr(namespace, self.dest, settings)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m adder", description="Teach a neural network to add.")
    parser.add_argument("--version", action="version", version=f"adder {adder.__version__}")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    _verb(verbs, "presets", _presets, "list the experiments that ship")

    train = _verb(verbs, "train", _train, "train a network")
    train.add_argument("preset", metavar="PRESET", help="a name from `presets`")
    _changes(train)
    train.add_argument(
        "--stop", metavar="EPOCH", help="stop after this epoch of the run, whose schedule stays as it is"
    )
    train.add_argument("--out", metavar="FILE.adder", help="where to save the solver")
    train.add_argument(
        "--checkpoint",
        metavar="FILE",
        help="where to save how far the run came, also on Ctrl+C; if it exists, the run goes on from there",
    )

    ask = _verb(verbs, "ask", _ask, "ask a trained network")
    ask.add_argument("solver", metavar="FILE|PRESET", help="a saved solver, or the one that ships for a preset")
    ask.add_argument("questions", metavar="QUESTION", nargs="+", help="a question, as 12+50")
    ask.add_argument("--beam", metavar="N", help="follow the N likeliest beginnings, and show the N likeliest answers")

    evaluate = _verb(verbs, "evaluate", _evaluate, "measure a trained network")
    evaluate.add_argument("solver", metavar="FILE|PRESET", help="a saved solver, or the one that ships for a preset")
    evaluate.add_argument("--n", metavar="N", help="how many questions to draw (2000)")
    evaluate.add_argument("--seed", help="the seed to draw them from (7)")
    evaluate.add_argument("--digits", metavar="N", help="ask longer numbers than were trained on, of N digits each")
    evaluate.add_argument("--draw", help=f"draw as this says, whatever the task does: {', '.join(DRAWS)}")
    evaluate.add_argument("--memorised", action="store_true", help="also count the questions that it was trained on")
    evaluate.add_argument("--questions", metavar="FILE.csv", help="ask these instead: question[,answer] a row")

    settings = _verb(verbs, "settings", _settings, "list every setting, or those of one experiment")
    settings.add_argument(
        "experiment", metavar="FILE|PRESET", nargs="?", help="a saved solver, or a name from `presets`"
    )
    _changes(settings)

    sweep = _verb(verbs, "sweep", _sweep, "train many experiments side by side and compare them")
    sweep.add_argument(
        "file", metavar="FILE", help="a JSON list of presets and settings; lists of values are tried all"
    )
    sweep.add_argument("--workers", metavar="N", help="how many to train at a time (one a core)")
    sweep.add_argument("--out", metavar="FILE.csv", help="where to save the table")

    script = _verb(verbs, "script", _script, "write an experiment as a Keras script that needs nothing of adder")
    script.add_argument("experiment", metavar="FILE|PRESET", help="a saved solver, or a name from `presets`")
    _changes(script)

    bench = _verb(verbs, "bench", _bench, "measure adder beside its references (in a checkout of the project)")
    bench.add_argument("names", metavar="NAME", nargs="*", help="which benchmarks; all of them by default")
    bench.add_argument("--part", metavar="PART", action="append", help="only this part, of a benchmark that has parts")
    bench.add_argument("--size", metavar="N", help="so many sessions, runs or whatever the parts count")
    return parser


def _verb(verbs: Any, name: str, run: Any, text: str) -> argparse.ArgumentParser:
    verb: argparse.ArgumentParser = verbs.add_parser(name, help=text, description=text.capitalize() + ".")
    verb.set_defaults(verb=run)
    verb.add_argument("--json", action="store_true", help="one JSON object a line")
    return verb


def _changes(verb: argparse.ArgumentParser) -> None:
    """Options that change an experiment."""
    verb.add_argument(
        "--set",
        metavar="KEY=VALUE",
        action=_Setting,
        default=[],
        help="change a setting, as task.largest=100; `settings` lists them",
    )
    verb.add_argument(
        "--rule", metavar="FILE.csv", help="train on your own rule instead: question,answer a row (start from seq2seq)"
    )
    verb.add_argument("--seed", help="another seed, for other weights and other questions")


def _changed(experiment: Experiment, options: argparse.Namespace) -> Experiment:
    """The experiment with what those options say."""
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
        experiment = dataclasses.replace(experiment, task=Rule.from_csv(content))
        repeats = repeated_rows(content)
        for row, before in repeats[:_MOST_REPEATS]:
            print(f"row {row} repeats row {before}", file=sys.stderr)
        if len(repeats) > _MOST_REPEATS:
            print(f"{len(repeats):,} rows in all repeat others", file=sys.stderr)
    return experiment.replaced(settings)


def _presets(options: argparse.Namespace) -> None:
    for preset in PRESETS.values():
        path = shipped.solver_path(preset.name)
        report = Solver.load(path).report if path.exists() else None
        if options.json:
            described = {
                "name": preset.name,
                "label": preset.label,
                "blurb": preset.blurb,
                "weights": preset.experiment.weights,
                "distinct_questions": preset.experiment.task.distinct_questions,
                "retrain": f"python -m adder train {preset.name} --out assets/solvers/{preset.name}.adder",
                "half_trained": shipped.HALF_TRAINED.get(preset.name, ()),
                "experiment": preset.experiment.to_dict(),
                "report": None if report is None else report.to_dict(),
            }
            print(json.dumps(described))
            continue
        print(f"{preset.name}: {preset.label}")
        print(f"    {preset.blurb}")
        if report is not None:
            print(f"    {_counted(preset.experiment.weights, 'weight')}; {_summary(report)}")


def _train(options: argparse.Namespace) -> None:
    experiment = _changed(adder.preset(options.preset), options)
    _check_file_name("--out", options.out)
    _check_file_name("--checkpoint", options.checkpoint)
    checkpoint = None
    if options.checkpoint is not None and os.path.exists(options.checkpoint):
        checkpoint = adder.Checkpoint.load(options.checkpoint)
    trainer = adder.Trainer(experiment, checkpoint)
    done = 0 if checkpoint is None else checkpoint.epoch
    last = experiment.training.epochs
    if options.stop is not None:
        last = validation.whole_number("--stop", _whole("--stop", options.stop), 1, last)
    if not options.json:
        training = experiment.training
        print(
            f"{_counted(experiment.weights, 'weight')}, {training.epochs:,} epochs of {training.samples:,} questions, "
            f"seed {experiment.seed}{f', going on after epoch {done}' * bool(done)}; starting TensorFlow",
            flush=True,
        )
    started = time.perf_counter()
    try:
        for event in trainer.run() if done < last else ():
            done = event.epoch
            _tell_epoch(event, experiment, as_json=options.json)
            if done == last:
                break
    finally:
        if options.checkpoint is not None and done:
            trainer.checkpoint().save(options.checkpoint)
            if done < last and not trainer.finished:
                print(f"epoch {done} is saved; the same command goes on from {options.checkpoint}", file=sys.stderr)
    seconds = time.perf_counter() - started
    solver = trainer.solver()
    solver = dataclasses.replace(solver, report=adder.evaluate(solver))
    if options.out is not None:
        solver.save(options.out)
    report = solver.report
    assert report is not None
    samples = done * experiment.training.samples
    if options.json:
        shares = ("exact_match", "exact_match_interval", "character_accuracy", "unpadded_accuracy")
        figures = {
            "event": "done",
            "held_out_exact_match": report.exact_match if report.split == "held_out" else None,
            **{name: getattr(report, name) for name in (*shares, "rmse", "mean_absolute_error")},
            "seconds": seconds,
            "samples": samples,
            "file": options.out,
        }
        print(json.dumps(figures))
        return
    print(f"{samples:,} samples in {seconds:.1f} s; {_summary(report)}")
    if options.out is not None:
        print(f"saved {options.out}")


def _check_file_name(option: str, name: str | None) -> None:
    """Refuse a file that could not be written, before the time is spent on what it is to hold."""
    if name is not None and (os.path.isdir(name) or not os.path.isdir(os.path.dirname(name) or ".")):
        raise ExperimentError(option, "the name of a file in a folder that exists", name)


def _tell_epoch(event: EpochEvent, experiment: Experiment, *, as_json: bool) -> None:
    if as_json:
        figures = event.to_dict()
        del figures["examples"]
        print(json.dumps({"event": "epoch", **figures}), flush=True)
        return
    checked = "held-out" if experiment.task.held_out else "fresh"
    print(
        f"epoch {event.epoch:>4}/{experiment.training.epochs}  loss {event.loss:.4f}  "
        f"accuracy {event.accuracy:.1%}  {checked} exact match {event.exact_match:.1%}  {event.seconds:.2f} s",
        flush=True,
    )


def _ask(options: argparse.Namespace) -> None:
    solver = _solver(options.solver)
    unpadded = solver.experiment.encoding.unpadded  # for candidates, which are texts alone
    beam = 1 if options.beam is None else _whole("--beam", options.beam)
    answers = [solver.solve(question, beam=beam) for question in options.questions]  # all, before any is printed
    for answer in answers:
        candidates = () if options.beam is None else solver.candidates(answer.question, beam=beam)
        if options.json:
            described = {
                "question": answer.question,
                "predicted": answer.text,
                "expected": answer.expected,
                "correct": answer.correct,
                "characters": [{"char": each.char, "probability": each.probability} for each in answer.characters],
            }
            if candidates:
                described["candidates"] = [dataclasses.asdict(each) for each in candidates]
            print(json.dumps(described))
            continue
        if answer.expected is None:
            verdict = "nobody knows the true answer"
        else:
            verdict = "right" if answer.correct else f"wrong: it is {answer.expected_unpadded}"
        doubt = f", {answer.confidence:.1%} sure" if answer.characters else ""
        doubt = f", before rounding {answer.number:.3f}" if answer.number is not None else doubt
        print(f"{answer.question} = {answer.unpadded or 'nothing'} ({verdict}{doubt})")
        for candidate in candidates:
            print(f"    {candidate.probability:>8.4%}  {unpadded(candidate.text) or 'nothing'}")


def _evaluate(options: argparse.Namespace) -> None:
    solver = _solver(options.solver)
    n = 2_000 if options.n is None else _whole("--n", options.n)
    seed = 7 if options.seed is None else _whole("--seed", options.seed)
    if options.questions is not None:
        drawing = {"--digits": options.digits, "--draw": options.draw}
        if not options.memorised:
            drawing |= {"--n": options.n, "--seed": options.seed}
        for option, value in drawing.items():
            if value is not None:
                raise ExperimentError(option, "left out with --questions, which are asked as they are", value)
        path = Path(options.questions)
        content = _content(path)
        try:
            task, questions = read_questions(rows_of(content), solver)
        except QuestionFileError as error:
            raise QuestionFileError(f"{path}: {error}") from error
        report = evaluation.evaluate_on(solver, questions, task)
    else:
        digits = None if options.digits is None else _whole("--digits", options.digits)
        report = adder.evaluate(solver, n=n, seed=seed, digits=digits, draw=options.draw)
    memory = adder.memorised(solver, n, seed) if options.memorised else None
    if options.json:
        remembered = {} if memory is None else {"memory": dataclasses.asdict(memory)}
        print(json.dumps({"solver": options.solver, **report.to_dict(), **remembered}))
        return
    print(_summary(report))
    low, high = report.exact_match_interval
    print(f"exact match lies between {low:.2%} and {high:.2%} with a confidence of 95 %")
    if details := _details(report):
        print(details)
    if report.trained_exact_match is not None:
        print(f"on as many questions from the side that was trained on: exact match {report.trained_exact_match:.2%}")
    print(
        f"Always writing the commonest characters would get {report.guess_character_accuracy:.1%} of characters and "
        f"{report.guess_exact_match:.1%} of answers right."
    )
    for title, tallies in (
        ("by position from the left", report.by_position),
        ("by question length", report.by_length),
        ("by carries", report.by_carries),
        ("by number of terms", report.by_terms),
        ("by operator", report.by_operator),
    ):
        if len(tallies) > _MOST_KINDS:
            worst = min(tallies, key=lambda each: each.share)
            print(f"{title}: {len(tallies)} kinds, the worst {worst.kind}: {worst.share:.1%} of {worst.asked:,}")
        elif len(tallies) > 1:
            print(f"{title}: " + ", ".join(f"{each.kind}: {each.share:.1%} of {each.asked:,}" for each in tallies))
    if report.calibration:
        sure = (f"{each.confidence:.0%} sure: {each.share:.1%} of {each.asked:,}" for each in report.calibration)
        print("by confidence: " + ", ".join(sure))
    if memory is not None:
        print(
            f"trained on {memory.seen:,} of {memory.distinct_questions:,} distinct questions "
            f"({memory.seen / memory.distinct_questions:.2%})"
        )
        print("exact match " + ", ".join(_by_memory(memory, n)))


def _by_memory(memory: Memory, n: int) -> list[str]:
    parts = []
    if memory.seen_exact_match is not None:
        parts.append(f"{memory.seen_exact_match:.2%} on {min(n, memory.seen):,} of those it was trained on")
    if memory.held_out_exact_match is not None:
        parts.append(f"{memory.held_out_exact_match:.2%} on held-out ones")
    elif memory.unseen_exact_match is not None:
        parts.append(f"{memory.unseen_exact_match:.2%} on {memory.unseen:,} fresh ones that it was not trained on")
    else:
        parts.append("none of the fresh ones is one that it was not trained on")
    return parts


def _content(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_FILE_BYTES:
            raise QuestionFileError(f"{path} is larger than the {MOST_FILE_BYTES:,} bytes that are read")
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise QuestionFileError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise QuestionFileError(f"{path} must be text in UTF-8 ({error})") from error


def _sweep(options: argparse.Namespace) -> None:
    _check_file_name("--out", options.out)
    experiments = sweeps.experiments_from_json(_content(Path(options.file)))
    workers = None if options.workers is None else _whole("--workers", options.workers)

    def tell(done: int, row: dict[str, Any]) -> None:
        if options.json:
            print(json.dumps({"event": "run", **row}), flush=True)
        else:
            match = row["exact_match"]
            figure = "no figure" if match is None else f"exact match {match:.2%}"
            print(f"{done}/{len(experiments)}  {row['experiment']}  {row['status']}  {figure}", flush=True)

    if not options.json:
        print(f"{_counted(len(experiments), 'run')}; starting the training engine", flush=True)
    frame = adder.sweep(experiments, workers=workers, on_run=tell)
    if not options.json:
        print(sweeps.differing(frame).to_string(index=False), flush=True)
    if options.out is not None:
        try:
            frame.to_csv(options.out, index=False)
        except OSError as error:
            why = error.strerror or str(error)
            raise ExperimentError("--out", f"a file that can be written ({why})", options.out) from error


def _experiment(options: argparse.Namespace) -> Experiment:
    """The experiment of a preset or a saved solver, with its changes."""
    ships = options.experiment in PRESETS or options.experiment in FORMER_NAMES
    base = adder.preset(options.experiment) if ships else _solver(options.experiment).experiment
    return _changed(base, options)


def _settings(options: argparse.Namespace) -> None:
    if options.experiment is None:
        _print_text("guide", settings_guide(), options)
        return
    experiment = _experiment(options)
    for name, value in experiment.flat().items():
        declared = experiment.settings[name]
        described = {"setting": name, "value": value, "label": declared.label, "help": declared.help}
        line = f"{f'{name}={shorten(written(value))}':<38}  {declared.help}"
        print(json.dumps(described) if options.json else line)


def _script(options: argparse.Namespace) -> None:
    _print_text("script", adder.keras_script(_experiment(options)), options)


def _print_text(name: str, text: str, options: argparse.Namespace) -> None:
    print(json.dumps({name: text}) if options.json else text.removesuffix("\n"))


def _bench(options: argparse.Namespace) -> None:
    root = Path(__file__).parent.parent
    if not (root / "tests" / "bench").is_dir():
        raise ExperimentError("bench", "run in a checkout of the project, where tests/bench lies", str(root))
    sys.path.insert(0, str(root))
    from tests.bench import BENCHMARKS  # type: ignore[import-not-found,unused-ignore]

    names = options.names or list(BENCHMARKS)
    for name in names:
        validation.choice("bench", name, tuple(BENCHMARKS))
    chosen: dict[str, Any] = {}
    if options.part is not None:
        chosen["parts"] = tuple(options.part)
    if options.size is not None:
        chosen["size"] = validation.whole_number("--size", _whole("--size", options.size), 1, _MOST_SIZE)
    benchmarks = [importlib.import_module(f"tests.bench.{BENCHMARKS[name]}") for name in names]
    for name, benchmark in zip(names, benchmarks, strict=True):
        if chosen and not hasattr(benchmark, "PARTS"):
            raise ExperimentError("bench", "one that has parts, where --part or --size is given", name)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the servers it started end with it
    for benchmark in benchmarks:
        benchmark.run(as_json=options.json, **chosen)


def _solver(name: str) -> Solver:
    if name in PRESETS or name in FORMER_NAMES:
        return adder.shipped_solver(name)
    if not os.path.exists(name):  # where Path.exists would raise for a name that no file can have
        raise ExperimentError("the solver", "a file that exists or one of " + ", ".join(PRESETS), name)
    return Solver.load(name)


def _whole(field: str, text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise ExperimentError(field, "a whole number", text) from error


def _summary(report: Report) -> str:
    error = "no number to compare" if report.rmse is None else f"RMSE {report.rmse:.3f}"
    kind = {"held_out": "held-out", "fresh": "fresh", "given": "given"}[report.split]
    characters = f"characters {report.character_accuracy:.2%}, " if report.by_position else ""
    return f"on {report.questions:,} {kind} questions: exact match {report.exact_match:.2%}, {characters}{error}"


def _details(report: Report) -> str:
    """The figures that a summary leaves out."""
    parts = [f"characters {report.unpadded_accuracy:.2%} without padding"] if report.by_position else []
    if report.mean_absolute_error is not None:  # else no answer is a number, or none should be
        parts.append(f"mean absolute error {report.mean_absolute_error:.3f}")
        parts.append(f"answers that spell no number {report.malformed:.2%}")
    return ", ".join(parts)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"
