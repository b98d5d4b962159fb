"""The playground as a person sees it."""

from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from streamlit.testing.v1 import AppTest

import adder
from adder.analysis.cost_estimate import expected_seconds
from adder.base.settings import settings_of
from adder.runs.registry import RunLoading
from adder.runs.run import RunView
from adder.runs.visitors import Visitor
from adder.ui import moving_part, own_list
from adder.ui.panels import settings
from tests.ui.fake_runs import FakeRuns, click, drawn, staged, texts
from tests.ui.fake_runs import opened as opened_page

APP = str(Path(__file__).parents[3] / "app.py")


def opened(**address: str) -> AppTest:
    return opened_page("playground", **address)


def labels(page: AppTest) -> list[str]:
    """The buttons of the run, and behind them what is in their menu."""
    found = [button.label for button in page.button if not (button.key or "").startswith(("speak", "panel"))]
    return found + [option for menu in page.menu_button if menu.key == "run menu" for option in menu.options]


def stands(page: AppTest, name: str) -> bool:
    return any(name in each.options for each in page.menu_button)


def test_the_first_screen_shows_a_network_that_knows_nothing(runs: FakeRuns) -> None:
    page = drawn(AppTest.from_file(APP, default_timeout=60).run())
    stage = staged(page)
    assert (stage["key"], stage["live"], stage["epoch"], stage["plays"]) == ("shipped/seq2seq", False, 0, 0)
    assert (stage["question"], stage["asks"]) == ("3+10", True)
    assert "ships with adder" in stage["who"]
    assert labels(page) == ["Train", "One epoch", "New seed"]
    assert [button.label for button in page.button if button.proto.type == "primary"] == ["Train"]
    assert not runs.calls


@pytest.mark.parametrize("name", list(adder.PRESETS))
def test_what_is_known_before_training_is_told_of_every_preset(name: str) -> None:
    told = settings.facts(adder.preset(name))
    assert told.startswith(f"**{adder.preset(name).weights:,}** weight")
    assert ("to train, once compiled" in told) == (expected_seconds(adder.preset(name)) >= 20), "shorter is no news"


