from __future__ import annotations

import dataclasses
import io
import json
from typing import Any

import pandas as pd
import pytest

from adder import Experiment, ExperimentError, Rule, Seq2Seq, Trainer, TrainingError, evaluate, preset, sweep
from adder.runs import sweeps
from adder.runs.run import RunView
from adder.runs.sweeps import MOST_RUNS, differing, experiments_from_json
from tests.experiments import DIVERGING, TINY_LINEAR, TINY_TEXT

FIGURES = ["split", "exact_match", "character_accuracy", "unpadded_accuracy", "rmse", "mean_absolute_error"]
SEEDS = [TINY_LINEAR.replaced({"seed": seed}) for seed in (1, 2, 1)]


class Workshop:
    """Stands in for the run service: trains at once, in this process, what is submitted."""

    made: Workshop

    def __init__(self, *, workers: int | None = None, warm_up: bool = True, background: bool = False) -> None:
        Workshop.made = self
        self.workers, self.warm_up, self.background, self.closed = workers, warm_up, background, False
        self.views: dict[str, RunView] = {}

    def submit(self, experiment: Experiment) -> str:
        trainer, status, message, report = Trainer(experiment), "done", "", None
        events = []
        try:
            events = [dataclasses.replace(event, solver=None) for event in trainer.run()]
            report = evaluate(trainer.solver())
        except TrainingError as error:
            status, message = "failed", str(error)
        run = f"run {len(self.views)}"
        self.views[run] = RunView(run, experiment, status, events=tuple(events), message=message, report=report)
        return run

    def view(self, run: str) -> RunView:
        return self.views[run]

    def close(self) -> None:
        self.closed = True


@pytest.fixture(autouse=True)
def workshop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "RunService", Workshop)
    monkeypatch.setattr(sweeps, "_LOOK_SECONDS", 0)


def test_a_sweep_is_a_row_an_experiment_in_the_order_given() -> None:
    frame = sweep(SEEDS, workers=2)
    assert frame["seed"].tolist() == [1, 2, 1]
    assert frame["experiment"].tolist() == [experiment.digest for experiment in SEEDS]
    assert frame["status"].tolist() == ["done"] * 3
    assert frame["epochs"].tolist() == [3] * 3
    assert frame["samples"].tolist() == [60] * 3
    assert frame["weights"].tolist() == [TINY_LINEAR.weights] * 3
    assert (frame["seconds"] > 0).all()
    made = Workshop.made
    assert (made.workers, made.warm_up, made.background, made.closed) == (2, False, True, True)


def test_equal_experiments_are_trained_once_and_have_equal_rows() -> None:
    told: list[int] = []
    frame = sweep(SEEDS, on_run=lambda done, row: told.append(done))
    assert [view.experiment for view in Workshop.made.views.values()] == SEEDS[:2]
    assert told == [1, 2]
    pd.testing.assert_series_equal(frame.loc[0], frame.loc[2], check_names=False)
    assert frame.loc[0, "rmse"] != frame.loc[1, "rmse"]


@pytest.mark.usefixtures("uncompiled")
def test_a_row_has_every_setting_and_the_figures_of_its_report() -> None:
    frame = sweep([TINY_TEXT, TINY_LINEAR])
    for view, row in zip(Workshop.made.views.values(), frame.to_dict("records"), strict=True):
        for name, value in view.experiment.flat().items():
            shown = ",".join(map(str, value)) if isinstance(value, tuple) else value
            assert row[name] == shown or (value is None and pd.isna(row[name])), name
        report = view.report
        assert report is not None
        assert [row[name] for name in FIGURES] == [getattr(report, name) for name in FIGURES]
        assert (row["exact_match_low"], row["exact_match_high"]) == report.exact_match_interval
        assert row["malformed"] == report.malformed
    assert frame["network.encoder_units"].tolist()[0] == 8
    assert pd.isna(frame["network.encoder_units"].tolist()[1])
    assert frame["network.units"].tolist()[1] == "4,2"


def test_a_run_tells_when_it_had_99_in_a_hundred_right() -> None:
    learning = TINY_LINEAR.replaced(
        {"training.epochs": 60, "training.samples": 100, "training.batch_size": 2, "training.learning_rate": 0.01}
    )
    row = sweep([learning.replaced({"training.target": 0.99})]).loc[0]
    assert row["samples_to_99"] == row["samples"] < 6_000
    assert row["seconds_to_99"] == pytest.approx(row["seconds"])
    never = sweep([TINY_LINEAR]).loc[0]
    assert never["samples_to_99"] is None
    assert never["seconds_to_99"] is None


def test_a_run_that_fails_has_a_row_that_says_why() -> None:
    frame = sweep([DIVERGING, TINY_LINEAR])
    assert frame["status"].tolist() == ["failed", "done"]
    assert "no longer a finite number in epoch 1" in frame.loc[0, "message"]
    assert (frame.loc[0, "epochs"], frame.loc[0, "samples"], frame.loc[0, "seconds"]) == (0, 0, 0)
    assert pd.isna(frame.loc[0, "exact_match"])
    assert not pd.isna(frame.loc[1, "exact_match"])


