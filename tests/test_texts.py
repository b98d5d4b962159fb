"""Every text that a person on the page may meet is in every catalogue, whole, and can be said with its values."""

from __future__ import annotations

import ast
import io
import pickle
import re
import string
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.catalog import PYTHON_FORMAT
from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from adder import evaluate
from adder.base.errors import AdderError, ExperimentError
from adder.base.language import DOMAIN, LANGUAGES, LOCALE
from adder.encodings import ENCODINGS, FILLS, INPUTS, ORDERS, PADDINGS
from adder.experiment import Experiment
from adder.experiment.training import OPTIMIZERS, SCHEDULES
from adder.networks import NETWORKS
from adder.networks.layers import CELLS
from adder.networks.seq2seq import ATTENTIONS, BRIDGES
from adder.presets import PRESETS, preset
from adder.query import from_query
from adder.runs import database
from adder.solvers.shipped import shipped_solver
from adder.solvers.solver import Solver
from adder.tasks import TASKS
from adder.tasks.arithmetic import Task
from adder.tasks.curricula import CURRICULA
from adder.tasks.draws import DRAWS
from adder.tasks.pairs import Rule

ROOT = Path(__file__).parents[1]
FILES = [ROOT / "app.py", *sorted((ROOT / "adder").rglob("*.py"))]
CODES = sorted(set(LANGUAGES) - {"en"})
MOST_UNTRANSLATED = 12
KEYWORDS = {
    name.partition(":")[0]
    for name in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["babel"]["mappings"][0]["keywords"]
}


@cache
def saying(path: Path) -> list[tuple[str, ast.expr]]:
    """Each call in a file that Babel looks for: the name, and the text it is given, or each of the texts."""
    return [
        (name, text)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        if (name := getattr(node.func, "attr", getattr(node.func, "id", ""))) in KEYWORDS
        for text in node.args[: 2 if name == "counted" else 1]
    ]


def literals(path: Path) -> set[str]:
    return {text.value for _, text in saying(path) if isinstance(text, ast.Constant)}


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> list[Message]:
    """The messages as `make texts` finds them."""
    file = tmp_path_factory.mktemp("texts") / "adder.pot"
    CommandLineInterface().run(["pybabel", "-q", "extract", "-F", str(ROOT / "pyproject.toml"), "-o", file, str(ROOT)])
    with file.open("rb") as content:
        return [message for message in read_po(content) if message.id]


@pytest.fixture(scope="module")
def template(messages: list[Message]) -> set[str]:
    """Their texts."""
    return {text for message in messages for text in forms(message.id)}