def test_a_run_whose_network_is_slow_to_answer_says_so(runs: FakeRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adder.ui.stage.story.TWENTY_SECONDS", 0.0)
    page = opened(preset="seq2seq", seed="4")
    assert "slow" not in staged(page)["who"], "another network is shown until it trains"
    assert "so it is asked 1 question after each epoch" in staged(click(page, "Train"))["who"]


def test_training_puts_the_run_into_the_address_where_another_session_finds_it(runs: FakeRuns) -> None:
    page = click(opened(preset="seq2seq", seed="4"), "Train")
    assert runs.experiments == {"run1": adder.preset("seq2seq").replaced({"seed": 4})}
    assert {"preset": "seq2seq", "seed": "4", "run": "run1"}.items() <= page.query_params.items()
    runs.show("running", 3)
    found = opened(preset="seq2seq", seed="4", run="run1")
    assert "Epoch 3 of 30" in texts(found)
    assert (staged(found)["key"], staged(found)["live"]) == ("run/run1", True)


def test_what_was_trained_before_is_played_and_can_be_trained_anew(runs: FakeRuns) -> None:
    runs.show("done", 30)
    page = click(opened(), "Train")
    assert runs.calls == ["submit"]
    assert staged(page)["plays"] == 1
    assert labels(page) == ["Train a new one", "30 more epochs", "Reset", "New seed"]
    page = click(page, "Train a new one")
    assert runs.calls == ["submit", "again"]
    assert staged(page)["plays"] == 2, "of this fake service every run is done at once"


def test_what_was_trained_before_without_anything_to_look_back_at_is_trained_anew(runs: FakeRuns) -> None:
    runs.show("done", 30)
    runs.kept = 1
    page = click(opened(), "Train")
    assert runs.calls == ["submit", "again"]
    assert staged(page)["plays"] == 0


def test_each_state_of_a_run_says_what_it_is_and_offers_at_most_three_buttons(runs: FakeRuns) -> None:
    page = click(opened(training__epochs="31"), "Train")
    runs.show("queued", 0)
    runs.wait = 41.0
    shown = texts(drawn(page.run()))
    assert "Number 2 in the queue. About 41 s to wait." in shown
    assert labels(page) == ["Pause", "Stop", "Reset", "New seed"]
    runs.show("running", 2)
    runs.watchers = 29
    shown = texts(drawn(page.run()))
    assert "Epoch 2 of 31" in shown
    assert "29 watch this run" in shown
    for status, message, sentence, buttons in (
        ("paused", "", "Paused after epoch 2", ["Continue", "One epoch", "Train from the start", "Stop", "Reset"]),
        ("stopped", "", "Stopped after epoch 2", ["Continue", "One epoch", "Train from the start", "Reset"]),
        ("failed", "the loss is not finite", "The loss is not finite.", ["Continue", "One epoch"]),
        ("done", "", "Reached its target after epoch 2", ["Train a new one", "31 more epochs", "Reset", "New seed"]),
    ):
        runs.show(status, 2, message)
        assert sentence in texts(drawn(page.run()))
        assert labels(page)[: len(buttons)] == buttons
        assert len([each for each in page.button if not (each.key or "").startswith(("speak", "panel"))]) <= 2
        assert "The best epoch" not in texts(page)


def test_a_run_that_fails_in_its_first_epoch_says_so(runs: FakeRuns) -> None:
    page = click(opened(), "Train")
    runs.show("failed", 0, "the loss is no longer a finite number in epoch 1")
    assert "The loss is no longer a finite number in epoch 1." in texts(drawn(page.run()))


def test_a_loss_of_any_size_is_a_few_characters(runs: FakeRuns) -> None:
    shipped = adder.shipped_solver("mapping-mlp")
    history = tuple(dataclasses.replace(epoch, loss=1e200, check_loss=float("inf")) for epoch in shipped.history)
    runs.trained = dataclasses.replace(shipped, history=history)
    page = click(opened(preset="mapping-mlp", panel="curves"), "Train")
    runs.show("failed", 2, "the loss is no longer a finite number in epoch 3")
    page = drawn(page.run())
    assert [(metric.value, metric.delta) for metric in page.metric if metric.label == "Loss"] == [
        ("inf", "training 1e+200")
    ]
    assert click(page, "panel runs").table[-1].value["Loss"].tolist() == ["inf"]


def test_beside_the_curves_a_late_dip_is_explained_once_the_run_is_over(runs: FakeRuns) -> None:
    shipped = adder.shipped_solver("seq2seq")
    shares = zip(shipped.history, (0.2, 0.9, 0.7), strict=False)
    history = tuple(dataclasses.replace(epoch, exact_match=share) for epoch, share in shares)
    runs.trained = dataclasses.replace(shipped, history=history)
    page = click(opened(panel="curves"), "Train")
    runs.show("paused", 3)
    assert "The best epoch" not in texts(page.run())
    runs.show("done", 3)
    assert "The best epoch was 2, with 90% of whole answers right" in texts(page.run())


def test_every_button_reaches_the_run(runs: FakeRuns) -> None:
    page = click(opened(seed="6"), "One epoch")
    page = click(page, "Pause")
    runs.show("paused", 1)
    page = click(page.run(), "One epoch")
    page = click(page, "Continue")
    runs.show("running", 2)
    page = click(page.run(), "Stop")
    runs.show("done", 3)
    page = click(page.run(), "30 more epochs")
    assert page.query_params["training.epochs"] == "60"
    assert page.query_params["run"] == "run1"
    page = click(page, "Train a new one")
    assert runs.calls == ["submit 1", "pause", "resume None 1", "resume", "stop", "resume 60 None", "again"]
    page = click(page, "Reset")
    assert "run" not in page.query_params
    assert page.query_params["seed"] == "6"
    assert labels(page) == ["Train", "One epoch", "New seed"]


@pytest.mark.parametrize(("button", "call"), [("Continue", "resume"), ("One epoch", "resume None 1"), ("Stop", "stop")])
def test_a_press_holds_until_its_run_was_read_from_the_disk(
    runs: FakeRuns, monkeypatch: pytest.MonkeyPatch, button: str, call: str
) -> None:
    page = click(opened(), "Train")
    runs.show("paused", 2)
    page = drawn(page.run())
    reads = iter([True, True])

    def read_first(method: Any, *given: Any, **named: Any) -> str:
        if next(reads, False):
            raise RunLoading("this run is being read from the server's disk; please try again in a moment")
        found: str = method(*given, **named)
        return found

    for name in ("resume", "stop"):
        monkeypatch.setattr(runs, name, functools.partial(read_first, getattr(runs, name)))
    page = click(page, button)
    assert runs.calls == ["submit"]
    for _ in range(2):
        page = drawn(page.run())
        assert runs.calls == ["submit", call]
        assert not page.toast


def test_a_press_for_a_run_that_is_left_or_cannot_be_read_is_given_up(
    runs: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = click(opened(), "Train")
    runs.show("stopped", 2)
    page, resume = drawn(page.run()), runs.resume

    def unread(*_: Any, **__: Any) -> str:
        raise RunLoading("this run is being read from the server's disk; please try again in a moment")

    monkeypatch.setattr(runs, "resume", unread)
    page = click(page, "Continue")
    with monkeypatch.context() as later:
        later.setattr("adder.ui.run_buttons.time", Mock(monotonic=lambda: time.monotonic() + 31))
        page = drawn(page.run())
        assert ["being read" in toast.value for toast in page.toast] == [True]
    page = click(click(page, "Continue"), "Train from the start")
    monkeypatch.setattr(runs, "resume", resume)
    drawn(page.run())
    assert runs.calls == ["submit", "again"]


def test_a_session_tells_which_runs_it_has_before_it(runs: FakeRuns) -> None:
    page = drawn(AppTest.from_file(APP, default_timeout=60).run())
    assert runs.held == set()
    first = click(page, "Train").query_params["run"]
    runs.show("done", 30)
    second = click(drawn(page.run()), "Train a new one").query_params["run"]
    assert runs.held == {first, second}, "those that it can compare too"
    runs.show("running", 3)
    click(drawn(page.run()), "Reset")
    assert runs.held == {first, second}


@pytest.mark.parametrize("button", ["Pause", "Stop"])
def test_who_leaves_a_shared_run_is_told_of_the_copy_that_they_have(runs: FakeRuns, button: str) -> None:
    page = click(opened(), "Train")
    runs.copy = "a-copy"
    page = click(page, button)
    assert page.query_params["run"] == "a-copy"
    assert "runs" not in page.query_params
    assert [
        "That run is not yours alone, so it goes on. This is your own copy" in toast.value for toast in page.toast
    ] == [True]
    runs.alone = False
    page = click(page, "Reset")
    assert runs.calls[-1] == "leave a-copy"
    assert [toast.value for toast in page.toast] == ["That run is not yours alone, so it goes on for the others."]
    assert "Train" in labels(page)


def test_what_an_address_gets_wrong_is_explained(runs: FakeRuns) -> None:
    page = opened(preset="seq2seq", run="gone")
    assert "This run is not on the server any more; press Train to run its experiment again." in texts(page)
    assert "run" not in page.query_params
    page = opened(preset="seq2seq", task__largest="0")
    assert "task.largest must be a whole number from 1 to" in texts(page)
    assert "Train" in labels(page)


GONE = "This run is not on the server any more; press Train to run its experiment again."


def test_a_lost_run_is_told_of_until_another_is_chosen_whichever_part_of_the_page_misses_it_first(
    runs: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, first = runs.view, iter([True])

    def looked_for(run: str) -> RunView:
        if run == "gone" and next(first, False):
            raise RunLoading("the server is still looking for this run")
        return view(run)

    monkeypatch.setattr(runs, "view", looked_for)
    page = opened(preset="seq2seq", run="gone")
    for _ in range(2):
        assert GONE in texts(drawn(page.run()))
    assert GONE not in texts(click(page, "Train"))


def test_an_address_of_nothing_but_a_lost_run_says_what_to_do(runs: FakeRuns) -> None:
    shown = texts(opened(run="gone"))
    assert "The run of this address is not on the server any more" in shown
    assert "Choose one, and press Train." in shown
    assert GONE not in shown


def test_a_run_without_its_files_says_so_and_can_only_be_trained_anew(
    runs: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = click(opened(), "Train")
    view = runs.view
    monkeypatch.setattr(runs, "view", lambda run: dataclasses.replace(view(run), lost=True))
    for status, button in (("done", "Train a new one"), ("paused", "Train from the start")):
        runs.show(status, 0, "What this run has learned is lost: its files are gone; train it again to learn it anew")
        page = drawn(page.run())
        assert "its files are gone; train it again to learn it anew." in texts(page)
        assert "after epoch 0" not in texts(page)
        assert labels(page)[0] == button
        assert "Continue" not in labels(page)


@pytest.mark.parametrize("panel", ["", "runs"])
def test_a_run_at_rest_is_looked_at_since_somebody_else_may_go_on_with_it(
    panel: str, runs: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[float] = []
    alone = moving_part.alone

    def noted(draw: Callable[[], None], seconds: float | None = None) -> None:
        found.extend([seconds] if seconds else [])
        alone(draw, seconds)

    monkeypatch.setattr(moving_part, "alone", noted)
    run = runs.submit(adder.preset("seq2seq"), asker=Visitor("somebody"))
    for status, looks in {"paused": True, "stopped": True, "failed": True, "done": False}.items():
        found.clear()
        runs.show(status, 3)
        opened(preset="seq2seq", run=run, **{"panel": panel} if panel else {})
        assert len(found) == (1 + bool(panel)) * looks, status


def test_a_run_that_is_found_while_the_page_is_drawn_is_shown_by_itself(
    runs: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runs.submit(adder.preset("seq2seq"), asker=Visitor("somebody"))
    runs.show("paused", 3)
    view, first = runs.view, iter([True])

    def known_to_the_second(run: str) -> RunView:
        if next(first, False):
            raise RunLoading("the server is still looking for this run")
        return view(run)

    unknown = iter([True])
    monkeypatch.setattr(runs, "view", known_to_the_second)
    monkeypatch.setattr(runs, "unknown", lambda _: next(unknown, False))
    page = opened(preset="seq2seq", run=run)
    assert "Paused after epoch 3 of 30." in texts(page)
    assert "Continue" in labels(page)


def test_keys_that_were_added_to_a_link_on_its_way_are_ignored(runs: FakeRuns) -> None:
    page = opened(preset="two-digits", seed="4", utm_source="mail", fbclid="IwAR0", step="3")
    assert not page.warning
    assert page.query_params == {"preset": "two-digits", "seed": "4"}
    assert "task.size" in opened(task__size="4").warning[0].value


@pytest.mark.parametrize("language", ["zh-CN", "ZH", "zh_Hans"])
def test_a_language_may_be_asked_for_by_any_of_its_tags(language: str, runs: FakeRuns) -> None:
    page = opened(lang=language)
    assert page.query_params["lang"] == "zh"
    assert "English" in [button.label for button in page.button]


def test_a_bare_plus_in_the_address_is_a_plus(runs: FakeRuns) -> None:
    page = opened(preset="seq2seq", task__operators=" -")  # Streamlit reads `+-` this way.
    assert page.query_params["task.operators"] == "+-"


def test_another_experiment_is_chosen_and_stands_in_the_address(runs: FakeRuns) -> None:
    runs.store_trouble = "Runs cannot be kept on disk"
    page = opened()
    assert "Runs cannot be kept on disk" in texts(page)
    page = click(page, "New seed")
    assert page.query_params["seed"] == "2"
    assert "Not your settings yet" in staged(page)["who"]
    page = drawn(page.selectbox[0].set_value("two-digits").run())
    assert page.query_params["preset"] == "two-digits"
    assert staged(page)["key"] == "shipped/two-digits"
    page = click(page, "简体中文")
    assert page.query_params["lang"] == "zh"
    assert "English" in [button.label for button in page.button]


def with_settings(**address: str) -> AppTest:
    return opened(panel="more", **address)


def widget(page: AppTest, label: str) -> Any:
    kinds = (page.number_input, page.selectbox, page.toggle, page.text_input)
    return next(each for kind in kinds for each in kind if each.label == label)


def test_settings_change_the_experiment_and_its_address(runs: FakeRuns) -> None:
    page = with_settings()
    for label, value, setting, written in (
        ("Epochs", 12, "training.epochs", "12"),
        ("Stop at exact match", 0.99, "training.target", "0.99"),
        ("Stop at exact match", "none", "training.target", None),
        ("Held out (%)", 20, "task.held_out", "0.2"),
        ("Reads both ways", True, "network.bidirectional", "true"),
        ("Learning rate", "0.003", "training.learning_rate", "0.003"),
    ):
        drawn(widget(page, label).set_value(value).run())
        assert page.query_params.get(setting) == written


def test_a_change_that_cannot_work_yet_is_explained_and_waits_for_its_other_half(runs: FakeRuns) -> None:
    page = with_settings()
    widget(page, "Batch size").set_value(7).run()
    click(page, "Undo")
    assert widget(page, "Batch size").value == 10
    assert "Nothing was changed yet" not in texts(page)
    widget(page, "Batch size").set_value(7).run()
    assert "“Batch size” must be a divisor of training.samples (1,000)." in texts(page)
    assert "training.batch_size" not in page.query_params
    assert widget(page, "Batch size").value == 7
    widget(page, "Questions an epoch").set_value(700).run()
    assert page.query_params["training.batch_size"] == "7"
    assert page.query_params["training.samples"] == "700"
    assert "Nothing was changed yet" not in texts(page)


def test_choosing_a_network_brings_an_encoding_that_it_reads_and_only_its_own_settings(runs: FakeRuns) -> None:
    page = with_settings()
    own = {name: {each.label for each in settings_of(kind).values()} for name, kind in adder.NETWORKS.items()}
    for name in adder.NETWORKS:
        drawn(widget(page, "Network").set_value(name).run())
        assert "Nothing was changed yet" not in texts(page)
        assert widget(page, "Network").value == name
        kinds = (page.number_input, page.selectbox, page.toggle, page.text_input)
        shown = {each.label for kind in kinds for each in kind}
        assert shown & set().union(*own.values()) == own[name]


def test_what_a_teachers_link_hides_is_not_there_and_stays_in_the_address(runs: FakeRuns) -> None:
    page = opened(hide="train, seed,preset,more,board, language")
    assert labels(page) == []
    assert staged(page)["asks"]
    assert not page.selectbox
    assert page.query_params["hide"] == "board,language,more,preset,seed,train"
    assert stands(page, "Links and files")
    assert not stands(page, "Board")
    assert not {"panel more", "speak zh"} & {button.key for button in page.button}
    assert not staged(opened(hide="ask"))["asks"]


def test_a_task_is_chosen_as_any_part_is_and_refused_in_words_where_another_part_cannot_take_it(runs: FakeRuns) -> None:
    page = with_settings(preset="seq2seq")
    assert "Your own list of 3 questions" in texts(drawn(widget(page, "Task").set_value("rule").run()))
    assert page.query_params["task.name"] == "rule"
    page = with_settings(preset="two-digits")
    drawn(widget(page, "Task").set_value("rule").run())
    assert "no numbers to align" in page.error[0].value
    assert "task.name" not in page.query_params


def test_lists_of_ones_own_become_tasks_and_bad_ones_are_explained(runs: FakeRuns) -> None:
    page = with_settings()

    def upload(content: bytes) -> str:
        drawn(page.file_uploader[0].upload("words.csv", content).run())
        return texts(page)

    assert 'Row 2 answers "ab" with "bb"' in upload(b"ab,ba\nab,bb\n")
    assert "task.name" not in page.query_params
    shown = upload(b"question,answer\nab,ba\nba,ab\nab,ba\n")
    assert page.query_params["task.name"] == "rule"
    assert "Your own list of 2 questions" in shown
    assert "Row 4 repeats row 2; it is taken once." in shown
    assert "Heading: question, answer." in shown
    assert "Different questions: 2, held out: 0. Characters: 2 and the blank (a b)." in shown
    assert page.dataframe[0].value.values.tolist() == [[2, "ab", "ba"], [3, "ba", "ab"], [4, "ab", "ba"]]
    shown = upload("\n".join(f"q{n},{n}" for n in range(1_000)).encode())
    assert page.query_params == {"panel": "more"}  # The list is too long for an address.
    assert "Your own list of 1,000 questions" in shown
    assert "repeat" not in shown
    shown = upload("词；复数\n猫；猫们\n".encode("gb18030"))
    assert "No heading: the first row counts." in shown
    drawn(widget(page, "The first row is").set_value("heading").run())
    assert "the list must have at least 2 different questions" in texts(page).lower()


def test_a_contradictory_list_is_shown_and_what_contradicts_is_counted(runs: FakeRuns) -> None:
    page = with_settings()
    drawn(page.file_uploader[0].upload("list.csv", b"1+2,3\n2+1,4\n3+4,7\n3+4,8\n").run())
    shown = texts(page)
    assert "Rows that contradict others: 2. The first: row 2 answers" in shown
    assert page.dataframe[0].value.values.tolist()[1] == [2, "2+1", "4"]
    assert "task.name" not in page.query_params


def test_a_list_that_the_textbook_cannot_learn_names_the_recipe_that_can(runs: FakeRuns) -> None:
    page = with_settings()
    drawn(page.file_uploader[0].upload("list.csv", b"ab,ba\nba,ab\naab,baa\n").run())
    click(page, "Use that recipe")
    assert page.query_params["network.attention"] == "dot"
    assert "Use that recipe" not in labels(page)


def test_several_repeated_rows_are_told_in_one_sentence() -> None:
    told = "2 rows repeat others and are taken once; the first is row 3, which repeats row 1."
    assert own_list.repeated([(3, 1), (4, 1)]) == told
