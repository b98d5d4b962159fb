"""CSVs of a rule of one's own, as they are uploaded or named on the command line."""

from __future__ import annotations

from adder.encodings import TextEncoding
from adder.experiment import Experiment
from adder.presets import PRESETS
from adder.query import from_query, to_query
from adder.tasks.file_text import decoded
from adder.tasks.pairs import Rule, read_pairs
from tests.fuzz.mutation import MOST_BYTES, text_mutated
from tests.fuzz.refusal import refusals
from tests.fuzz.zips import Recipe


def feed(data: bytes) -> None:
    """Read the bytes as a page or the command line does, and make of them the experiment that the page makes."""
    with refusals(data):
        text = decoded(data)
        rule = read_pairs(text).rule()
        network = PRESETS["seq2seq"].experiment.network
        experiment = Experiment(task=rule, encoding=TextEncoding(), network=network)
        query = to_query(experiment)
        if len(data) < MOST_BYTES:
            assert from_query(query) == experiment
            assert Rule.from_csv(rule.to_csv()) == rule
            rule.read([question for question, _ in rule.pairs])


SEEDS: dict[str, Recipe] = {
    "good": lambda: b"question,answer\ncat,tac\ndog,god\n",
    "empty": lambda: b"",
    "one": lambda: b"cat,tac\n",
    "same": lambda: b"cat,tac\ncat,tac\n",
    "contradiction": lambda: b"cat,tac\ncat,act\n",
    "one-cell": lambda: b"cat\ndog\n",
    "three-cells": lambda: b"cat,tac,x\ndog,god,y\n",
    "empty-cell": lambda: b"cat,\n,god\n",
    "nul": lambda: b"ca\x00t,tac\ndog,god\n",
    "control": lambda: b"ca\x1b[31mt,tac\ndog,god\n",
    "line-in-a-cell": lambda: b'"ca\nt",tac\ndog,god\n',
    "return": lambda: b"cat,tac\rdog,god\r",
    "windows": lambda: b"cat,tac\r\ndog,god\r\n",
    "quotes": lambda: b'"cat,tac\ndog,god\n',
    "quotes-inside": lambda: b'ca"t,tac\n"do"g,god\n"a""b","c"\n',
    "bom": lambda: b"\xef\xbb\xbfquestion,answer\ncat,tac\ndog,god\n",
    "utf-16": lambda: "cat,tac\ndog,god\n".encode("utf-16"),
    "latin": lambda: "caté,tac\ndog,god\n".encode("latin-1"),
    "surrogate": lambda: "cat\ud800,tac\ndog,god\n".encode("utf-8", "surrogatepass"),
    "bidi": lambda: "ca\u202et,tac\ndog,god\n".encode(),
    "combining": lambda: "e\u0301,x\né,y\n\u0301\u0301\u0301,z\n".encode(),
    "spaces": lambda: "a\u00a0b,c\n\u3000d,e\na  b,f\n".encode(),
    "astral": lambda: "😀,😃\n猫,犬\n".encode(),
    "markup": lambda: b"![x](//a.io),<b>x</b>\n$x$,:red[a]\n`a`,[b](//c)\n:material/home:,www.a.io\n",
    "formula": lambda: b"=1+1,2\n@x,+y\n-1,\"=cmd|'/C calc'!A0\"\n",
    "template": lambda: b"{0},{n.__class__}\n%s,{\n",
    "long": lambda: b"a" * 41 + b",b\nc,d\n",
    "longest": lambda: b"a" * 40 + b"," + b"b" * 40 + b"\nc,d\n",
    "wide": lambda: b"a,b" + b"," * 9_000 + b"\nc,d\n",
    "many-symbols": lambda: "".join(f"{chr(0x4E00 + at)},x\n" for at in range(97)).encode(),
    "most-symbols": lambda: "".join(f"{chr(0x4E00 + at)},x\n" for at in range(95)).encode(),
    "many-rows": lambda: "".join(f"{at},{at}\n" for at in range(1_700)).encode(),
    "numbers": lambda: b"1,one\n2,two\n10,ten\n-3,minus three\n",
    "long-number": lambda: b"1," + b"9" * 40 + b"\n2,3\n",
}

BOMBS: dict[str, Recipe] = {
    "columns": lambda: b"a,b" + b"," * 1_000_000,
    "most-characters": lambda: b"a,b\n" * 500_000,
    "too-many-characters": lambda: b"a,b\n" * 1_250_000,
    "blank-rows": lambda: b"\n" * 2_000_000,
    "field": lambda: b"a," + b"x" * 1_900_000,
    "quote": lambda: b'"' + b"a,b\n" * 450_000,
    "quotes": lambda: b'"",' * 600_000,
    "most-rows": lambda: "".join(f"{at},{'x' * 40}\n" for at in range(20_000)).encode(),
    "too-many-rows": lambda: "".join(f"{at},{at}\n" for at in range(100_000)).encode(),
}

mutated = text_mutated(["question,answer\n", "cat,tac\n", "dog,god\n", '"', "\n", ",", "x" * 40, "1,2\n"])
