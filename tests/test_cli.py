from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from adder import (
    PRESETS,
    Checkpoint,
    EpochEvent,
    Experiment,
    Rule,
    Solver,
    Trainer,
    cli,
    evaluate,
    keras_script,
    shipped_solver,
)
from adder.cli import main
from adder.runs import sweeps
from adder.runs.run import RunView
from adder.runs.status import Status
from adder.solvers.snapshots import Snapshots, packed
from adder.tasks.draws import DRAWS
from tests.experiments import adding_solver, random_solver

ROOT = Path(__file__).parent.parent
TINY = [
    "--set", "training.epochs=2", "--set", "training.samples=20", "--set", "network.encoder_units=8",
    "--set", "network.decoder_units=6",
]  # fmt: skip


def status(*arguments: str) -> int:
    try:
        return main(arguments)
    except SystemExit as error:
        return int(error.code or 0)


def lines(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert status(*arguments) == 0
    written = capsys.readouterr()
    assert written.err == ""
    return written.out.splitlines()


def objects(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines(capsys, *arguments, "--json")]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_presets_lists_every_experiment_that_ships(capsys: pytest.CaptureFixture[str]) -> None:
    text = "\n".join(lines(capsys, "presets"))
    assert all(f"{name}: {PRESETS[name].label}" in text for name in PRESETS)


def test_script_writes_a_preset_or_a_saved_solver_as_keras(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text = "\n".join(lines(capsys, "script", "seq2seq", "--set", "task.largest=20", "--seed", "3")) + "\n"
    changed = PRESETS["seq2seq"].experiment.replaced({"task.largest": 20, "seed": 3})
    assert text == keras_script(changed)
    path = tmp_path / "sums.adder"
    adding_solver().save(path)
    (found,) = objects(capsys, "script", str(path))
    assert found == {"script": keras_script(adding_solver().experiment)}


def test_presets_as_json_is_an_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    found = objects(capsys, "presets")
    assert [each["name"] for each in found] == list(PRESETS)
    for each in found:
        assert each["experiment"] == json.loads(PRESETS[each["name"]].experiment.to_json())
        assert each["weights"] == PRESETS[each["name"]].experiment.weights
        assert each["report"]["questions"] == 2_000


def test_ask_answers_each_question_on_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    answers = lines(capsys, "ask", "seq2seq-fast", "12+50", "7+8")
    assert len(answers) == 2
    assert answers[0].startswith("12+50 = 62 (right, ")
    assert answers[1].startswith("7+8 = 15 (right, ")


def test_ask_says_what_a_network_on_numbers_gave_before_rounding(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    adding_solver().save(tmp_path / "it.adder")
    assert lines(capsys, "ask", str(tmp_path / "it.adder"), "12+50") == ["12+50 = 62 (right, before rounding 62.000)"]


def test_ask_as_json_holds_every_characters_probability(capsys: pytest.CaptureFixture[str]) -> None:
    (answer,) = objects(capsys, "ask", "seq2seq-fast", "12 + 50 =")
    assert list(answer) == ["question", "predicted", "expected", "correct", "characters"]
    assert (answer["question"], answer["predicted"], answer["expected"]) == ("12+50", " 62", " 62")
    assert answer["correct"] is True
    assert [character["char"] for character in answer["characters"]] == [" ", "6", "2"]
    assert all(0 < character["probability"] <= 1 for character in answer["characters"])


def test_a_wrong_answer_is_told_with_the_right_one(capsys: pytest.CaptureFixture[str], saved: Path) -> None:
    solver = Solver.load(saved)
    question = next(f"1+{b}" for b in range(1, 11) if not solver.solve(f"1+{b}").correct)
    (line,) = lines(capsys, "ask", str(saved), question)
    assert f"(wrong: it is {1 + int(question[2:])}, " in line


def test_evaluate_reports_what_the_library_does(capsys: pytest.CaptureFixture[str]) -> None:
    (report,) = objects(capsys, "evaluate", "seq2seq-fast", "--n", "300", "--seed", "5")
    expected = evaluate(shipped_solver("seq2seq-fast"), n=300, seed=5).to_dict()
    assert report == json.loads(json.dumps({"solver": "seq2seq-fast", **expected}))


def test_evaluate_in_words_names_the_split_and_the_guess(capsys: pytest.CaptureFixture[str]) -> None:
    text = lines(capsys, "evaluate", "seq2seq-fast", "--n", "100")
    assert text[0].startswith("on 100 held-out questions: exact match ")
    assert text[1].startswith("exact match lies between ")
    assert re.fullmatch(
        r"characters [\d.]+% without padding, mean absolute error [\d.]+, answers that spell no number [\d.]+%", text[2]
    )
    assert text[3].startswith("on as many questions from the side that was trained on: exact match ")
    assert re.fullmatch(
        r"on 100 that people ask first, such as round .*: exact match [\d.]+% \([\d.]+% to [\d.]+%\)", text[4]
    )
    assert "Always writing the commonest characters" in text[5]
    assert [line.partition(":")[0] for line in text[6:]] == [
        "by position from the left",
        "by question length",
        "by carries",
        "by confidence",
    ]


def test_evaluate_asks_longer_numbers_of_a_network_that_reads_any_length(capsys: pytest.CaptureFixture[str]) -> None:
    (report,) = objects(capsys, "evaluate", "columns", "--digits", "40", "--n", "50")
    assert report["split"] == "fresh"
    assert {tally["kind"] for tally in report["by_length"]} == {81}
    assert report["exact_match"] > 0.95


def test_evaluate_draws_as_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    (over_numbers,) = objects(capsys, "evaluate", "five-digits", "--draw", "numbers", "--n", "300")
    (over_lengths,) = objects(capsys, "evaluate", "five-digits", "--draw", "lengths", "--n", "300")
    shortest = [min(tally["kind"] for tally in report["by_length"]) for report in (over_numbers, over_lengths)]
    assert shortest[0] > shortest[1]


def test_evaluate_counts_what_was_trained_on(capsys: pytest.CaptureFixture[str]) -> None:
    (report,) = objects(capsys, "evaluate", "two-digits", "--memorised", "--n", "50")
    memory = report["memory"]
    assert 0.5 * memory["distinct_questions"] < memory["seen"] < 0.91 * memory["distinct_questions"]


def test_ask_shows_the_candidates_of_a_beam(capsys: pytest.CaptureFixture[str]) -> None:
    (answer,) = objects(capsys, "ask", "calculator", "2*(3+4)", "--beam", "3")
    texts = [candidate["text"].strip() for candidate in answer["candidates"]]
    chances = [candidate["probability"] for candidate in answer["candidates"]]
    assert texts[0] == answer["predicted"].strip() == "14"
    assert len(set(texts)) == 3
    assert chances == sorted(chances, reverse=True)
    assert lines(capsys, "ask", "calculator", "2*(3+4)", "--beam", "3")[1].strip().endswith("14")


def test_any_question_may_be_asked_after_two_dashes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    solver, questions = str(tmp_path / "it.adder"), ["-ab", "-(3+4)", "--json", "-h", "--", "--beam"]
    random_solver(Experiment(task=Rule(tuple((each, "1") for each in questions)))).save(solver)
    for asked in (["--", *questions], [*questions[:2], "--", *questions[2:]]):
        answers = map(json.loads, lines(capsys, "ask", "--json", solver, *asked))
        assert [each["question"] for each in answers] == questions


def test_train_learns_a_rule_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule, solver = tmp_path / "rule.csv", tmp_path / "rule.adder"
    rule.write_text("question,answer\nab,ba\nba,ab\naa,aa\n")
    objects(capsys, "train", "seq2seq", "--rule", str(rule), *TINY, "--out", str(solver))
    listed, unlisted = objects(capsys, "ask", str(solver), "ab", "bb")
    assert listed["expected"] == "ba"
    assert unlisted["expected"] is None
    assert "nobody knows" in lines(capsys, "ask", str(solver), "bb")[0]
    assert "row 2: bb is not in the list" in _refused_file(tmp_path, capsys, str(solver), "ab\nbb\n")
    given = tmp_path / "given.csv"
    given.write_text("ab\nbb,bb\n")
    (report,) = objects(capsys, "evaluate", str(solver), "--questions", str(given))
    assert report["questions"] == 2


def test_a_list_that_the_textbook_seldom_learns_names_a_recipe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = tmp_path / "rule.csv"
    rule.write_bytes("罗马;整数\nI;1\nII;2\nIV;4\n".encode("gb18030"))
    assert status("train", "seq2seq", "--rule", str(rule), *TINY) == 0
    heading, hint = capsys.readouterr().err.splitlines()
    assert heading == "the first row is taken for a heading: 罗马,整数"
    changes = hint.partition("this recipe can: ")[2].split()
    assert status("train", "seq2seq", "--rule", str(rule), *changes, *TINY[:4], "--set", "training.batch_size=10") == 0
    assert capsys.readouterr().err == f"{heading}\n"


def test_rows_of_a_rule_that_repeat_others_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule = tmp_path / "rule.csv"
    rule.write_text("ab,ba\nab,ba\nba,ab\n" + "ba,ab\n" * 9)
    assert status("script", "seq2seq", "--rule", str(rule)) == 0
    assert capsys.readouterr().err.splitlines() == [
        "row 2 repeats row 1",
        *(f"row {row} repeats row 3" for row in range(4, 8)),
        "10 rows in all repeat others",
    ]


def test_a_run_goes_on_from_its_checkpoint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept, longer = str(tmp_path / "run.checkpoint"), [*TINY, "--set", "training.epochs=4"]
    first = objects(capsys, "train", "seq2seq", *TINY, "--checkpoint", kept)
    second = objects(capsys, "train", "seq2seq", *longer, "--checkpoint", kept)
    assert [each.get("epoch") for each in first + second] == [1, 2, None, 3, 4, None]
    assert second[-1]["samples"] == 80
    done = lines(capsys, "train", "seq2seq", *longer, "--checkpoint", kept, "--stop", "1")
    assert len(done) == 2
    assert "going on after epoch 4" in done[0]
    assert "training.learning_rate is 0.001, not 0.5" in refusal(
        capsys, "train", "seq2seq", *longer, "--set", "training.learning_rate=0.5", "--checkpoint", kept
    )


def test_a_run_that_is_interrupted_keeps_its_checkpoint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "run.checkpoint"
    run = Trainer.run

    def interrupted(self: Trainer) -> Iterator[EpochEvent]:
        yield next(run(self))
        raise KeyboardInterrupt

    monkeypatch.setattr(Trainer, "run", interrupted)
    assert status("train", "seq2seq", *TINY, "--checkpoint", str(kept)) == 130
    assert capsys.readouterr().err == f"epoch 1 is saved; the same command goes on from {kept}\n"
    assert Checkpoint.load(kept).epoch == 1


def interrupted_after(epochs: int, signals: int = signal.SIGINT) -> Callable[[Trainer], Iterator[EpochEvent]]:
    """`Trainer.run` that somebody ends after so many epochs."""
    run = Trainer.run

    def interrupted(self: Trainer) -> Iterator[EpochEvent]:
        yield from itertools.islice(run(self), epochs)
        os.kill(os.getpid(), signals)
        time.sleep(10)

    return interrupted


@pytest.mark.parametrize(("ended_by", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_what_was_learned_is_saved_when_training_is_interrupted_and_it_can_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ended_by: int, expected: int
) -> None:
    path, whole = tmp_path / "it.adder", tmp_path / "whole.adder"
    command = ["train", "seq2seq", *TINY, "--out", str(path)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "run", interrupted_after(1, ended_by))
        assert status(*command) == expected
    kept = f"{path}.checkpoint"
    said = f"epoch 1 is saved in {path}; the same command with --checkpoint {kept} goes on\n"
    assert capsys.readouterr().err == said
    learned = Solver.load(path)
    assert (len(learned.history), learned.report) == (1, None)
    lines(capsys, *command, "--checkpoint", kept)
    snapshots = tmp_path / "whole.snapshots"
    lines(capsys, "train", "seq2seq", *TINY, "--out", str(whole), "--snapshots", str(snapshots))
    both = [Solver.load(each).weights for each in (path, whole)]
    assert all(np.array_equal(both[0][name], both[1][name]) for name in both[1])
    looked_back_at = Snapshots.load(snapshots)
    assert looked_back_at.epochs == (0, 1, 2)
    assert np.array_equal(looked_back_at.kept[2], packed(both[1]))


@pytest.mark.parametrize(
    ("epochs", "options", "said"),
    [
        (0, ["--out", "it.adder"], "no epoch was over, so nothing is saved\n"),
        (1, [], "epoch 1 was over, but neither --out nor --checkpoint says where to save it\n"),
        (
            1,
            ["--out", "it.adder", "--checkpoint", "run.checkpoint"],
            "epoch 1 is saved in it.adder; the same command goes on from run.checkpoint\n",
        ),
    ],
)
def test_an_interrupted_training_says_in_a_line_what_is_saved(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    epochs: int,
    options: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Trainer, "run", interrupted_after(epochs))
    assert status("train", "seq2seq", *TINY, *options) == 130
    assert capsys.readouterr().err == said
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(each for each in options[1::2] if epochs)


def test_what_was_learned_is_saved_when_its_evaluation_is_interrupted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: Solver) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.adder, "evaluate", interrupted)
    path = tmp_path / "it.adder"
    assert status("train", "seq2seq", *TINY, "--out", str(path)) == 130
    assert capsys.readouterr().err == f"the last epoch is saved in {path}\n"
    assert len(Solver.load(path).history) == 2
    assert list(tmp_path.iterdir()) == [path]


DIVERGES_LATE = [
    "mapping-mlp", "--set", "training.learning_rate=10", "--set", "training.optimizer=sgd", "--set",
    "training.samples=8", "--set", "training.batch_size=8", "--set", "network.units=8",
]  # fmt: skip


def no_number(constant: str) -> None:
    raise ValueError(f"JSON has no {constant}")


def test_a_diverging_run_claims_nothing_and_prints_numbers_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert status("train", *DIVERGES_LATE, "--json") == 2
    written = capsys.readouterr()
    events = [json.loads(line, parse_constant=no_number) for line in written.out.splitlines()]
    assert events[-1]["check_loss"] > 1e38
    said = f"the loss is no longer a finite number in epoch {len(events) + 1}. A smaller training.learning_rate, or a"
    assert written.err == f"{said} training.clip_norm, usually helps\n"
    assert status("train", *DIVERGES_LATE) == 2
    assert max(map(len, capsys.readouterr().out.splitlines())) < 120


def test_a_diverging_run_says_where_its_last_good_epoch_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "it.adder"
    assert status("train", *DIVERGES_LATE, "--out", str(path)) == 2
    kept = len(Solver.load(path).history)
    assert kept > 0
    assert capsys.readouterr().err.endswith(f", usually helps; epoch {kept} is saved in {path}\n")


def test_what_is_no_number_is_null_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    options = argparse.Namespace(json=True)
    cli._tell(options, {"loss": math.inf, "shares": (0.5, math.nan), "of": [{"n": -math.inf}]}, None)
    assert json.loads(capsys.readouterr().out) == {"loss": None, "shares": [0.5, None], "of": [{"n": None}]}


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


def _refused_file(tmp_path: Path, capsys: pytest.CaptureFixture[str], solver: str, content: str) -> str:
    path = tmp_path / "questions.csv"
    path.write_text(content)
    return refusal(capsys, "evaluate", solver, "--questions", str(path))


def test_a_rule_that_contradicts_itself_is_refused_by_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rule.csv"
    path.write_text("1+1,2\n1+1,3\n")
    assert 'row 2 answers "1+1" with "3"' in refusal(capsys, "train", "seq2seq", "--rule", str(path))


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


def test_evaluate_in_words_names_terms_and_operators(capsys: pytest.CaptureFixture[str]) -> None:
    titles = [line.partition(":")[0] for line in lines(capsys, "evaluate", "plus-minus", "--n", "100")]
    assert {"by number of terms", "by operator", "by confidence"} <= set(titles)
    assert "by carries" not in titles


def test_evaluate_in_words_counts_what_was_trained_on(capsys: pytest.CaptureFixture[str]) -> None:
    text = lines(capsys, "evaluate", "two-digits", "--n", "100", "--memorised")
    assert re.fullmatch(r"trained on [\d,]+ of 5,050 distinct questions \([\d.]+%\)", text[-2])
    assert re.fullmatch(r"exact match [\d.]+% on 100 of those it was trained on, [\d.]+% on held-out ones", text[-1])


def test_evaluate_in_words_tells_fresh_questions_that_were_not_seen_apart(capsys: pytest.CaptureFixture[str]) -> None:
    unseen = (
        r"exact match [\d.]+% on 300 of those it was trained on, "
        r"[\d.]+% on (?:1 fresh one|\d+ fresh ones) that it was not trained on"
    )
    assert re.fullmatch(unseen, lines(capsys, "evaluate", "seq2seq-100", "--n", "300", "--memorised")[-1])
    all_seen = "exact match 100.00% on 55 of those it was trained on, none of the fresh ones is one that it was not "
    assert lines(capsys, "evaluate", "seq2seq", "--n", "300", "--memorised")[-1].startswith(all_seen)


def test_the_former_name_of_a_preset_still_works(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys, "ask", "seq2seq-fast", "12+50") == lines(capsys, "ask", "two-digits", "12+50")
    assert "seq2seq-fast" not in PRESETS


def test_evaluate_asks_the_questions_of_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "questions.csv"
    path.write_text("\ufeffquestion,answer\n3+10,13\n\n1+1\n", "utf-8")
    (report,) = objects(capsys, "evaluate", "seq2seq", "--questions", str(path))
    assert (report["questions"], report["split"]) == (2, "given")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "questions.csv: it holds no questions"),
        (b"question,answer\n3+10,14\n", "questions.csv: row 2: 3+10 is 13; the file says 14"),
        (b"\xff\xfe3\x00+\x00", 'questions.csv: row 1: "3+" ends with an operator'),
        (b"\x81\x8d\xff", "questions.csv: it must be text in a known encoding; save it as CSV UTF-8"),
    ],
)
def test_a_bad_file_of_questions_is_refused(
    content: bytes, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "questions.csv"
    path.write_bytes(content)
    assert sentence in refusal(capsys, "evaluate", "seq2seq", "--questions", str(path))


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one sentence on standard error with which bad input is refused."""
    assert status(*arguments) == 2
    written = capsys.readouterr()
    assert written.out == ""
    assert len(written.err.splitlines()) == 1
    return written.err


BAD_INPUT: dict[str, tuple[list[str], str]] = {
    "unknown preset to train": (["train", "nonsense"], "preset must be one of seq2seq, "),
    "unknown solver": (["ask", "nonsense", "3+10"], "the solver must be a file that exists or one of seq2seq, "),
    "long solver name": (["ask", "x" * 5_000, "3+10"], "the solver must be"),
    "a folder as solver": (["ask", ".", "3+10"], "cannot read .: Is a directory"),
    "not a solver": (["ask", __file__, "3+10"], "is not a solver"),
    "bad question": (["ask", "seq2seq", "3+"], '"3+" ends with an operator'),
    "bad second question": (["ask", "seq2seq", "3+10", "abc"], '"abc" has "a" in it'),
    "negative number": (["ask", "seq2seq", "-3+5"], "minus sign"),
    "a minus before a bracket": (["ask", "seq2seq", "-(3+5)"], '"-(3+5)" starts with a minus sign'),
    "two dashes before a number": (["ask", "seq2seq", "--5"], '"--5" starts with a minus sign'),
    "a dash and a word": (["ask", "seq2seq", "-x"], '"-x" starts with a minus sign'),
    "an option as a question": (["ask", "seq2seq", "--", "--json"], '"--json" starts with a minus sign'),
    "two dashes as a question": (["ask", "seq2seq", "--", "3+4", "--"], '"--" starts with a minus sign'),
    "a misspelled option": (["ask", "seq2seq", "--jason", "3+4"], "unrecognized arguments: --jason; see"),
    "empty question": (["ask", "seq2seq", ""], "there is nothing to solve"),
    "long question": (["ask", "seq2seq", "1+" * 5_000], "10,000 characters long"),
    "script of nothing": (["script", "no-such.adder"], "the solver must be a file that exists"),
    "script with a strange setting": (["script", "seq2seq", "--set", "task.largest=many"], "task.largest must be"),
    "setting without value": (["train", "seq2seq", "--set", "task.largest"], "--set must be KEY=VALUE"),
    "thousands of settings": (["script", "seq2seq", *["--set", "seed=1"] * 5_000], "at most 100 settings"),
    "unknown setting": (["train", "seq2seq", "--set", "task.size=5"], "a setting must be one of"),
    "bad setting": (["train", "seq2seq", "--set", "task.largest=0"], "task.largest must be a whole number"),
    "stop after the end": (["train", "seq2seq", "--stop", "31"], "--stop must be a whole number from 1 to 30"),
    "stop nowhere": (["train", "seq2seq", "--stop", "x"], "--stop must be a whole number; received: 'x'"),
    "mismatch": (["train", "seq2seq", "--set", "encoding.name=scaled"], "which seq2seq reads; received: 'scaled'"),
    "negative training seed": (["train", "seq2seq", "--seed", "-1"], "seed must be a whole number from 0"),
    "missing folder": (
        ["train", "seq2seq", *TINY, "--out", "/nowhere/it.adder"],
        "--out must be the name of a file in a folder",
    ),
    "no questions": (["evaluate", "seq2seq", "--n", "0"], "n must be a whole number from 1 to 1,000,000"),
    "words for a number": (["evaluate", "seq2seq", "--n", "many"], "--n must be a whole number; received: 'many'"),
    "endless number": (["evaluate", "seq2seq", "--n", "9" * 5_000], "--n must be a whole number"),
    "missing file": (["evaluate", "seq2seq", "--questions", "/nowhere.csv"], "cannot read /nowhere.csv: No such file"),
    "digits of a network of one length": (
        ["evaluate", "seq2seq", "--digits", "5"],
        "digits must be left out, since this network reads questions of one length only; received: 5",
    ),
    "unknown draw": (["evaluate", "seq2seq", "--draw", "even"], f"draw must be one of {', '.join(DRAWS)}"),
    "a beam with its thousands grouped": (["ask", "seq2seq", "3+10", "--beam", "1,000"], "1 to 100; received: 1000"),
    "endless beam": (["ask", "seq2seq", "3+10", "--beam", "101"], "beam must be a whole number from 1 to 100"),
    "a beam of numbers": (["ask", "mapping-mlp", "3+10", "--beam", "2"], "beam must be for a network that writes char"),
    "missing sweep": (["sweep", "/nowhere.json"], "cannot read /nowhere.json: No such file"),
    "sweep that is no JSON": (["sweep", __file__], "a sweep must be written as JSON"),
    "missing folder of a sweep": (
        ["sweep", "/nowhere.json", "--out", "/nowhere/a.csv"],
        "--out must be the name of a file in a folder that exists; received: '/nowhere/a.csv'",
    ),
    "a checkpoint that is none": (
        ["train", "seq2seq", *TINY, "--checkpoint", __file__],
        "test_cli.py is not a checkpoint: it is not a whole zip file",
    ),
    "digits of a file's questions": (
        ["evaluate", "columns", "--questions", "/nowhere.csv", "--digits", "5"],
        "--digits must be left out with --questions, which are asked as they are; received: '5'",
    ),
    "a seed of a file's questions": (
        ["evaluate", "columns", "--questions", "/nowhere.csv", "--seed", "5"],
        "--seed must be left out with --questions",
    ),
    "a file's questions and as many seen": (
        ["evaluate", "columns", "--questions", "/nowhere.csv", "--n", "5", "--seed", "5", "--memorised"],
        "cannot read /nowhere.csv",
    ),
    "no beam": (["ask", "seq2seq", "3+10", "--beam", "0"], "beam must be a whole number from 1 to 100; received: 0"),
    "parts that do not go together": (
        ["train", "seq2seq", "--set", "network.bridge=state"],
        "network.bridge=state starts the decoder from the encoder's state of 100, so network.decoder_units must be 100",
    ),
    "unknown benchmark": (["bench", "nonsense"], "bench must be"),
    "unknown part": (["bench", "class", "--part", "nonsense"], "--part must be one of shared, seeds"),
    "part of a whole": (["bench", "textbook", "--part", "shared"], "bench must be one that has parts"),
    "no size": (["bench", "class", "--size", "0"], "--size must be"),
    "no verb": ([], "VERB"),
    "unknown verb": (["frobnicate"], "frobnicate"),
    "unknown option": (["presets", "--frobnicate"], "--frobnicate"),
    "no question": (["ask", "seq2seq"], "QUESTION"),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_refused_with_one_sentence_and_status_2(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, sentence = BAD_INPUT[case]
    assert sentence in refusal(capsys, *arguments)


def test_a_folder_to_save_in_is_refused_before_training(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(capsys, "train", "mapping-mlp", "--set", "training.epochs=1", "--out", str(tmp_path))
    assert "--out must be the name of a file in a folder that exists" in said


@pytest.mark.parametrize("case", ["unknown preset to train", "bad question", "no questions"])
def test_bad_input_is_refused_alike_with_json(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, sentence = BAD_INPUT[case]
    assert sentence in refusal(capsys, *arguments, "--json")


def test_train_as_json_tells_each_epoch_and_ends_with_the_figures(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "it.adder"
    events = objects(capsys, "train", "seq2seq", *TINY, "--set", "task.held_out=0.1", "--out", str(path))
    assert [each["event"] for each in events] == ["epoch", "epoch", "done"]
    assert [each["epoch"] for each in events[:2]] == [1, 2]
    assert {"loss", "accuracy", "held_out_exact_match", "seconds", "samples"} <= set(events[0])
    done = events[-1]
    assert {"held_out_exact_match", "character_accuracy", "rmse", "seconds", "samples", "file"} <= set(done)
    assert (done["samples"], done["file"]) == (40, str(path))
    report = Solver.load(path).report
    assert report is not None
    assert (done["held_out_exact_match"], done["character_accuracy"]) == (report.exact_match, report.character_accuracy)
    assert (done["first_questions"], done["first_exact_match"]) == (report.first_questions, report.first_exact_match)
    (answer,) = objects(capsys, "ask", str(path), "3+10")
    assert answer["expected"] == "13"
    (again,) = objects(capsys, "evaluate", str(path))
    assert again["exact_match"] == report.exact_match


def test_what_the_command_line_counts_is_one_or_many(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = ["--set", "training.epochs=1", "--set", "training.samples=1", "--set", "training.batch_size=1"]
    text = lines(capsys, "train", "mapping-mlp", *one, "--out", str(tmp_path / "it.adder"))
    assert ", 1 epoch of 1 question, seed 1;" in text[0]
    assert text[2].startswith("1 sample in ")
    assert "on 1 fresh question: " in lines(capsys, "evaluate", "mapping-mlp", "--n", "1")[0]


def test_train_in_words_stops_after_an_epoch_and_ends_with_a_summary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "it.adder"
    text = lines(capsys, "train", "seq2seq", *TINY, "--seed", "3", "--stop", "1", "--out", str(path))
    assert text[0] == "1,116 weights, 2 epochs of 20 questions, seed 3; starting TensorFlow"
    assert text[1].startswith("epoch    1/2  loss ")
    assert text[2].startswith("20 samples in ")
    assert "on 2,000 fresh questions" in text[2]
    assert text[3:] == [f"saved {path}"]
    assert Solver.load(path).experiment.training.epochs == 2


def test_interrupting_ends_with_status_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> Callable[..., Any]:
        raise KeyboardInterrupt

    monkeypatch.setattr("adder.cli.adder.shipped_solver", interrupt)
    assert main(["ask", "seq2seq", "3+10"]) == 130


def test_the_program_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys, "--version")[0].startswith("adder 0.")


def test_the_module_runs_as_a_program() -> None:
    done = run("-m", "adder", "ask", "seq2seq", "3+")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == '"3+" ends with an operator; write a number after it\n'


def test_all_but_training_loads_no_tensorflow() -> None:
    code = """
import sys
from adder.cli import main
for command in ("ask seq2seq 3+10 --json", "evaluate seq2seq --n 10", "presets", "settings", "script seq2seq"):
    assert main(command.split()) == 0
assert not {"tensorflow", "keras", "streamlit", "distributed"} & set(sys.modules)
"""
    done = run("-c", code)
    assert (done.returncode, done.stderr) == (0, "")
