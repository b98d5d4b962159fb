"""Query strings: what stands behind the question mark of the playground, the quiz and the lesson."""

from __future__ import annotations

from urllib.parse import parse_qs

from adder.presets import PRESETS
from adder.query import MOST_FIELDS, from_query, to_query
from adder.quiz.game import Game
from adder.quiz.written import TEXTS
from adder.solvers.shipped import shipped_solver
from adder.ui.pages import quiz as page
from tests.fuzz.mutation import text_mutated
from tests.fuzz.refusal import refusals
from tests.fuzz.zips import Recipe


def feed(data: bytes) -> None:
    """Read the bytes as Streamlit reads an address, and hand the parameters to whom the pages hand them to."""
    query = data.decode("utf-8", "replace")
    with refusals(data):
        experiment = from_query(query)
        assert from_query(to_query(experiment)) == experiment
    fields = "&".join(query.split("&")[:MOST_FIELDS])  # Streamlit's own time for more is not measured.
    given = {key: values[-1] for key, values in parse_qs(fields, keep_blank_values=True).items()}
    with refusals(data):
        from_query(given)
    with refusals(data):
        name, _, age = given.get(page.OPPONENT, "two-digits").partition("@")
        solver = shipped_solver(name, int(age) if age.isascii() and age.isdecimal() and len(age) < 10 else None)
        game = Game.from_dict(solver, {key: value for key, value in given.items() if key in TEXTS})
        assert Game.from_dict(solver, game.to_dict()) == game


_LONG = "9" * 990

SEEDS: dict[str, Recipe] = {
    **{f"preset-{name}": lambda name=name: f"preset={name}&seed=3".encode() for name in PRESETS},  # type: ignore[misc]
    "empty": lambda: b"",
    "no-value": lambda: b"preset",
    "blank": lambda: b"preset=&seed=",
    "unknown": lambda: b"preset=none",
    "setting": lambda: b"task.largest=20&training.epochs=5",
    "unknown-setting": lambda: b"task.biggest=20",
    "long-setting": lambda: b"x" * 9_000 + b"=1",
    "line-in-a-setting": lambda: b"a%0Ab%1B[31m=1",
    "class": lambda: b"task.__class__=1&__init__=2&task.__dict__=3",
    "repeated": lambda: b"seed=1&seed=2",
    "repeated-long": lambda: b"&".join([b"task.largest=" + b"9" * 2_000] * 4),
    "repeated-unknown": lambda: b"&".join([b"x" * 5_000 + b"=y%0Az"] * 2),
    "huge": lambda: b"task.largest=" + b"9" * 1_000,
    "huger": lambda: b"task.largest=" + b"9" * 9_000,
    "huge-and-many": lambda: b"task.largest=" + b"9" * 20 + b"&task.terms=10&task.brackets=3&task.operators=%2B-*",
    "most-forms": lambda: b"task.terms=5&task.brackets=3&task.operators=%2B-*&task.held_out=0.1&task.largest=9",
    "held-out": lambda: b"task.largest=9&task.held_out=0.1&task.terms=5&network.masking=true",
    "minus": lambda: b"task.largest=-5&seed=-1",
    "nan": lambda: b"training.learning_rate=nan&training.target=inf",
    "exponent": lambda: b"training.learning_rate=1e-400&seed=1e3",
    "digits": lambda: "task.largest=２０&seed=٣".encode(),
    "underscores": lambda: b"task.largest=1_000",
    "spaces": lambda: b"task.largest=+20+&preset=%20seq2seq",
    "units": lambda: b"preset=mapping-mlp&network.units=" + b"1," * 4_000,
    "units-of-none": lambda: b"preset=mapping-mlp&network.units=()",
    "none": lambda: b"training.target=none&training.draw=&task.fewest_terms=null",
    "rule": lambda: b"task.name=rule&task.pairs=cat%2Ctac%0Adog%2Cgod",
    "rule-quote": lambda: b"task.name=rule&task.pairs=%22cat",
    "rule-markup": lambda: b"task.name=rule&task.pairs=%21%5Bx%5D%28//a.io%29%2C%3Cb%3E%0A%60a%2C:red[b]",
    "rule-surrogate": lambda: b"task.name=rule&task.pairs=%ED%A0%80%2Ca%0Ab%2Cc",
    "escapes": lambda: b"%&%%&%0&%zz=%&preset=%FF%FE&seed=%00",
    "separators": lambda: b"&&;;==&=&a==b&?preset=seq2seq",
    "unicode": lambda: "prѐset=猫&😀=1&\u202e=2".encode(),
    "bytes": lambda: b"\xff\xfe=\xff&seed=\xc0\xaf",
    "template": lambda: b"preset={0}&{n.__class__}=1&seed=%25s",
    "paths": lambda: b"preset=../../etc/passwd&opponent=..%2F..%2Fsolvers%2Fx@6&run=../../x&runs=/etc/passwd,..",
    "lesson": lambda: b"step=3&sum=12%2B50&padding=terms&read=reversed&follow=99&lang=zh&present=1",
    "lesson-strange": lambda: "step=９&seed=٣&follow=-1&largest=11&view=&gate=x&ask=?&lang=../zh".encode(),
    "game": lambda: b"opponent=two-digits@8&seed=3&length=5&level=2&answers=5_25~7_10",
    "game-asked": lambda: b"opponent=columns&ask=1%2B2~3%2B4&answers=3_9",
    "game-long": lambda: (
        b"opponent=columns&ask=" + b"~".join([_LONG.encode() + b"%2B1"] * 18) + b"&answers=" + b"~".join([b"1_1"] * 18)
    ),
    "game-numbers": lambda: "seed=٣&length=99999999999&level=0".encode(),
    "game-answers": lambda: b"answers=" + b"~".join([b"1_1"] * 60),
    "game-seconds": lambda: b"answers=1_99999999999~1_-1~1_~_~~",
    "game-strange": lambda: b"answers=%00_1~%ED%A0%80_1~" + b"9" * 5_000 + b"_1",
    "game-markup": lambda: b"ask=![x](http://a.io)~<img onerror=x>~$x$&opponent=seq2seq",
    "game-many": lambda: b"ask=" + b"1%2B1~" * 3_000,
    "game-age": lambda: "opponent=two-digits@６&seed=1".encode(),
    "game-no-age": lambda: b"opponent=two-digits@99999999&seed=1",
    "game-run": lambda: b"opponent=run%20x@3&length=5",
}

