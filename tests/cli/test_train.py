from __future__ import annotations

import itertools
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from adder import Checkpoint, EpochEvent, Solver, Trainer, cli
from adder.solvers.snapshots import Snapshots, packed
from tests.cli.commands import TINY, lines, objects, refusal, status

pytestmark = pytest.mark.usefixtures("uncompiled")


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


def _refused_file(tmp_path: Path, capsys: pytest.CaptureFixture[str], solver: str, content: str) -> str:
    path = tmp_path / "questions.csv"
    path.write_text(content)
    return refusal(capsys, "evaluate", solver, "--questions", str(path))


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


def test_a_person_may_say_whether_the_first_row_is_a_heading(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = tmp_path / "words.csv"
    words.write_text("english,german\ncat,Katze\ndog,Hund\n")
    script = ("script", "seq2seq", "--rule", str(words))
    assert "english" not in "\n".join(lines(capsys, *script, "--heading", "yes"))
    assert "english" in "\n".join(lines(capsys, *script))
    words.write_text("question,answer\ncat,Katze\n")
    assert '("question", "answer")' in "\n".join(lines(capsys, *script, "--heading", "no"))
    assert "--heading must be given together with --rule" in refusal(capsys, *script[:2], "--heading", "yes")
    asked = ("evaluate", "seq2seq", "--questions", str(words), "--heading", "no")
    words.write_text("3+10,13\n7+8,15\n")
    assert objects(capsys, *asked)[0]["questions"] == 2
    assert objects(capsys, *asked[:-1], "yes")[0]["questions"] == 1


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


def test_a_rule_that_contradicts_itself_is_refused_by_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rule.csv"
    path.write_text("1+1,2\n1+1,3\n")
    assert 'row 2 answers "1+1" with "3"' in refusal(capsys, "train", "seq2seq", "--rule", str(path))


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
