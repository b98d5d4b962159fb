"""JSON that describes a sweep."""

from __future__ import annotations

import json

from adder.experiment import Experiment
from adder.runs.sweeps import MOST_CHARACTERS, experiments_from_json
from tests.fuzz.mutation import json_mutated
from tests.fuzz.refusal import refusals
from tests.fuzz.zips import Recipe


def feed(data: bytes) -> None:
    """Read the bytes as the command line does, as a list of experiments and as one."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return  # The command line says so itself.
    with refusals(data):
        for experiment in experiments_from_json(text)[:5]:
            assert Experiment.from_json(experiment.to_json()) == experiment
    with refusals(data):
        Experiment.from_json(text[:MOST_CHARACTERS])


def _seed(value: object) -> Recipe:
    return lambda: json.dumps(value).encode()


SEEDS: dict[str, Recipe] = {
    "good": _seed([{"preset": "two-digits", "network.encoder_units": [32, 64], "seed": [1, 2, 3]}]),
    "experiment": lambda: Experiment().to_json().encode(),
    "experiment-list": _seed(
        {"task": {"name": "rule", "pairs": [["a", "b"], ["c", "d"]]}, "network": {"units": [[1]]}}
    ),
    "empty": lambda: b"",
    "empty-list": _seed([]),
    "empty-entry": _seed([{}]),
    "no-list": _seed({"preset": "two-digits"}),
    "nested": lambda: b"[" * 19_000,
    "nested-value": _seed([{"seed": json.loads("[" * 300 + "]" * 300)}]),
    "nested-deep": lambda: b'[{"seed": ' + b"[" * 930 + b"]" * 930 + b"}]",
    "nested-deeper": lambda: b'[{"preset": ' + b"[" * 960 + b"]" * 960 + b"}]",
    "no-values": _seed([{"seed": []}]),
    "null": _seed([{"seed": None}]),
    "objects": _seed([{"seed": {"x": 1}, "preset": {}}]),
    "number-of-a-preset": _seed([{"preset": 5}]),
    "list-of-presets": _seed([{"preset": [["two-digits"]]}]),
    "unknown": _seed([{"x" * 5_000: 1}]),
    "line-in-a-name": _seed([{"a\n\x1b[31mb": 1}]),
    "surrogate": lambda: b'[{"seed": "\\ud800", "\\udfff": 1}]',
    "long-number": lambda: b'[{"seed": ' + b"9" * 9_000 + b"}]",
    "large-number": lambda: b'[{"seed": ' + b"9" * 4_000 + b"}]",
    "real": lambda: b'[{"seed": 1e999, "training.learning_rate": NaN, "task.held_out": -Infinity}]',
    "true": _seed([{"seed": True, "task.largest": False}]),
    "layers": _seed([{"preset": "mapping-mlp", "network.units": [[6, 6], [4]]}]),
    "layers-apart": _seed([{"preset": "mapping-mlp", "network.units": [6, 6]}]),
    "layers-of-layers": _seed([{"preset": "mapping-mlp", "network.units": [[[6]]]}]),
    "pairs": _seed([{"task.name": "rule", "task.pairs": [[["a", "b"], ["c", "d"]]]}]),
    "pairs-strange": _seed([{"task.name": "rule", "task.pairs": [[["a", 1], "cd", None]]}]),
    "combination": _seed([{"encoding.name": "scaled"}]),
    "repeated": lambda: b'[{"seed": 1, "seed": 2}]',
    "product": _seed([{key: list(range(9)) for key in ("seed", "task.largest", "task.smallest", "training.epochs")}]),
    "products": _seed([{"seed": list(range(999))}] * 3),
    "many": _seed([{}] * 1_500),
    "template": _seed([{"preset": "{0}", "{n.__class__}": "{"}]),
    "comment": lambda: b"[{}] // x",
    "trailing": lambda: b"[{},]",
    "utf-16": lambda: b"[{}]".decode().encode("utf-16"),
    "bom": lambda: b"\xef\xbb\xbf[{}]",
    "nul": lambda: b"[{}]\0",
}

BOMBS: dict[str, Recipe] = {
    "entries": lambda: b"[" + b"{}," * 500_000 + b"{}]",
    "products": lambda: json.dumps([{"seed": list(range(1_000))}] * 500).encode(),
    "values": lambda: b'[{"seed": [' + b"1," * 2_000_000 + b"1]}]",
    "text": lambda: b'[{"preset": "' + b"x" * 5_000_000 + b'"}]',
    "name": lambda: b'[{"' + b"x" * 5_000_000 + b'": 1}]',
    "nested": lambda: b"[" * 5_000_000,
    "strange": lambda: b"[" + b"[]," * 1_500_000 + b"1]",
}

mutated = json_mutated(
    ["preset", "seed", "task.largest", "network.units", "task.pairs", "task.name", "encoding.name", "task"]
)
