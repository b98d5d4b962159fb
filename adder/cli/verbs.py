"""The verbs that list, ask, measure and write."""

from __future__ import annotations

import argparse
import dataclasses
import runpy
import sys
from pathlib import Path

import adder
from adder import pocket
from adder.analysis.question_csv import read_questions, rows_of
from adder.base.errors import ExperimentError, QuestionFileError, shorten
from adder.base.extra import need
from adder.base.paths import PAGE
from adder.base.server_settings import ServerSettings
from adder.base.settings import settings_of, written
from adder.cli.given import check_file_name, content_of, experiment_of, heading_of, solver_of, tell, writing
from adder.experiment import settings_guide
from adder.presets import PRESETS
from adder.solvers import evaluation, in_words, shipped
from adder.solvers.solver import Solver


def list_presets(options: argparse.Namespace) -> None:
    """List the experiments that ship, with what their networks reach."""
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
        tell(options, described, words)


def _retrain(name: str) -> str:
    """The command that trains what ships for a preset."""
    kept = f" --snapshots assets/snapshots/{name}.snapshots" if name in shipped.WITH_SNAPSHOTS else ""
    return f"python -m adder train {name} --out assets/solvers/{name}.adder{kept}"


def ask_questions(options: argparse.Namespace) -> None:
    """Ask a network questions."""
    solver, beam = solver_of(options.solver), options.beam
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
        tell(options, described, in_words.of_answer(answer) + "".join(listed))


def measure(options: argparse.Namespace) -> None:
    """Measure a network on questions that are drawn, or on those of a file."""
    solver, told = solver_of(options.solver), heading_of(options, "questions")
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
        content = content_of(path)
        try:
            task, questions = read_questions(rows_of(content, told), solver)
        except QuestionFileError as error:
            raise QuestionFileError(f"{path}: {error}") from error
        report = evaluation.evaluate_on(solver, questions, task)
    memory = adder.memorised(solver, n, seed) if options.memorised else None
    described = {"solver": options.solver, **report.to_dict()}
    if memory is not None:
        described["memory"] = dataclasses.asdict(memory)
    tell(options, described, "\n".join([*in_words.report_lines(report), *in_words.memory_lines(memory, n)]))


def describe(options: argparse.Namespace) -> None:
    """Print the model card of a network."""
    card = adder.model_card(solver_of(options.solver))
    tell(options, {"card": card}, card.removesuffix("\n"))


def list_settings(options: argparse.Namespace) -> None:
    """List the settings of an experiment, or the guide to all."""
    if options.experiment is None:
        if options.set or options.rule or options.seed:
            raise ExperimentError("FILE|PRESET", "given with --set, --rule or --seed, which change it", "none")
        guide = settings_guide()
        tell(options, {"guide": guide}, guide.removesuffix("\n"))
        return
    experiment = experiment_of(options)
    for name, value in experiment.flat().items():
        declared = experiment.settings[name]
        described = {"setting": name, "value": value, "label": declared.label, "help": declared.help}
        tell(options, described, f"{f'{name}={shorten(written(value))}':<38}  {declared.help}")


def write_script(options: argparse.Namespace) -> None:
    """Print an experiment as a Keras script."""
    script = adder.keras_script(experiment_of(options))
    tell(options, {"script": script}, script.removesuffix("\n"))


def open_page(options: argparse.Namespace) -> None:
    """Open the page in a browser."""
    need("streamlit", "tensorflow")
    sys.argv = ["streamlit", "run", str(PAGE), *options.others]
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)


def write_page(options: argparse.Namespace) -> None:
    """Save a network as one web page."""
    check_file_name("--out", options.out)
    address = settings_of(ServerSettings)["url"].check("--address", options.address)
    page = pocket.web_page(solver_of(options.solver), address or pocket.LOCAL)
    with writing(options.out):
        Path(options.out).write_text(page, "utf-8")
    size = len(page.encode())
    tell(options, {"file": options.out, "bytes": size}, f"saved {options.out}, {size / 1e6:.2f} MB")


def run_benchmarks(options: argparse.Namespace) -> None:
    """Run benchmarks of a checkout."""
    root = Path(adder.__file__).parent.parent
    if not (root / "tests" / "bench").is_dir():
        raise ExperimentError("bench", "run in a checkout of the project, where tests/bench lies", str(root))
    sys.path.insert(0, str(root))
    run = runpy.run_module("tests.bench")["run"]
    run(options.names, as_json=options.json, parts=tuple(options.part or ()), size=options.size)