def forms(text: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """What a catalogue has for one text: it, or its forms for one and for many."""
    return (text,) if isinstance(text, str) else tuple(text)


def po(code: str) -> Path:
    return LOCALE / code / "LC_MESSAGES" / f"{DOMAIN}.po"


@cache
def catalogue(code: str) -> Catalog:
    with po(code).open("rb") as content:
        return read_po(content, locale=code)


def translations(code: str) -> dict[str, str]:
    """Each text, the plural of one that counts, with its translation, of several forms the last."""
    return {forms(message.id)[-1]: said for message in catalogue(code) if message.id for said in forms(message.string)}


def test_texts_are_written_out_where_they_are_used() -> None:
    known = ast.Name | ast.Attribute | ast.Subscript  # It was marked, or is a Sentence already.
    made = ast.Call | ast.JoinedStr  # It is a Sentence, or is for the command line alone.
    for path, name, text in ((file, *each) for file in FILES for each in saying(file)):
        if name in ("Sentence", "marked", "counted") and path.name not in ("messages.py", "errors.py"):
            assert isinstance(text, ast.Constant), f"{path}: {ast.unparse(text)}"
        elif name.endswith(("Error", "Loading")):
            assert isinstance(text, ast.Constant | known | made), f"{path}: {ast.unparse(text)}"
        else:
            assert isinstance(text, ast.Constant | known) or is_counted(text), f"{path}: {ast.unparse(text)}"


def is_counted(text: ast.expr) -> bool:
    """Whether a text is one of `counted`, or either of two."""
    if isinstance(text, ast.IfExp):
        return is_counted(text.body) and is_counted(text.orelse)
    return isinstance(text, ast.Call) and ast.unparse(text.func) == "counted"


LIMITS = {"most", "limit", "pairs", "characters", "hours"}  # These are fixed, and more than 1.
ADJECTIVES = r"(?:(?:distinct|different|held-out|fresh|more|new|scaled|plain|whole|layer) )?"
NO_NOUNS = {
    *("answers", "becomes", "carries", "closes", "counts", "ends", "has", "is", "nests", "plus", "reads", "repeats"),
    *("squares", "starts", "walks", "watches", "writes"),
}


def plurals(text: str) -> list[str]:
    """The nouns that a text has for many of something, right after how many there are."""
    found = re.findall(r"\{(\w+)[^}]*\}(?:\*\*)? " + ADJECTIVES + r"([a-z-]+s)\b", text)
    return [noun for name, noun in found if name not in LIMITS and noun not in NO_NOUNS]


def test_what_counts_something_has_a_form_for_one(messages: list[Message]) -> None:
    alone = [
        message.id
        for message in messages
        if isinstance(message.id, str) and plurals(message.id)
        # The lesson tells of its own experiments, none of which has 1 of anything.
        if not all("adder/ui/lesson/" in where for where, _ in message.locations)
    ]
    assert alone == []
    counting = [message.id for message in messages if not isinstance(message.id, str)]
    assert all(plurals(many) or "{n" in many for _, many in counting)
    assert [one for one, _ in counting if plurals(one)] == []
    # "it has only one cell" need not say how many.
    assert [one for one, many in counting if placeholders(one) | {"n"} != placeholders(many) | {"n"}] == []
    assert plurals("{n} words, {n:,} new words, **{n}** words, {question} has {most} words") == ["words"] * 3


def test_an_error_that_is_a_sentence_is_found_by_its_name() -> None:
    def kinds(error: type[AdderError]) -> set[str]:
        return {error.__name__}.union(*map(kinds, error.__subclasses__()))

    assert issubclass(database.DamagedDatabaseError, AdderError)  # It is known only once its module is imported.
    sentences = kinds(AdderError) - kinds(ExperimentError) - {"AdderError"}
    assert sentences == {each for each in KEYWORDS if each.endswith(("Error", "Loading"))}


def test_none_of_them_stands_where_it_is_not_found(template: set[str]) -> None:
    assert set().union(*map(literals, FILES)) - template == set()


@pytest.mark.parametrize("code", CODES)
def test_a_catalogue_holds_no_other_texts(code: str, template: set[str]) -> None:
    assert set(translations(code)) <= template, "make texts"
    assert not catalogue(code).obsolete


@pytest.mark.parametrize("code", CODES)
def test_nearly_every_text_is_translated_and_the_others_are_listed(code: str, template: set[str]) -> None:
    """A text without a translation is shown in English; a few may be so for a while."""
    translated = {
        text
        for message in catalogue(code)
        if message.id and all(forms(message.string)) and not message.fuzzy
        for text in forms(message.id)
    }
    missing = sorted(template - translated)
    assert len(missing) <= MOST_UNTRANSLATED, missing
    if missing:
        pytest.skip(f"not translated yet: {missing}")


def test_no_text_looks_like_an_old_format(template: set[str]) -> None:
    # Gettext's tools would take "90 % sure" for one that fills in an "s", and refuse its translation.
    assert [text for text in template if PYTHON_FORMAT.search(text)] == []


def placeholders(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text)} - {None}


def marks(text: str) -> list[str]:
    """What Streamlit's Markdown would make something of."""
    return sorted(re.findall(r"`[^`]*`|\*\*|:material/\w+:|:\w+(?:-\w+)?\[|\]\(\S+\)|^#+ ", text, re.MULTILINE))


@pytest.mark.parametrize("code", CODES)
def test_a_translation_keeps_placeholders_and_markdown(code: str) -> None:
    changed = {
        text: said
        for text, said in translations(code).items()
        if said
        if placeholders(text) != placeholders(said) or marks(text) != marks(said)
    }
    assert changed == {}


@pytest.mark.parametrize("code", CODES)
def test_the_compiled_catalogue_is_that_of_the_written_one(code: str) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(code))
    assert po(code).with_suffix(".mo").read_bytes() == compiled.getvalue(), "make texts"


ADDS, SUBTRACTS = Task(smallest=1, largest=100), Task(largest=9, operators="+-", terms=3, fewest_terms=2, brackets=1)
WORDS = Rule((("cat", "tac"), ("dog", "god"), ("{n}", "}n{")))
TEXTBOOK = preset("seq2seq")

