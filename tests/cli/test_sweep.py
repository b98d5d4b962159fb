from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from adder import Experiment, cli
from adder.runs import sweeps
from adder.runs.run import RunView
from adder.runs.status import Status
from tests.cli.commands import lines, objects, refusal, status


def test_a_sweep_shows_its_table_even_where_it_cannot_be_saved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unwritable(self: pd.DataFrame, *arguments: object, **named: object) -> None:
        raise OSError("Cannot save file into a non-existent directory")

    described = tmp_path / "sweep.json"
    described.write_text('[{"preset": "smallest"}]')
    row = {"experiment": "abc", "message": "", "status": "done", "exact_match": 1.0}
    monkeypatch.setattr(cli.adder, "sweep", lambda experiments, **named: pd.DataFrame([row]))
    monkeypatch.setattr(pd.DataFrame, "to_csv", unwritable)
    assert status("sweep", str(described), "--out", str(tmp_path / "runs.csv")) == 2
    written = capsys.readouterr()
    assert "abc" in written.out
    assert "--out must be a file that can be written (Cannot save file into a non-existent directory)" in written.err


def test_sweep_tells_each_run_and_saves_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def swept(experiments: list[Experiment], *, workers: int | None, on_run: Callable[..., None]) -> pd.DataFrame:
        assert workers == 1
        rows = [{"experiment": each.digest, "seed": each.seed, "message": "", "status": "done"} for each in experiments]
        for done, row in enumerate(rows, start=1):
            on_run(done, {**row, "exact_match": 0.5})
        return pd.DataFrame(rows)

    monkeypatch.setattr(cli.adder, "sweep", swept)
    described, table = tmp_path / "sweep.json", tmp_path / "runs.csv"
    described.write_text(json.dumps([{"preset": "smallest", "training.epochs": 1, "seed": [1, 2]}]))
    runs = objects(capsys, "sweep", str(described), "--workers", "1", "--out", str(table))
    assert [(run["event"], run["seed"], run["status"]) for run in runs] == [("run", 1, "done"), ("run", 2, "done")]
    assert len(table.read_text().splitlines()) == 3
    text = lines(capsys, "sweep", str(described), "--workers", "1")
    assert text[0] == "2 runs; starting the training engine"
    assert text[1].startswith("1/2  ")
    assert text[1].endswith("  done  exact match 50.00%")


def test_an_interrupted_sweep_saves_what_is_over_and_can_be_resumed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    swept: list[int] = []

    def interrupted(experiments: list[Experiment], *, workers: None, on_run: Callable[..., None]) -> pd.DataFrame:
        rows = {}
        for done, each in enumerate(experiments, start=1):
            swept.append(each.seed)
            row = sweeps._row(RunView("run", each, Status.DONE)) | {"exact_match": 0.1 + 0.2, "split": "held_out"}
            rows[each.digest] = row
            on_run(done, row)
            if len(swept) == 2:
                raise KeyboardInterrupt
        return sweeps.table(experiments, rows)

    monkeypatch.setattr(cli.adder, "sweep", interrupted)
    described, table = tmp_path / "sweep.json", tmp_path / "runs.csv"
    described.write_text(json.dumps([{"preset": ["smallest", "mapping-lstm"], "seed": [1, 2]}]))
    command = ["sweep", str(described), "--out", str(table)]
    assert status(*command, "--resume") == 130
    assert capsys.readouterr().err == (
        f"2 of 4 runs finished and saved in {table}, where the others are marked interrupted; the same command with "
        "--resume trains the others\n"
    )
    first = pd.read_csv(table)
    assert first["status"].tolist() == ["done", "done", "interrupted", "interrupted"]
    assert first["exact_match"].tolist()[:2] == [0.1 + 0.2] * 2
    text = lines(capsys, *command, "--resume")
    assert text[0] == "4 runs, 2 of them over already; starting the training engine"
    assert text[1].startswith("3/4  ")
    assert swept == [1, 2, 1, 2]
    second = pd.read_csv(table)
    assert second["status"].tolist() == ["done"] * 4
    pd.testing.assert_frame_equal(second[:2].dropna(axis=1), first[:2].dropna(axis=1))
    assert lines(capsys, *command, "--resume")[0] == "4 runs, 4 of them over already"
    assert len(swept) == 4

    swept.clear()
    assert status("sweep", str(described)) == 130
    assert capsys.readouterr().err == "2 of 4 runs finished; --out FILE.csv would have saved them\n"
    assert "--resume must be given together with --out" in refusal(capsys, "sweep", str(described), "--resume")
    table.write_text("a,b\n1,2\n")
    assert "the table of a sweep must be CSV with the columns" in refusal(capsys, *command, "--resume")


def test_a_sweep_of_nonsense_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "sweep.json"
    path.write_text('[{"preset": "nonsense"}]')
    assert "entry 1 of the sweep: preset must be one of" in refusal(capsys, "sweep", str(path))
    path.write_text("[]")
    assert 'a sweep must be a list such as [{"preset": ' in refusal(capsys, "sweep", str(path))
