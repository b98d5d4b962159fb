"""What a visitor sends is shown as it is: never as Markdown that lives, never as HTML, and never with a traceback."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from adder.experiment import Experiment
from adder.networks import Seq2Seq
from adder.solvers.solver import Solver
from adder.tasks.pairs import Rule
from adder.ui import panels, solver_choice
from adder.ui.markdown import plain
from tests.experiments import random_solver
from tests.fuzz import corpus
from tests.test_architecture import dotted
from tests.ui.fake_runs import FakeRuns, click, opened, staged, uploader

ROOT = Path(__file__).parents[2]
SCREEN = [*sorted((ROOT / "adder" / "ui").rglob("*.py")), ROOT / "app.py"]

ALL_AT_ONCE = ("![x](//a.io)<b>x</b>$x^2$`c`", ":red[x]_a_|b|[^1]**cd**~~e~~", "a`![x](//a.io)`")
# In Streamlit's Markdown each of these means something, unless a backslash stands before it.
LIVE = re.compile(r"(?<!\\)(?:\\\\)*[`*_$\[\]<>|~]")
# These read no Markdown; of the components of this package a test below says that they set texts as texts.
AS_IT_IS = ("text_input", "text_area", "number_input", "selectbox", "multiselect", "code", "bidi_component")


def bodies(page: AppTest) -> Iterator[str]:
    """Every text of the page that Streamlit reads as Markdown, as it was sent to the browser."""

    def strings(message: Any) -> Iterator[str]:
        for field, value in message.ListFields():
            values = value if field.is_repeated else [value]
            for each in values:
                if isinstance(each, str):
                    yield each
                elif field.message_type is not None and hasattr(each, "ListFields"):
                    yield from strings(each)

    for element in page:
        if element.type not in AS_IT_IS and (proto := getattr(element, "proto", None)) is not None:
            yield from strings(proto)


def check_shown(page: AppTest, markup: str) -> list[str]:
    """The texts that quote the markup; in none of them is it alive."""
    assert not page.exception, page.exception
    quoting = []
    for body in bodies(page):
        assert markup not in body or not LIVE.search(markup), body
        if markup in re.sub(r"\\(.)|\u2060", r"\1", body):
            quoting.append(body)
    return quoting


@pytest.mark.parametrize("panel", ["inside", "compare"])
def test_markup_in_a_typed_question_is_shown_as_it_is(panel: str, runs: FakeRuns) -> None:
    page = opened("playground", panel=panel)
    for markup in ALL_AT_ONCE:
        page.session_state["stage question"] = {"3+10": markup}
        assert check_shown(page.run(), markup)


def test_the_stage_sets_no_html() -> None:
    for path in (ROOT / "adder" / "ui" / "stage").glob("[!p]*.js"):  # Those of the picture write one fixed form.
        assert "HTML" not in path.read_text().replace("HTML element", ""), path


@pytest.mark.parametrize("markup", ALL_AT_ONCE)
def test_markup_in_a_quiz_link_is_shown_as_it_is(markup: str) -> None:
    check_shown(opened("quiz", ask=markup, opponent=markup), markup)
    assert check_shown(opened("quiz", ask=markup.replace("~", "%7E")), markup)


def marked_solver(markup: str) -> Solver:
    """A solver of a list whose questions and answers are markup."""
    rule = Rule(((markup, f"{markup}."), ("x", "y")))
    network = Seq2Seq(encoder_units=2, decoder_units=2)
    return random_solver(Experiment(task=rule, network=network))


def test_markup_in_an_uploaded_solvers_list_is_shown_as_it_is(runs: FakeRuns) -> None:
    page = opened("playground", panel="files")
    for markup in ALL_AT_ONCE:
        uploader(page, "A solver's file (.adder)").upload("list.adder", marked_solver(markup).to_bytes())
        check_shown(page.run(), markup)
        check_shown(click(page, "Ask it"), markup)
        assert staged(page)["question"] == markup, "its first question stands in the box"
    for panel in ("batch", "inside", "compare", "errors"):
        check_shown(click(page, f"panel {panel}"), markup)


@pytest.mark.parametrize("markup", ALL_AT_ONCE[1:])
def test_markup_in_a_game_against_an_uploaded_solver_is_shown_as_it_is(markup: str) -> None:
    page = AppTest.from_string("from adder.ui.pages import quiz\n\nquiz.show()", default_timeout=30)
    page.session_state[solver_choice.UPLOADED] = marked_solver(markup)
    page.query_params["opponent"] = solver_choice.UPLOADED
    page.query_params["ask"] = markup.replace("~", "%7E").replace("_", "%5F")
    page.query_params["length"] = "1"
    assert check_shown(page.run(), markup)
    page.text_input(key="quiz_answer").input(markup)
    assert check_shown(click(page, "Answer"), markup)


@pytest.mark.parametrize("markup", ["$x^2$", ":red[x]", "`x`"])
def test_markup_in_a_short_list_behind_a_link_is_shown_as_it_is(markup: str, runs: FakeRuns) -> None:
    check_shown(opened("playground", task__name="rule", task__pairs=f"{markup},1\na,2", panel="files"), markup)


@pytest.mark.parametrize("panel", panels.PANELS)
def test_markup_in_a_list_behind_a_link_is_shown_as_it_is_in_every_panel(panel: str, runs: FakeRuns) -> None:
    markup = "![](//a.io)"  # The name of an experiment holds no long setting.
    runs.trained = marked_solver(markup)
    runs.show("running", 3)
    page = opened("playground", task__name="rule", task__pairs=f"{markup},1\na,2", panel=panel)
    check_shown(click(page, "Train"), markup)
    runs.show("done", 3)
    assert check_shown(page.run(), markup) or panel not in ("inside", "compare")


def test_markup_in_a_list_that_is_refused_is_shown_as_it_is(runs: FakeRuns) -> None:
    page = opened("playground", panel="more")
    for markup in ALL_AT_ONCE:
        uploader(page, "Train on your own list (CSV)").upload("list.csv", f"{markup},1\n{markup},2\n".encode()).run()
        assert check_shown(page, markup)


ADDRESSES = corpus.inputs("address")


@pytest.mark.parametrize(
    ("page", "name"),
    [("playground", "bytes"), ("playground", "unicode"), ("lesson", "lesson-strange"), ("quiz", "game-markup")],
)
def test_a_strange_address_opens_a_page(page: str, name: str, runs: FakeRuns) -> None:
    pairs = (pair.partition("=") for pair in ADDRESSES[name].decode("utf-8", "replace").split("&"))
    opened(page, **{key: value for key, _, value in pairs})


def test_the_page_holds_no_html_but_its_own_style() -> None:
    for path in SCREEN:
        source, where = path.read_text(), path.relative_to(ROOT).as_posix()
        assert "unsafe_allow_html" not in source, where
        assert "unsafe_allow_javascript" not in source, where
        check_html(ast.parse(source), where)


def check_html(source: ast.Module, where: str) -> None:
    made_at_import = {  # Nobody has written anything by then.
        target.id
        for node in source.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for call in (node for node in ast.walk(source) if isinstance(node, ast.Call)):
        name = dotted(call.func)
        assert name not in (
            "st.iframe",
            "st.components.v1.html",
            "components.html",
            "st.write_stream",
            "st.write",
            "st.latex",
        ), where
        if name == "st.html":
            assert ast.unparse(call.args[0]) in made_at_import, where
        if name == "st.components.v2.component":
            given = [*call.args[1:], *(keyword.value for keyword in call.keywords)]
            assert all(isinstance(each, ast.Constant) or ast.unparse(each) in made_at_import for each in given), where


def test_the_server_protects_uploads_and_tells_nobody() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert config["server"]["enableXsrfProtection"] is True
    assert config["server"]["enableCORS"] is True
    assert config["server"]["maxUploadSize"] == 5
    assert config["server"]["maxMessageSize"] == 20
    assert config["browser"]["gatherUsageStats"] is False
    assert config["client"]["showErrorDetails"] == "none"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://a.io", "http\\:\u2060//a.io"),
        ("see www.a.io", "see www\u2060.a.io"),
        ("a@b.c", "a\u2060@b.c"),
        (":material/home:", "\\:\u2060material/home\\:"),
        ("- x", "\\- x"),
        ("# x", "\\# x"),
        ("1. x", "1\\. x"),
        ("12+50", "12+50"),
        ("-3", "-3"),
        ("it is: x", "it is\\: x"),
    ],
)
def test_what_no_backslash_stops_is_stopped_by_a_joiner(text: str, shown: str) -> None:
    assert plain(text) == shown