# What is wrong with a question typed into a box, with a setting in an address, and with anything else.
QUESTIONS = [
    *(
        "",
        "12+",
        "-1+2",
        "+1",
        "3+*4",
        "3+4)",
        "(3+4",
        "()",
        "(+1",
        "3 4",
        "1+2^3",
        "{at}+1",
        "{}",
        "1+x",
        "1+200",
        "7",
    ),
    *("1-2", "1*2", "2^2", "1+2+3", "1+(2+3)", "((1+2)", "1(2", "1" * 50, "1" * 5000, "1+" * 900, "(" * 25, "2^2^2"),
    "(1+2)^2",
]
SETTINGS: list[dict[str, object]] = [
    {"task.largest": 0},
    {"task.largest": "ten"},
    {"task.largest": 10**1500},
    {"task.largest": 10**5000},
    {"task.smallest": 11},
    {"task.terms": 16},
    {"task.fewest_terms": 3},
    {"task.operators": "+/"},
    {"task.operators": "*", "task.terms": 10, "task.largest": 10**900},
    {"task.operators": "+-*", "task.terms": 10, "task.brackets": 3},
    {"task.draw": "dice"},
    {"task.draw": "carries", "task.terms": 3},
    {"task.held_out": 0.95},
    {"task.held_out": 0.001},
    {"task.held_out": "much"},
    {"task.largest": 2, "task.held_out": 0.01},
    {"task.brackets": 4},
    {"task.name": "rule", "task.pairs": "a,b"},
    {"task.name": "rule", "task.pairs": "a,b\na,c"},
    {"task.name": "rule", "task.pairs": "a,b,c"},
    {"task.name": "rule", "task.held_out": 0.01},
    {"task.name": "rule", "task.held_out": 0.001},
    {"task.name": "rule", "encoding.padding": "terms"},
    {"task.name": "rule", "encoding.fill": "zero"},
    {"task.name": "rule", "training.draw": "lengths"},
    {"task.largest_number": 3},
    {"colour": "red"},
    {"seed": -1},
    {"encoding.padding": "centre"},
    {"encoding.doubled": "perhaps"},
    {"encoding.doubled": 1},
    {"encoding.doubled": True, "encoding.full_length": True},
    {"encoding.fill": "zero", "encoding.padding": "right"},
    {"encoding.padding": "terms", "task.terms": 3, "task.brackets": 1},
    {"encoding.name": "columns", "task.operators": "-"},
    {"encoding.name": "scaled"},
    {"encoding.name": "scaled", "network.name": "mapping-mlp", "task.operators": "+-"},
    {"encoding.name": "scaled", "network.name": "mapping-mlp", "task.largest": 10**20},
    {"encoding.name": "scaled", "network.name": "mapping-mlp", "task.name": "rule"},
    {"encoding.name": "scaled", "network.name": "mapping-mlp", "training.padding_weight": 0.5},
    {"encoding.name": "scaled", "network.name": "mapping-mlp", "network.units": "9,9,9,9,9,9"},
    {"encoding.name": "scaled", "network.name": "mapping-mlp", "network.units": "few"},
    {"network.name": "abacus"},
    {"network.name": "tagger"},
    {"network.name": "carry"},
    {"network.name": "carry", "encoding.name": "columns"},
    {"network.name": "carry", "encoding.name": "columns", "task.terms": 3},
    {"network.name": "transformer", "network.heads": 5},
    {"network.bridge": "state"},
    {"network.bridge": "state", "network.decoder_units": 100},
    {"network.attention": "dot"},
    {"network.masking": True, "encoding.fill": "zero"},
    {"training.batch_size": 3},
    {"training.epochs": 1000, "training.samples": 100_000},
    {"training.scheduled_sampling": 0.5},
    {"training.curriculum": "naive", "task.largest": 9},
    {"training.draw": "carries", "task.terms": 3},
    {"training.target": 2},
    {"training.learning_rate": float("nan")},
    {"task.largest": 10**300},
]
OTHERS: dict[str, Callable[[], object]] = {
    "ask in brackets": lambda: SUBTRACTS.parse("((1+2)-3)-4"),
    "ask deeper": lambda: Task(largest=9, terms=4, brackets=1).parse("((1+2)+3)+4"),
    "ask to multiply": lambda: SUBTRACTS.parse("1*2"),
    "ask no square": lambda: preset("squares").task.read(["7"]),
    "ask in base 2": lambda: Task(largest=255, base=2).parse("101+2"),
    "ask outside base 2": lambda: Task(largest=10, base=2).parse("1111+1"),
    "ask no text": lambda: ADDS.parse(7),  # type: ignore[arg-type]
    "ask no word": lambda: WORDS.read([" "]),
    "ask a long word": lambda: WORDS.read(["doggy"]),
    "ask a strange word": lambda: WORDS.read(["{x}"]),
    "ask not even text": lambda: WORDS.read([7]),  # type: ignore[list-item]
    "no experiment": lambda: Experiment.from_dict({"task": 3}),
    "no JSON": lambda: Experiment.from_json("{"),
    "no task": lambda: Experiment(task=3),  # type: ignore[arg-type]
    "an address with two": lambda: from_query("seed=1&seed=2"),
    "no preset": lambda: preset("seq3seq"),
    "a list without answers": lambda: Rule.from_csv("a\nb"),
    "a list of one": lambda: Rule.from_csv("a,b"),
    "a list that contradicts": lambda: Rule.from_csv("a,{b}\na,{c}"),
    "a list with a long word": lambda: Rule.from_csv(f"a,b\n{'c' * 70},d"),
    "a long list": lambda: Rule.from_csv("\n".join(f"{n},{n}" for n in range(20_001))),
    "a longer list": lambda: Rule.from_csv("a" * 2_000_001),
    "a list of strange things": lambda: Rule(((1, 2), (3, 4))),  # type: ignore[arg-type]
    "a list of many symbols": lambda: Rule(tuple((chr(n), "a") for n in range(0x4E00, 0x4E80))),
    "no list": lambda: Rule(3),  # type: ignore[arg-type]
    "evaluate longer": lambda: evaluate(shipped_solver("seq2seq"), digits=3),
    "evaluate nothing": lambda: evaluate(shipped_solver("seq2seq"), n=0),
    "a beam of numbers": lambda: shipped_solver("mapping-mlp").candidates("1+2"),
    "a solver without weights": lambda: Solver(TEXTBOOK, {}),
    "a solver that is none": lambda: Solver.load(ROOT / "README.md"),
}

