"""The panels under the playground, one after another on the same page."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

import adder
from adder.analysis.question_csv import rows_of
from adder.experiment import Experiment
from adder.solvers.cost import answers_in_a_moment
from adder.solvers.solver import Solver
from adder.ui.panels import PANELS, links_and_files, many_questions
from tests.ui.fake_runs import FakeRuns, click, drawn, opened, staged, texts, uploader


def panel(page: AppTest, name: str) -> AppTest:
    return click(page, f"panel {name}")


@pytest.mark.parametrize("preset", ["seq2seq", "mapping-mlp"])
def test_every_panel_opens_and_stands_in_the_address(runs: FakeRuns, preset: str) -> None:
    page = opened("playground", preset=preset)
    for name in PANELS:
        page = panel(page, name)
        assert page.query_params["panel"] == name
    assert "panel" not in click(page, "Close").query_params


def test_questions_are_answered_in_rows_and_side_by_side(runs: FakeRuns) -> None:
    page = opened("playground", panel="batch")
    page.session_state["stage epoch"] = 30
    drawn(page.text_area[0].set_value("3+10\n3+\n7+8,16").run())
    assert "**2 of 2** answered right." in texts(page)
    rows = page.dataframe[0].value
    assert rows["Predicted"].tolist() == ["13", "", "15"]
    notes = page.table[0].value
    assert notes["Line"].tolist() == [2, 3]
    assert notes["Note"].tolist() == [
        '"3+" ends with an operator; write a number after it.',
        "7+8 is 15; the file says 16.",
    ]
    shown = texts(panel(page, "compare"))
    assert shown.count("3 + 10 = ") == 2, "what the network on the stage is asked, of both"


def test_runs_are_kept_side_by_side_and_stand_on_the_board(runs: FakeRuns) -> None:
    page = opened("playground", panel="board")
    assert "No run of this task was finished" in texts(page)
    page = click(page, "Train")
    runs.show("done", 3)
    page = drawn(page.run())
    rows = page.dataframe[0].value
    assert rows["Weights"].tolist() == [adder.preset("seq2seq").weights]
    assert rows["Samples"].tolist() == [3_000]
    page = panel(page, "runs")
    assert len(page.table[-1].value) == 1
    assert [button.label for button in page.get("download_button")] == ["Take it home"]
    page = click(page, "New seed")
    assert page.query_params["runs"] == "run1"
    assert "run" not in page.query_params
    page = click(page, "Open")
    assert page.query_params["run"] == "run1"
    click(page, "Remove from this list")
    assert "No run of this task was finished" in texts(opened("playground", panel="board", preset="two-digits"))


def test_a_run_that_is_gone_meanwhile_is_told_and_not_opened(runs: FakeRuns) -> None:
    page = click(opened("playground", panel="runs"), "Train")
    runs.show("done", 3)
    page = drawn(page.run())
    runs.experiments.clear()
    page = click(page, "Open")
    assert "is not on the server any more" in page.toast[0].value


FILES = ["Solver (.adder)", "History (CSV)", "Report (JSON)", "Model card (.md)"]


def test_what_a_network_knows_is_taken_home_and_brought_back(
    runs: FakeRuns, text_solver: Solver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADDER_URL", "https://adder.school.example")
    page = opened("playground", preset="two-digits", hide="seed")
    assert [button.label for button in page.get("download_button")] == ["Take it home"]
    page = panel(page, "files")
    names = [button.label for button in page.get("download_button")]
    assert names == ["Take it home", *FILES, "Keras script (.py)"], "here alone, for want of room on the stage"
    page = click(page, "Prepare the Keras model (.keras)")
    assert "Preparing the Keras model …" in [button.label for button in page.button]
    page = drawn(page.run())
    assert [button.label for button in page.get("download_button")][-1] == "Keras model (.keras)"
    page = drawn(page.multiselect(key="link hides").set_value(["train", "opponent"]).run())
    assert page.code[0].value == "https://adder.school.example/?preset=two-digits&hide=train%2Copponent"

    file = uploader(page, "A solver's file (.adder)")
    drawn(file.upload("torn.adder", text_solver.to_bytes()[:-100]).run())
    assert "This is not a solver's file: " in texts(page)
    page = opened("playground", panel="files")
    drawn(uploader(page, "A solver's file (.adder)").upload("tiny.adder", text_solver.to_bytes()).run())
    page = click(page, "Ask it")
    assert "Answered by the solver that you uploaded." in texts(page)
    assert staged(page)["key"].startswith("lent/")


def test_panels_show_the_network_of_the_epoch_on_the_stage_and_files_are_of_the_newest(runs: FakeRuns) -> None:
    page = opened("playground", panel="batch")
    assert "Here it is as it was after epoch 0." in texts(page)
    assert "**0 of 1** answered right." in texts(page)
    assert "epoch 0" not in texts(panel(page, "files"))
    page.session_state["stage epoch"] = 30
    assert "**1 of 1** answered right." in texts(panel(page, "batch"))


@pytest.mark.parametrize("name", ["inside", "errors", "batch"])
def test_the_network_of_a_panel_can_be_taken_home(name: str, runs: FakeRuns) -> None:
    page = opened("playground", panel=name, preset="smallest")
    assert "Take it home" in [button.label for button in page.get("download_button")]
    page = opened("playground", panel=name, preset="smallest", hide="files")
    assert "Take it home" not in [button.label for button in page.get("download_button")]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (adder.ExperimentError("network", "one with a script", "none"), "must be one with a script"),
        (KeyError("carry-cell"), "could not be made; the server's log says why."),
    ],
)
def test_a_file_that_cannot_be_made_leaves_a_sentence_in_its_place(
    runs: FakeRuns, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    def fail(_: object) -> None:
        raise error

    monkeypatch.setattr(links_and_files, "keras_script", fail)
    page = opened("playground", panel="files", preset="two-digits")
    assert said in texts(page)
    names = [button.label for button in page.get("download_button")]
    assert names == ["Take it home", *FILES]
    monkeypatch.setattr(runs, "keras_file", fail)
    page = click(page, "Prepare the Keras model (.keras)")
    assert said in page.error[0].value
    assert "Prepare the Keras model (.keras)" in [button.label for button in drawn(page.run()).button]


def test_what_a_page_answers_at_once_is_bounded() -> None:
    most = many_questions.MOST_ROWS
    assert len(many_questions.first(rows_of("1+1\n" * 5_000))) == most
    assert len(many_questions.first(rows_of(f"{'9' * 999}+1\n" * 100))) == many_questions.MOST_CHARACTERS // 1_001
    assert len(many_questions.first(rows_of("9" * 60_000))) == 1
    heavy = Experiment().replaced({"task.largest": 10**160, "network.encoder_units": 256, "network.decoder_units": 256})
    assert 50 < answers_in_a_moment(heavy, most) < 200
    assert answers_in_a_moment(Experiment(), most) == most
