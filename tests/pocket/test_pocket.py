"""The page of a network: it answers, draws and refuses as Python does, in a browser that reaches nothing."""

from __future__ import annotations

import base64
import dataclasses
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Route, expect

import adder
from adder import (
    CarryCell,
    ColumnsEncoding,
    Experiment,
    ExperimentError,
    QuestionError,
    ReadingHeads,
    Rule,
    ScaledEncoding,
    Seq2Seq,
    Solver,
    Tagger,
    Task,
    TextEncoding,
    Transformer,
    cli,
    shipped_solver,
    web_page,
)
from adder import pocket as pocket_room
from adder.analysis.picture import picture
from adder.base.figures import figure
from adder.base.language import LANGUAGES, Language
from adder.pocket import MOST_PAGE_BYTES, script
from adder.pocket.weights import packed
from adder.quiz.typed_answer import is_right, read_answer
from adder.ui.formats import percent
from tests.browser.accessibility import OF_COLOURS, grave
from tests.experiments import random_solver

SMALL = Seq2Seq(encoder_units=5, decoder_units=5)
TO_99 = Task(smallest=0, largest=99)
RAGGED = Task(smallest=0, largest=9, terms=3, fewest_terms=2)
BRACKETS = Task(smallest=0, largest=9, operators="+-*", terms=3, fewest_terms=2, brackets=1)
WORDS = Rule((("cat", "tac"), ("dog", "god"), ("a b", "b a"), ("猫", "7 x 8")))

EXPERIMENTS = [
    Experiment(RAGGED, TextEncoding(padding="right"), dataclasses.replace(SMALL, attention="dot", masking=True)),
    Experiment(TO_99, TextEncoding(fill="zero", doubled=True, input="integer"), SMALL),
    Experiment(RAGGED, TextEncoding(padding="terms", fill="zero", answer_order="reversed"), SMALL),
    Experiment(Task(largest=99, operators="-"), TextEncoding(fill="zero", answer_order="reversed"), SMALL),
    Experiment(BRACKETS, TextEncoding(question_order="reversed"), dataclasses.replace(SMALL, feedback=True)),
    Experiment(BRACKETS, TextEncoding(padding="marks"), ReadingHeads(units=4, heads=3)),
    Experiment(WORDS, TextEncoding(input="embedding"), Transformer(width=6, heads=2, layers=1, feedforward=7)),
    Experiment(TO_99, TextEncoding(full_length=True), Tagger(units=70, layers=2, bidirectional=True)),
    Experiment(Task(largest=99, terms=3, fewest_terms=2), ColumnsEncoding(), Tagger(cell="gru", units=4, masking=True)),
    Experiment(TO_99, ColumnsEncoding(fill="zero", input="integer"), CarryCell(4)),
    Experiment(Task(largest=255, base=16), TextEncoding(), dataclasses.replace(SMALL, cell="simple")),
    Experiment(Task(largest=12, operators="^", terms=1), TextEncoding(), SMALL),
    Experiment(
        Task(largest=99, operators="-", base=12), ScaledEncoding(question_order="reversed"), adder.MappingLSTM((3,))
    ),
]

ANSWERS = """texts => texts.map((text) => {
  const { solver } = adder, answer = solver.answer(solver.read(text));
  return { ...answer, chances: answer.chances.map((each) => Array.from(each)) };
})"""


@pytest.fixture(scope="module")
def offline(browser: Browser) -> Iterator[Page]:
    """A page on which nothing is refused, no error is made, and no request leaves."""
    context = browser.new_context(
        offline=True, locale="en", viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
    )
    page, trouble = context.new_page(), list[str]()
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda message: trouble.append(message.text))
    page.on("request", lambda request: trouble.extend([request.url] * (not request.url.startswith("file:"))))
    yield page
    context.close()
    assert trouble == []


def opened(page: Page, solver: Solver) -> None:
    page.goto("about:blank")
    page.set_content(web_page(solver))
    page.locator("main").wait_for()  # The policy forbids evaluating a function to wait for.


