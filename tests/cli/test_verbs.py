from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from adder import PRESETS, Experiment, Rule, Solver, evaluate, keras_script, shipped_solver
from adder.cli import main
from tests.cli.commands import lines, objects, run
from tests.experiments import adding_solver, random_solver


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


def test_interrupting_ends_with_status_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> Callable[..., Any]:
        raise KeyboardInterrupt

    monkeypatch.setattr("adder.shipped_solver", interrupt)
    assert main(["ask", "seq2seq", "3+10"]) == 130


def test_products_of_arrays_take_one_thread(capsys: pytest.CaptureFixture[str]) -> None:
    with threadpool_limits(2, user_api="blas"):
        main(["presets"])
        assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} == {1}


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