HEADING = "question,answer"  # A file must have it in any language.
NAMES = {
    *(*DRAWS, *PADDINGS, *FILLS, *ORDERS, *INPUTS, *BRIDGES, *ATTENTIONS, *OPTIMIZERS, *SCHEDULES, *CURRICULA),
    *(*CELLS, *NETWORKS, *ENCODINGS, *TASKS, *PRESETS, *(kind.__name__ for kind in TASKS.values())),
    *("true", "false", "nan", "zip", "seed", "beam", "digits", "experiment", "task", "preset", "JSON"),
    *("cat", "colour", "abacus"),
}


def english(said: str) -> set[str]:
    """The words of a text that are neither quoted, nor a path, nor the name of a setting or of what it may be."""
    bare = re.sub(r'"[^"]*"|\'[^\']*\'|（[^（]*）|\S+/\S+|\w+\.[\w…]\S*', " ", said)
    return set(re.findall(r"\b[A-Za-z][\w-]+", bare.replace(HEADING, ""))) - NAMES


def check_said(error: AdderError) -> None:
    """An error can be said in Chinese, also when it comes from another process."""
    sent = pickle.loads(pickle.dumps(error))
    said = LANGUAGES["zh"].say(sent.sentence)
    assert str(sent) == str(error) == LANGUAGES["en"].say(sent.sentence)
    assert re.search("[\u4e00-\u9fff]", said)
    assert english(said) == set(), said


@pytest.mark.parametrize("text", QUESTIONS, ids=lambda text: text[:20] or "nothing")
def test_what_is_wrong_with_a_question_is_said(text: str) -> None:
    with pytest.raises(AdderError) as caught:
        ADDS.parse(text)
    check_said(caught.value)


@pytest.mark.parametrize("settings", SETTINGS, ids=" ".join)
def test_what_is_wrong_with_settings_is_said(settings: dict[str, object]) -> None:
    with pytest.raises(AdderError) as caught:
        TEXTBOOK.replaced(settings)
    check_said(caught.value)


@pytest.mark.parametrize("trouble", OTHERS.values(), ids=OTHERS)
def test_what_is_wrong_elsewhere_is_said(trouble: Callable[[], object]) -> None:
    with pytest.raises(AdderError) as caught:
        trouble()
    check_said(caught.value)


def test_what_a_person_typed_is_never_a_template() -> None:
    with pytest.raises(AdderError) as caught:
        ADDS.parse("{question}+{0}")
    assert "{question}+{0}" in LANGUAGES["zh"].say(caught.value.sentence)