@pytest.mark.slow
def test_every_network_that_ships_answers_from_disk_as_numpy_does(offline: Page, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    for name in adder.PRESETS:
        solver = shipped_solver(name)
        file.write_text(web_page(solver), "utf-8")
        assert file.stat().st_size < MOST_PAGE_BYTES, name
        offline.goto(file.as_uri())
        offline.locator("main").wait_for()
        task = solver.experiment.task
        asked = task.sample(10, np.random.default_rng(3), split="any")
        ours, theirs = solver.predict(asked), offline.evaluate(ANSWERS, task.texts(asked))
        assert [each["text"] for each in theirs] == ours.texts, name
        assert [each["right"] for each in theirs] == ours.correct.tolist(), name
        if solver.experiment.encoding.writes_characters:
            assert np.allclose([each["chances"] for each in theirs], ours.outputs, rtol=0, atol=1e-4), name
        else:
            numbers = solver.experiment.encoding.to_numbers(task, ours.outputs)
            assert np.allclose([each["number"] for each in theirs], numbers, rtol=0, atol=1e-3), name
    longest = "9" * 500 + "+" + "1" * 500
    opened(offline, shipped_solver("pen-and-paper"))
    [answer] = offline.evaluate(ANSWERS, [longest])
    assert answer["right"]
    assert answer["expected"] == str(int("9" * 500) + int("1" * 500))
    offline.locator("#question").fill(longest)
    assert offline.locator("#answer").inner_text().startswith("✓ right")  # Nobody has to scroll for it.


@pytest.mark.slow
@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda each: f"{each.encoding}-{each.task.example}")
def test_questions_are_encoded_answered_and_drawn_as_in_python(experiment: Experiment, offline: Page) -> None:
    solver = random_solver(experiment, seed=2, scale=0.4)
    opened(offline, solver)
    task = experiment.task
    asked = solver.solve(task.example)
    doubt = f"{percent(asked.confidence)} sure"
    if asked.number is not None:
        doubt = f"it said {figure(asked.number, 3)} before rounding"
    assert offline.locator("#answer small").inner_text() == doubt
    questions = list(dict.fromkeys(task.texts(task.sample(4, np.random.default_rng(3), split="any"))))
    for question, theirs in zip(questions, offline.evaluate(ANSWERS, questions), strict=True):
        ours = solver.solve(question)
        assert (theirs["text"], theirs["expected"], theirs["right"]) == (
            ours.text, ours.expected_unpadded, ours.correct,
        )  # fmt: skip
        shown, drawn = (flattened(each) for each in (picture(solver, question).plain(), theirs["picture"]))
        assert shown.keys() == drawn.keys()
        for name, value in shown.items():
            if name.endswith(("states", "chances", "links")):  # Bytes may be rounded otherwise.
                kind = np.uint8 if name == "chances" else np.int8
                one, other = (np.frombuffer(base64.b64decode(each), kind).astype(int) for each in (value, drawn[name]))
                assert np.allclose(one, other, atol=1), name
            else:
                assert drawn[name] == (pytest.approx(value, abs=1e-3) if isinstance(value, float) else value), name


def flattened(value: Any, name: str = "") -> dict[str, Any]:
    """The values of nested objects and lists by where they stand; an empty one is a value too."""
    if isinstance(value, dict) and value:
        return {key: each for part in value for key, each in flattened(value[part], f"{name}.{part}"[-40:]).items()}
    if isinstance(value, list | tuple) and value:
        return {
            key: each for place, part in enumerate(value) for key, each in flattened(part, f"{name}.{place}").items()
        }
    return {name.removeprefix("."): list(value) if isinstance(value, tuple) else value}


