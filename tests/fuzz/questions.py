"""CSVs of questions, as they are uploaded, pasted, or named on the command line."""

from __future__ import annotations

import zlib

from adder.analysis.question_csv import answer_rows, read_questions, rows_of
from adder.experiment import Experiment
from adder.solvers.shipped import shipped_solver
from adder.solvers.solver import Solver
from adder.tasks.file_text import decoded
from adder.tasks.pairs import Rule
from adder.ui.panels.many_questions import first
from tests.experiments import random_solver
from tests.fuzz.mutation import text_mutated
from tests.fuzz.refusal import check, refusals
from tests.fuzz.zips import Recipe

_RULE = Experiment(task=Rule((("cat", "tac"), ("dog", "god"), ("1+1", "2"), ('a,"b', "=1")))).replaced(
    {"network.encoder_units": 8, "network.decoder_units": 8}
)
_SOLVERS: tuple[Solver, ...] = (
    *map(shipped_solver, ("two-digits", "columns", "calculator", "squares", "mapping-mlp")),
    random_solver(_RULE),
)


def feed(data: bytes) -> None:
    """Read the bytes as a page or the command line does, and have one of several networks answer the rows."""
    solver = _SOLVERS[zlib.crc32(data) % len(_SOLVERS)]
    with refusals(data):
        text = decoded(data)
        rows = rows_of(text)
        for found in answer_rows(first(rows), solver):
            if found.problem is not None:
                check(found.problem.sentence, data)
    with refusals(data):
        read_questions(rows_of(decoded(data)), solver)


SEEDS: dict[str, Recipe] = {
    "good": lambda: b"question,answer\n3+10,13\n7+8,15\n",
    "no-heading": lambda: b"3+10\n7+8\n",
    "empty": lambda: b"",
    "heading-only": lambda: b"question,answer\n",
    "commas": lambda: b",,,,\n,,\n",
    "nul": lambda: b"3+1\x000,13\n\x00,\x00\n",
    "bom": lambda: b"\xef\xbb\xbfquestion\n3+10\n",
    "two-boms": lambda: b"\xef\xbb\xbf\xef\xbb\xbfquestion\n3+10\n",
    "bom-inside": lambda: "3+\ufeff10,13\n".encode(),
    "utf-16": lambda: "question,answer\n3+10,13\n".encode("utf-16"),
    "utf-32": lambda: "3+10,13\n".encode("utf-32-le"),
    "latin": lambda: "3+10,treize é\n".encode("latin-1"),
    "gb": lambda: "问题,3+10\n".encode("gb18030"),
    "surrogate": lambda: "3+\ud800,13\n".encode("utf-8", "surrogatepass"),
    "overlong": lambda: b"3+\xc0\xaf1,1\n",
    "quotes": lambda: b'"3+10,13\n7+8,15\n',
    "quotes-inside": lambda: b'3"+"10,1""3\n"3+10"x,"1\n3"\n',
    "formula": lambda: b"=cmd|' /C calc'!A0,1\n@SUM(1+1)*cmd,2\n+1+1,2\n-1+3,2\n",
    "full-width": lambda: "１２＋５０，６２\n１２＋５０,６２\n٣+٤,٧\n".encode(),
    "signs": lambda: "2×3,6\n5−2,3\n4²,16\n½+1,1\n".encode(),
    "bidi": lambda: "\u202e01+3\u202c,13\n\u200f3+1,4\n".encode(),
    "escape": lambda: b"\x1b[31m3+10\x1b[0m,13\n\x07,\x08\n",
    "lines": lambda: "3+10\r7+8\r\n1+1\n\r2+2\x0b3+3\x0c4+4\u20285+5\x856+6".encode(),
    "wide": lambda: b"3+10" + b"," * 9_000 + b"\n",
    "wide-field": lambda: b"3+10," + b"1" * 9_000 + b"\n",
    "long-question": lambda: b"9" * 9_000 + b"+1,1\n",
    "many-rows": lambda: b"3+10,13\n" * 2_200,
    "many-long-rows": lambda: (b"9" * 990 + b"+1\n") * 19,
    "contradiction": lambda: b"3+10,14\n3+10,13\n",
    "answers": lambda: b"3+10,+13.0\n3+10,013\n3+10,1e1\n3+10,--13\n3+10,\n",
    "brackets": lambda: b"(" * 2_000 + b"1" + b")" * 2_000 + b"\n((3+10))\n",
    "markdown": lambda: b"![x](http://a.io/p.png),<img src=x onerror=alert(1)>\n$x$,:material/home:\n[a](//b),`c`\n",
    "words": lambda: b"cat,tac\ndog,god\nact,\nbird,drib\n",
    "paths": lambda: b"../../etc/passwd,file:///etc/passwd\n",
    "template": lambda: b"{0},{n.__class__}\n%s,%n\n{question},{\n",
}

BOMBS: dict[str, Recipe] = {
    "columns": lambda: b"3+10" + b"," * 1_000_000,
    "rows": lambda: b"1\n" * 2_500_000,
    "blank-rows": lambda: b"\n" * 5_000_000,
    "field": lambda: b"3+10," + b"x" * 5_000_000,
    "quote": lambda: b'"' + b"3+10\n" * 1_000_000,
    "long-rows": lambda: (b"9" * 990 + b"+" + b"9" * 990 + b"\n") * 2_500,
    "commas": lambda: b",\n" * 2_500_000,
}

mutated = text_mutated(
    ["question,answer\n", "3+10", "12+50,62\n", "cat,tac\n", '"', "\n", ",", "(1+2)*3", "9^2", "999"]
)
