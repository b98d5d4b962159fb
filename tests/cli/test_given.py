from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import pytest

from adder.cli.given import tell
from adder.tasks.draws import DRAWS
from tests.cli.commands import TINY, refusal


def test_what_is_no_number_is_null_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    options = argparse.Namespace(json=True)
    tell(options, {"loss": math.inf, "shares": (0.5, math.nan), "of": [{"n": -math.inf}]}, None)
    assert json.loads(capsys.readouterr().out) == {"loss": None, "shares": [0.5, None], "of": [{"n": None}]}


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


BAD_INPUT: dict[str, tuple[list[str], str]] = {
    "unknown preset to train": (["train", "nonsense"], "preset must be one of seq2seq, "),
    "unknown solver": (["ask", "nonsense", "3+10"], "the solver must be a file that exists or one of seq2seq, "),
    "long solver name": (["ask", "x" * 5_000, "3+10"], "the solver must be"),
    "a folder as solver": (["ask", ".", "3+10"], "cannot read .: Is a directory"),
    "not a solver": (["ask", __file__, "3+10"], "is not a solver"),
    "bad question": (["ask", "seq2seq", "3+"], '"3+" ends with an operator'),
    "bad second question": (["ask", "seq2seq", "3+10", "abc"], '"abc" has "a" in it'),
    "negative number": (["ask", "seq2seq", "-3+5"], "minus sign"),
    "a page on a full disk": (["page", "smallest", "--out", "/dev/full"], "--out must be a file that can be written"),
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
    "settings of no experiment": (
        ["settings", "--set", "task.largest=5"],
        "FILE|PRESET must be given with --set, --rule or --seed, which change it",
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
        "test_given.py is not a checkpoint: it is not a whole zip file",
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
    for folder in (str(tmp_path), ""):
        said = refusal(capsys, "train", "mapping-mlp", "--set", "training.epochs=1", "--out", folder)
        assert "--out must be the name of a file in a folder that exists" in said


@pytest.mark.parametrize("case", ["unknown preset to train", "bad question", "no questions"])
def test_bad_input_is_refused_alike_with_json(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, sentence = BAD_INPUT[case]
    assert sentence in refusal(capsys, *arguments, "--json")
