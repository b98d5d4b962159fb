"""Questions and answers that are typed: into the boxes of the pages, into the quiz, on the command line."""

from __future__ import annotations

import zlib

from adder.analysis.look_inside import look_inside
from adder.base.errors import QuestionError
from adder.experiment import Experiment
from adder.presets import PRESETS
from adder.quiz.game import Game, Quiz
from adder.quiz.typed_answer import read_answer
from adder.solvers.shipped import shipped_solver
from adder.tasks.pairs import Rule
from tests.experiments import random_solver
from tests.fuzz.mutation import text_mutated
from tests.fuzz.refusal import UnclearRefusal, refusals
from tests.fuzz.zips import Recipe

_RULE = Experiment(task=Rule((("cat", "tac"), ("dog", "god"), ("1+1", "2")))).replaced(
    {"network.encoder_units": 8, "network.decoder_units": 8}
)
_GAMES = [Game(solver, Quiz()) for solver in (*map(shipped_solver, PRESETS), random_solver(_RULE))]


def feed(data: bytes) -> None:
    """Ask one of many networks what the bytes spell, look inside, and give it for an answer in the quiz."""
    text = data.decode("utf-8", "surrogateescape")  # An argument of the command line is read this way.
    game = _GAMES[zlib.crc32(data) % len(_GAMES)]
    solver = game.solver
    with refusals(data):
        answer = solver.solve(text)
        assert answer.question
        try:
            look_inside(solver, text)
        except QuestionError as error:
            raise UnclearRefusal("what was answered cannot be looked at") from error
    with refusals(data):
        read_answer(solver.experiment.task, text)
        assert len(game.answered(text).turns) == 1


SEEDS: dict[str, Recipe] = {
    "sum": lambda: b"12+50",
    "sentence": lambda: b" 12 + 50 = ?",
    "bracket": lambda: b"2*(3-4)+5",
    "square": lambda: b"12^2",
    "binary": lambda: b"1011+1101",
    "word": lambda: b"cat",
    "empty": lambda: b"",
    "blank": lambda: b" \t\n\x0b\x0c\r\xc2\xa0",
    "nul": lambda: b"\0",
    "nul-inside": lambda: b"12\0+50",
    "full-width": lambda: "１２＋５０＝？".encode(),
    "signs": lambda: "2×3−4·5–6²".encode(),
    "arabic": lambda: "١٢+٥٠".encode(),
    "devanagari": lambda: "१२+५०".encode(),
    "superscript": lambda: "12⁵⁰+1".encode(),
    "fraction": lambda: "½+⅓".encode(),
    "roman": lambda: "Ⅻ+Ⅼ".encode(),
    "long-s": lambda: "ſ+ß+ŉ+İ+ǰ".encode(),
    "surrogate": lambda: "12+\ud800".encode("utf-8", "surrogatepass"),
    "bytes": lambda: b"\xff\xfe12+50",
    "bidi": lambda: "\u202e05+21\u202c".encode(),
    "invisible": lambda: "1\u200b2+\u206050\ufeff".encode(),
    "combining": lambda: ("1" + "\u0301" * 5_000 + "+2").encode(),
    "emoji": lambda: "1️⃣+2️⃣".encode(),
    "escape": lambda: b"\x1b[2J\x1b]0;x\x07",
    "lines": lambda: b"12\n+\r\n50",
    "markup": lambda: b"<img src=x onerror=alert(1)>",
    "image": lambda: b"![x](http://a.io/p.png)",
    "maths": lambda: b"$\\sqrt{2}$+1",
    "icon": lambda: b":material/home:+:red[1]",
    "link": lambda: b"[1](http://a.io)+www.a.io",
    "template": lambda: b"{0}+{n.__class__}",
    "code": lambda: b"__import__('os').system('true')",
    "minus": lambda: b"-1+-2",
    "decimal": lambda: b"1.5+2,5",
    "exponent": lambda: b"1e9+0x10",
    "operators": lambda: b"+" * 500,
    "brackets": lambda: b"(" * 900,
    "closed": lambda: b"(" * 20 + b"1+2" + b")" * 20,
    "closed-too-deep": lambda: b"(" * 500 + b"1+2" + b")" * 500,
    "powers": lambda: b"2^2^2^2",
    "powers-of-one": lambda: b"12^" + b"2" * 500,
    "equals": lambda: b"=" * 2_000,
    "many-terms": lambda: b"+".join([b"1"] * 900),
    "zeros": lambda: b"0" * 900 + b"1+" + b"0" * 900 + b"2",
    "long-number": lambda: b"9" * 999 + b"+" + b"9" * 1_000,
    "too-long-number": lambda: b"9" * 1_001 + b"+1",
    "largest-of-python": lambda: b"9" * 4_300,
    "more-than-python": lambda: b"9" * 4_301 + b"+1",
    "grouped": lambda: b"1,234,567",
    "answer": lambda: b" = +0062.00",
}

BOMBS: dict[str, Recipe] = {
    name: lambda part=part: part.encode() * (1_000_000 // len(part))  # type: ignore[misc]
    for name, part in {
        "digits": "9", "zeros": "0", "sums": "1+", "brackets": "(", "closed": "()", "powers": "^2", "equals": "=",
        "questions": "=?", "spaces": " ", "letters": "a", "full-width": "１", "combining": "\u0301", "escapes": "\x1b",
        "groups": "1,", "minuses": "-", "points": "1.",
    }.items()
}  # fmt: skip

mutated = text_mutated(
    ["12+50", "3+10", "(", ")", "+", "-", "*", "^2", "=", "?", "９", "×", "9" * 99, "cat", "0", "99"]
)
