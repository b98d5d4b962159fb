"""Files of solvers, as they are uploaded: read, then asked, played against, drawn and taken home as the pages do."""

from __future__ import annotations

import dataclasses
import json

import numpy as np

from adder.analysis.look_inside import look_inside
from adder.experiment import Experiment
from adder.networks import Transformer
from adder.presets import preset
from adder.query import to_query
from adder.quiz.game import Game, Quiz
from adder.script import keras_script
from adder.solvers import evaluation, in_words
from adder.solvers.archive import arrays_to_bytes
from adder.solvers.history_csv import history_csv
from adder.solvers.solver import FORMAT_VERSION, Solver
from adder.tasks.pairs import Rule
from tests.experiments import TINY_FAST, TINY_SCALED, TINY_TEXT, random_solver
from tests.fuzz import zips
from tests.fuzz.mutation import zip_mutated
from tests.fuzz.refusal import refusals

DESCRIBED = "experiment.json"


def feed(data: bytes) -> None:
    """Read a solver from these bytes; where it is one, do with it whatever a page or the command line would."""
    with refusals(data):
        solver = Solver.from_bytes(data)
        assert Solver.from_bytes(solver.to_bytes()).to_bytes() == solver.to_bytes()
        history_csv(solver.history)
        to_query(solver.experiment)
        if solver.report is not None:
            list(in_words.report_lines(solver.report))
        _answered(solver)


def _answered(solver: Solver) -> None:
    """What a solver may be asked."""
    example = solver.experiment.task.example
    data = example.encode()
    with refusals(data):
        answer = solver.solve(example)
        assert 0 <= answer.confidence <= 1
    with refusals(data):
        solver.candidates(example, beam=3)
    with refusals(data):
        look_inside(solver, example)
    with refusals(data):
        game = Game(solver, Quiz(length=2)).answered("1")
        assert game.turns[-1].truth
        game.to_csv()
    with refusals(data):
        evaluation.evaluate(solver, 5).to_dict()
    with refusals(data):
        keras_script(solver.experiment)


def _good(experiment: Experiment, epochs: int = 2) -> bytes:
    solver = random_solver(experiment, scale=0.3)
    line = "{0},1.5,0.5,1.4,0.5,0.4,0.25,,0.75,{1},0.5 1.0\n"
    rows = "".join(line.format(epoch, 20 * epoch) for epoch in range(1, epochs + 1))
    content = dataclasses.replace(solver, report=evaluation.evaluate(solver, 20)).to_bytes()
    return zips.with_member(content, "history.csv", lambda header: header + rows.encode())


_RULE = Experiment(task=Rule((("![x](//a.io)", "<b>"), ("`$x$", ":red[a]"), ("www.a.io", "猫"))))
_SMALL_RULE = _RULE.replaced({"network.encoder_units": 4, "network.decoder_units": 4})
_LOOKING = TINY_FAST.replaced({"network.attention": "additive", "network.feedback": True})
_COLUMNS = preset("binary").replaced({"network.units": 3})
_TRANSFORMER = Experiment(network=Transformer(width=4, heads=2, layers=1, feedforward=4))
_WIDE = Experiment(network=Transformer(width=512, heads=8, layers=4, feedforward=2048))


def _with_report(**values: object) -> bytes:
    return zips.with_json(_good(TINY_TEXT), "report.json", **values)


SEEDS: dict[str, zips.Recipe] = {
    **zips.hostile(_good(TINY_TEXT), DESCRIBED),
    "scaled": lambda: _good(TINY_SCALED),
    "scaled-largest": lambda: zips.with_arrays(_good(TINY_SCALED), zips.filled(3e38)),
    "looking": lambda: _good(_LOOKING),
    "looking-largest": lambda: zips.with_arrays(_good(_LOOKING), zips.filled(3e38)),
    "columns": lambda: _good(_COLUMNS),
    "columns-largest": lambda: zips.with_arrays(_good(_COLUMNS), zips.filled(-3e38)),
    "transformer": lambda: _good(_TRANSFORMER),
    "transformer-largest": lambda: zips.with_arrays(_good(_TRANSFORMER), zips.filled(3e38)),
    "carry": lambda: _good(preset("smallest")),
    "carry-largest": lambda: zips.with_arrays(_good(preset("smallest")), zips.filled(3e38)),
    "rule": lambda: _good(_SMALL_RULE),
    "report-text": lambda: _with_report(exact_match="<img src=x>"),
    "report-null": lambda: _with_report(exact_match=None, questions=None),
    "report-nan": lambda: _with_report(exact_match=float("nan"), rmse=float("nan")),
    "report-infinite": lambda: _with_report(rmse=float("inf"), mean_absolute_error=float("-inf")),
    "report-large": lambda: _with_report(questions=10**400, exact_match=10**400),
    "report-nobody": lambda: _with_report(by_length=[{"kind": 1, "asked": 0, "right": 0}]),
    "report-kinds": lambda: _with_report(by_length=[{"kind": ["x"], "asked": 1, "right": 1}]),
    "report-interval": lambda: _with_report(exact_match_interval=[]),
    "report-split": lambda: _with_report(split="{split}\n"),
    "report-more": lambda: _with_report(**{"x" * 3_000: 1}),
    "report-list": lambda: zips.with_member(_good(TINY_TEXT), "report.json", lambda _: b"[]"),
    "report-nested": lambda: zips.with_member(_good(TINY_TEXT), "report.json", lambda _: b"[" * 5_000),
}

BOMBS: dict[str, zips.Recipe] = {
    **zips.bombs(_good(TINY_TEXT), DESCRIBED),
    "long-report": lambda: zips.with_member(_good(TINY_TEXT), "report.json", lambda _: b" " * 100_000_000),
    "many-tallies": lambda: _with_report(by_length=[{"kind": 1, "asked": 1, "right": 1}] * 300_000),
    "directory-of-arrays": lambda: _wide({"weights.npz": zips.directory(1_000_000)}),
    "wide-zeros": lambda: _wide(
        {
            "weights.safetensors": arrays_to_bytes(
                {name: np.zeros(shape, np.float32) for name, shape in _WIDE.weight_shapes.items()}
            )
        }
    ),
}


def _wide(arrays: dict[str, bytes]) -> bytes:
    """A solver whose network would be large, with other bytes for its weights."""
    described = json.dumps({"format_version": FORMAT_VERSION, "experiment": _WIDE.to_dict()}).encode()
    return zips.zipped([(DESCRIBED, described), *arrays.items(), ("history.csv", b""), ("report.json", b"null")])


mutated = zip_mutated(["format_version", "experiment", "task", "encoding", "network", "training", "largest", "pairs"])