TYPED = {
    "two-digits": [
        "", "12+", "+3", "-1+2", "12+50", " １２ ＋ 50 = ?", "what is 7 plus 8", "3加5等于多少", "12++5", "12 5",
        "1.200+5", "12+50=62", "12:4", "12-5", "1+2+3", "100+1", "7*8", "a+b", "(1+2)", "((3)+4", "3+4)", "12^2",
        "00012+007", "12–5", "=12+50", "3 + 4\t7", "1,000+2", "1" * 1_000, "٣+4", "12+50\u200b",
        "😀+1", "1＋２。", "0x10+1", "+", "()", "1\ufeff2+3", "1\x1c2+3", "1\u30002+3", "1+\t+2", "\ue000+1", "😀" * 30,
    ],
    "calculator": [
        "2*(3+4)", "2(3+4)", "(3+4)2", "2 x 3", "2×3·4", "((1+2)*(3-4))", "3²", "9-9-9-9-9", "(((1+2)*3)-4)*5", "2*",
        "2*(3+", "2*)3", "(*3)", "(3)(4)", "8/2", "３ｘ４", "{2+3}*4", "3 mal 4 minus 5", "5-(3",
        "(1+2)3+4", "1-（2-3）",
    ],
    "squares": ["12^2", "12²", "12", "12^3", "12^2^2", "(3+4)^2", "100^2", "12*12", "7^2+1"],
    "pen-and-paper-binary": ["101+11", "0b101+0b11", "102+1", "1" * 300 + "+1", "1" * 2_000 + "+1", "1+1+1"],
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", TYPED)
def test_what_people_type_is_read_and_refused_as_in_python(name: str, offline: Page) -> None:
    solver = shipped_solver(name)
    opened(offline, solver)
    for code, language in LANGUAGES.items():
        assert offline.evaluate(SAY, [code, TYPED[name]]) == [read(solver, typed, language) for typed in TYPED[name]]


def read(solver: Solver, typed: str, language: Language) -> str:
    """The question that was typed, or why it is refused."""
    try:
        task, questions = solver.read([typed])
    except QuestionError as error:
        return language.say(error.sentence)
    return task.texts(questions)[0]


SAY = """([code, texts]) => texts.map((text) => {
  try { return adder.solver.read(text).question } catch (error) { return adder.said(error.sentence, code) }
})"""


@pytest.mark.slow
def test_a_list_is_read_as_it_is_written(offline: Page) -> None:
    rule = Rule((("cat", "tac"), ("7 x 8", "56"), ("12+50", "62")))
    solver = random_solver(Experiment(rule, TextEncoding(), SMALL))
    opened(offline, solver)
    typed = ["cat", " CAT", "7*8", "７ × 8 = ?", "12 + 50", "1+2", "", "a very long one", "act\t3", "1\u3000\u200b  +"]
    typed += ["c\ue000", "猫" * 50, "7" + " " * 2_000 + "*8"]
    assert offline.evaluate(SAY, ["en", typed]) == [read(solver, each, LANGUAGES["en"]) for each in typed]


SUMS = Rule((("1+2", "3"), ("(1-2)*(3-5)", "2"), ("x+1+y", "z"), ("3*3", "9"), ("2^2", "4"), ("7-(4-1)*2", "1")))
ASKED = {
    SUMS: ["2+1", "(2-1)*(5-3)", "(5-3)*(2-1)", "(2-1)*(3-5)", "y+x+1", "y+xx+1", "3^2", "2*2", "7+2*(1-4)", "1-2"],
    Rule((("Cat", "1"), ("dog d", "2"), ("CAT", "1"), ("c", "4"))): ["cat", "dog  d", "dog\u00a0d", "cAT", "god"],
    Rule((("Cat", "1"), ("cat", "2"), ("CAT", "3"))): ["Cat", "caT", "tac"],
    Rule((("a+b", "ab"), ("b+a", "ba"), ("a+𝒂", "1"), ("𝒂+b", "2"))): ["a+b", "a+a", "b+a", "𝒂+a", "b+𝒂"],
    Rule((("a+𝒂", "1"), ("𝒂+b", "2"))): ["𝒂+a", "b+𝒂", "b+a"],
}


@pytest.mark.slow
@pytest.mark.parametrize("rule", ASKED, ids=lambda rule: rule.example)
def test_a_list_answers_every_way_to_ask_its_questions(rule: Rule, offline: Page) -> None:
    solver = random_solver(Experiment(rule, TextEncoding(), SMALL))
    opened(offline, solver)
    given = offline.evaluate(ANSWERS, ASKED[rule])
    assert [each["expected"] for each in given] == [solver.solve(each).expected_unpadded for each in ASKED[rule]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("truth", "typed"),
    [
        ("-5", ["−5", " - 05.0", "５"]),
        ("two", ["two", " two", "Two"]),
        ("a b", ["a\u00a0 b", "a b", "ab"]),
        ("0", ["-0", "+00", "o"]),
        ("1,000", ["1000", "1 000", "1.000"]),
        ("1", ["1.000", "1.0", "(1)"]),
    ],
)
def test_the_quiz_of_a_list_takes_what_is_right(truth: str, typed: Sequence[str], offline: Page) -> None:
    rule = Rule(tuple((question, truth) for question in "abc"))
    opened(offline, random_solver(Experiment(rule, TextEncoding(), SMALL)))
    for each in typed:
        offline.locator("#quiz button").click()  # It starts, or asks the next question.
        offline.keyboard.type(each)
        offline.keyboard.press("Enter")
    right = sum(is_right(rule, read_answer(rule, each), truth) for each in typed)
    assert f"You {right}, network" in offline.locator("#quiz").inner_text()


@pytest.mark.slow
def test_a_person_asks_plays_and_reads_in_both_languages(offline: Page) -> None:
    offline.emulate_media(reduced_motion="no-preference")
    opened(offline, shipped_solver("two-digits"))
    answer = offline.locator("#answer")
    assert "12 + 50 = 62 ✓ right" in answer.inner_text()
    box = offline.get_by_role("textbox", name="Ask it a question")
    box.fill("57+6")
    assert "57 + 6 = 63 ✓ right" in answer.inner_text()
    above = offline.locator("#picture").bounding_box()
    assert not offline.locator("#picture[inert]").count()
    box.fill("57+")
    assert offline.locator("#trouble").inner_text() == '"57+" ends with an operator; write a number after it.'
    assert answer.inner_text() == ""
    assert offline.locator("#picture[inert]").count()  # It shows another question, and stands where it stood.
    assert offline.locator("#picture").bounding_box() == above
    box.fill("57+68")
    assert not offline.locator("#picture[inert]").count()
    expect(offline.locator(".picture-player p")).to_have_text("It answers 125. Right.", timeout=20_000)
    offline.locator("summary").click()
    assert offline.locator("#chances tbody tr").count() == 3
    offline.get_by_role("button", name="Start").click()
    no_number = "is no number; type digits alone, such as 62."
    for typed, why in (
        ("abc", no_number),
        ("12.5", no_number),
        ("1.000", "could be 1 or 1000; type it in digits alone."),
        ("1.234", "could be a fraction or 1234; type it in digits alone."),
    ):
        offline.keyboard.type(typed)
        offline.keyboard.press("Enter")
        assert offline.get_by_text(f'"{typed}" {why}').is_visible()
    assert "1 of 10" in offline.locator("#quiz").inner_text()
    for turn, written in enumerate(["{}", "= {}", "{}.0", " {} ", "０{}", "+{}", "{},00", "{}?", "0{}。", "it is {}"]):
        asked = offline.locator("label.asked").inner_text().partition(": ")[2]
        one, other = map(int, asked.split(" + "))
        offline.keyboard.type(written.format(one + other + (turn == 0)))
        offline.keyboard.press("Enter")
        if turn < 9:
            offline.keyboard.press("Enter")
    assert "You 9, network 10 of 10" in offline.locator("#quiz").inner_text()
    for width, height in ((1440, 900), (390, 844)):
        offline.set_viewport_size({"width": width, "height": height})
        for scheme, rules in (("light", ()), ("dark", OF_COLOURS)):
            offline.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert offline.evaluate("document.documentElement.scrollWidth") <= width
            assert not grave(offline, *rules)
    offline.get_by_role("button", name="简体中文").click()
    assert offline.evaluate("document.documentElement.lang") == "zh-Hans"
    offline.set_viewport_size({"width": 1440, "height": 900})
    english = re.findall(r"[A-Za-z]{4,}", offline.locator("body").inner_text())
    assert set(english) <= {"English", "LSTM", "RepeatVector", "python", "adder", "train", "digits", "softmax"}


@pytest.mark.slow
def test_no_request_can_leave_the_page(browser: Browser) -> None:
    page = browser.new_page()
    reached, refused = list[str](), list[str]()

    def reach(route: Route) -> None:
        reached.append(route.request.url)
        route.abort()

    page.route("https://**", reach)
    page.on("console", lambda message: refused.append(message.text))
    opened(page, shipped_solver("binary"))
    page.evaluate(
        """async () => {
          await fetch("https://example.org/").catch(() => null);
          document.body.append(Object.assign(new Image(), { src: "https://example.org/a.png" }));
          document.body.append(Object.assign(document.createElement("script"), { textContent: "window.stolen = 1" }));
        }"""
    )
    assert page.evaluate("window.stolen") is None
    assert reached == []
    assert {each.split()[0] for each in refused} >= {"Connecting", "Loading", "Executing"}
    page.close()


def test_a_page_says_what_stands_in_no_other_file() -> None:
    page = web_page(shipped_solver("two-digits"), "https://adder.example")
    data = json.loads(re.findall(r'id="network">(.*?)</script>', page)[0])
    assert data["link"] == "https://adder.example/?preset=two-digits"
    assert data["command"] == "python -m adder train two-digits"
    assert (
        "100% of questions it never practised (99.5% to 100%; different ones: 815)"
        in dict(data["languages"]["en"]["facts"])["Whole answers right"]
    )
    assert not data["local"]
    data = json.loads(re.findall(r'id="network">(.*?)</script>', web_page(shipped_solver("mapping-mlp")))[0])
    assert data["local"]
    assert "(99.8% to 100%; " in dict(data["languages"]["en"]["facts"])["Whole answers right"]
    changed = adder.preset("two-digits").replaced({"task.largest": 20, "seed": 7})
    page = web_page(random_solver(changed))
    assert "python -m adder train two-digits --set task.largest=20 --seed 7" in page
    hostile = Rule((("</script><script>alert(1)</script>", "1"), ("<b>", "2")))
    page = web_page(random_solver(Experiment(hostile, TextEncoding(), SMALL)))
    assert page.count("</script>") == 4
    assert "<b>" not in page


def test_what_has_no_javascript_face_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    exported = script.exported
    monkeypatch.setattr(script, "exported", lambda path: exported(path) - {"Repeat"})
    with pytest.raises(ExperimentError, match="that have a JavaScript face; received: 'Repeat'"):
        web_page(random_solver(Experiment(TO_99, TextEncoding(), SMALL)))
    monkeypatch.setattr(script, "exported", lambda path: exported(path) - {"lstm"})
    with pytest.raises(ExperimentError, match="received: 'lstm'"):
        web_page(random_solver(Experiment(TO_99, TextEncoding(), SMALL)))


def test_weights_are_as_fine_as_there_is_room_for() -> None:
    weights = {"a": np.random.default_rng(1).standard_normal(5_000).astype(np.float32), "b": np.float32(-3_000)}
    fine, packing = packed(weights, 1_000_000)
    assert packing["step"] <= 2**-18
    coarse, packing = packed(weights, len(fine) - 1)
    assert len(coarse) < len(fine)
    assert 2**-18 <= packing["step"] <= 2**-15


@pytest.mark.parametrize(
    "language", [each for code, each in LANGUAGES.items() if code != "en"], ids=lambda each: each.code
)
def test_every_sentence_of_the_scripts_is_in_the_catalogue(language: Any) -> None:
    found = list(script.sentences(Path(pocket_room.__file__).with_name("page.js")))
    assert len(found) > 30
    assert [each for forms in found for each in forms if language.template(each, forms) == each] == []


def test_the_command_line_writes_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "p.html"
    assert cli.main(["page", "smallest", "--out", str(file)]) == 0
    assert capsys.readouterr().out.startswith(f"saved {file}, 0.")
    assert file.read_text("utf-8").startswith("<!doctype html>")
    assert cli.main(["page", "smallest", "--out", str(tmp_path / "no" / "p.html")]) == 2
    capsys.readouterr()
    assert cli.main(["page", "smallest", "--out", str(file), "--address", "javascript:alert(1)"]) == 2
    assert capsys.readouterr().err.startswith("--address must be an address that begins with https:// or http://, ")