BOMBS: dict[str, Recipe] = {
    "number": lambda: b"task.largest=" + b"9" * 1_000_000,
    "real": lambda: b"training.learning_rate=" + b"9" * 1_000_000,
    "setting": lambda: b"x" * 1_000_000 + b"=1",
    "settings": lambda: b"&".join(b"x%d=1" % at for at in range(100_000)),
    "same-settings": lambda: b"seed=1&" * 150_000,
    "units": lambda: b"preset=mapping-mlp&network.units=" + b"1," * 500_000,
    "rule": lambda: b"task.name=rule&task.pairs=" + b"a%2Cb%0A" * 120_000,
    "escapes": lambda: b"preset=" + b"%FF" * 330_000,
    "game-asked": lambda: b"ask=" + b"1%2B1~" * 160_000,
    "game-answers": lambda: b"answers=" + b"1_1~" * 250_000,
    "game-longest": lambda: b"opponent=columns&ask=" + b"~".join([b"9" * 990 + b"%2B" + b"9" * 990] * 50)
    + b"&answers=" + b"~".join([b"1_1"] * 50),
    "game-number": lambda: b"seed=" + b"9" * 1_000_000,
}  # fmt: skip

mutated = text_mutated(
    [
        "preset=", "task.largest=", "task.terms=", "task.operators=%2B-*", "task.brackets=3", "task.base=16",
        "task.held_out=0.1",
        "task.name=rule", "encoding.name=columns", "encoding.padding=terms", "network.name=transformer",
        "network.name=tagger",
        "network.units=", "network.attention=dot", "training.samples=", "training.batch_size=1",
        "training.curriculum=mixed",
        "seed=", "length=", "level=", "ask=", "answers=", "opponent=", "1_1", "~", "&", "%", "=", "_", "@8",
    ]
)  # fmt: skip