@pytest.mark.usefixtures("uncompiled")
def test_a_row_survives_json_and_the_frame_csv() -> None:
    rows: list[dict[str, Any]] = []
    pairs = Rule((('a"', "b"), ("c,", "d")))
    rule = Experiment(task=pairs, network=Seq2Seq(encoder_units=2, decoder_units=2), training=TINY_TEXT.training)
    frame = sweep([TINY_LINEAR, rule], on_run=lambda _, row: rows.append(row))
    assert [json.loads(json.dumps(row)) for row in rows] == rows
    table = pd.read_csv(io.StringIO(frame.to_csv(index=False)))
    assert len(table) == 2
    assert TINY_TEXT.replaced({"task.name": "rule", "task.pairs": table.loc[1, "task.pairs"]}).task == pairs


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            ["two-digits"],
            'item 1 of the sweep must be an Experiment, such as adder.preset("two-digits"); received: \'tw',
        ),
        ([TINY_LINEAR, None], "item 2 of the sweep must be an Experiment"),
        ("two-digits", "a sweep must be a list of experiments; received: 'two-digits'"),
        (TINY_LINEAR, "a sweep must be a list of experiments; received: Experiment("),
    ],
)
def test_a_sweep_of_something_else_than_experiments_is_refused_at_once(given: Any, sentence: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        sweep(given)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize("many", [0, MOST_RUNS + 1])
def test_a_sweep_of_nothing_or_of_too_much_is_refused(many: int) -> None:
    with pytest.raises(ExperimentError, match="a sweep must be of 1 to 1,000 experiments; received: "):
        sweep([TINY_LINEAR] * many)


def test_what_is_the_same_in_all_runs_may_be_left_out() -> None:
    frame = sweep([TINY_LINEAR.replaced({"training.learning_rate": rate}) for rate in (0.01, 0.1)])
    different = differing(frame)
    assert [name for name in different.columns if "." in name or name == "seed"] == ["training.learning_rate"]
    assert {"experiment", "weights", "status", "exact_match", "seconds"} <= set(different.columns)
    assert "message" not in different.columns
    assert "message" in differing(sweep([DIVERGING])).columns


def test_a_list_of_values_has_every_one_of_them_tried_with_every_other() -> None:
    text = '[{"preset": "two-digits", "network.encoder_units": [32, 64], "seed": [1, 2, 3]}, {"preset": "binary"}]'
    found = experiments_from_json(text)
    assert len(found) == 7
    assert [(each.network.encoder_units, each.seed) for each in found[:6]] == [  # type: ignore[union-attr]
        (units, seed) for units in (32, 64) for seed in (1, 2, 3)
    ]
    assert found[6] == preset("binary")


def test_presets_may_be_a_list_too_and_are_the_textbooks_by_default() -> None:
    assert experiments_from_json('[{"preset": ["binary", "seq2seq"]}, {}, {"seed": 4}]') == [
        preset("binary"),
        preset("seq2seq"),
        preset("seq2seq"),
        preset("seq2seq").replaced({"seed": 4}),
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "a sweep must be written as JSON ("),
        ("[", "a sweep must be written as JSON ("),
        ("{}", 'a sweep must be a list such as [{"preset": "two-digits", "seed": [1, 2]}]; received: '),
        ("[1]", "a sweep must be a list such as "),
        ('[{}, {"seed": -1}]', "entry 2 of the sweep: seed must be a whole number from 0 to"),
        ('[{"preset": "none"}]', "entry 1 of the sweep: preset must be one of seq2seq, "),
        ('[{"sed": 1}]', "entry 1 of the sweep: a setting must be one of seed"),
        (
            '[{"network.bridge": "state"}]',
            "entry 1 of the sweep: network.bridge=state starts the decoder",
        ),
        ('[{"preset": [["a"]]}]', "entry 1 of the sweep: preset must be one of seq2seq, "),
        ('[{"seed": []}]', "entry 1 of the sweep: seed must be a value, or a list of at least one; received: []"),
        ('[{"preset": []}]', "entry 1 of the sweep: preset must be a value, or a list of at least one; received: []"),
    ],
)
def test_a_sweep_that_cannot_work_is_refused_with_the_entry(text: str, sentence: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        experiments_from_json(text)
    assert str(caught.value).startswith(sentence)
    assert len(str(caught.value).splitlines()) == 1
    assert str(caught.value).count("received: ") <= 1


def test_a_list_for_a_setting_of_several_numbers_is_told_how_to_say_so() -> None:
    with pytest.raises(ExperimentError, match=r'write "6,7" for all of them at once\); received: 6$'):
        experiments_from_json('[{"preset": "mapping-lstm", "network.units": [6, 7]}]')
    both = experiments_from_json('[{"preset": "mapping-lstm", "network.units": ["6,7", [8, 9]]}]')
    assert [each.flat()["network.units"] for each in both] == [(6, 7), (8, 9)]


def test_more_runs_than_a_sweep_may_have_are_never_made() -> None:
    text = json.dumps([{"seed": list(range(2_000)), "training.epochs": list(range(1, 1_000))}])
    with pytest.raises(ExperimentError, match="a sweep must be of 1 to 1,000 experiments"):
        sweep(experiments_from_json(text))
