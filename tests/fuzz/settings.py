"""Settings on the command line: `--set KEY=VALUE`, read by the real command line."""

from __future__ import annotations

import contextlib
import io

from adder import cli
from tests.fuzz.mutation import text_mutated
from tests.fuzz.refusal import UnclearRefusal, check
from tests.fuzz.zips import Recipe

_VERBS = (["script", "seq2seq"], ["script", "mapping-mlp"], ["script", "binary"])


def feed(data: bytes) -> None:
    """Run the command line with each part of the bytes between two NULs, which no argument holds, for a setting."""
    arguments = data.decode("utf-8", "surrogateescape").split("\0")
    settings = [word for argument in arguments for word in ("--set", argument)]
    for verb in _VERBS:
        out, told = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(told):
            try:
                status = cli.main([*verb, *settings])
            except SystemExit as error:  # This is how argparse ends.
                status = error.code if isinstance(error.code, int) else 1
        if status not in (0, 2):
            raise UnclearRefusal(f"exit status {status}")
        if status == 2:
            check(told.getvalue().removesuffix("\n"), data)


SEEDS: dict[str, Recipe] = {
    "good": lambda: b"task.largest=100",
    "several": lambda: b"task.largest=100\0training.epochs=5\0network.encoder_units=8",
    "empty": lambda: b"",
    "equals": lambda: b"=",
    "no-equals": lambda: b"task.largest",
    "no-value": lambda: b"task.largest=",
    "spaces": lambda: b" task.largest = 100 ",
    "equals-twice": lambda: b"task.largest=100=200",
    "option": lambda: b"--seed",
    "options": lambda: b"-1\0--help\0--\0-h",
    "minus": lambda: b"-5+3=1",
    "long-name": lambda: b"x" * 9_000 + b"=1",
    "long-value": lambda: b"task.largest=" + b"9" * 9_000,
    "long": lambda: b"x" * 9_000,
    "line": lambda: b"a\nb=1\0task.largest=1\n2",
    "escape": lambda: b"\x1b[31mx=1",
    "bytes": lambda: b"\xff=\xfe",
    "unicode": lambda: "task.largest=１００\0task.operators=＋\0猫=犬".encode(),
    "name": lambda: b"network.name=tagger\0encoding.name=columns",
    "names": lambda: b"network.name=\0task.name=rule\0encoding.name=none",
    "rule": lambda: b"task.name=rule\0task.pairs=cat,tac\ndog,god",
    "rule-quote": lambda: b'task.name=rule\0task.pairs="',
    "units": lambda: b"network.units=(6,6)\0network.units=[6",
    "many-units": lambda: b"network.units=" + b"1," * 4_000,
    "switch": lambda: b"network.masking=TRUE\0network.bidirectional=1",
    "nan": lambda: b"training.learning_rate=nan\0training.target=inf",
    "none": lambda: b"training.clip_norm=none\0training.draw=null",
    "class": lambda: b"__class__=1\0task.__class__=int\0task.name.x=1",
    "dots": lambda: b"..=1\0.=2\0task.=3\0.largest=4",
    "template": lambda: b"{0}={n.__class__}\0%s=%d",
    "path": lambda: b"../../x=/etc/passwd",
}

BOMBS: dict[str, Recipe] = {
    "name": lambda: b"x" * 1_000_000 + b"=1",
    "value": lambda: b"task.largest=" + b"9" * 1_000_000,
    "units": lambda: b"network.units=" + b"1," * 500_000,
    "rule": lambda: b"task.name=rule\0task.pairs=" + b"a,b\n" * 250_000,
    "many": lambda: b"\0".join([b"seed=1"] * 6_000),
}

mutated = text_mutated(
    [
        "\0", "=", "task.largest=", "task.terms=", "task.operators=+-*", "task.brackets=", "task.base=",
        "task.name=rule\0",
        "encoding.name=scaled\0", "network.name=transformer\0", "network.units=", "training.samples=",
        "seed=", "preset=", "--set", "-",
    ]
)  # fmt: skip
