"""The experiments that adder ships: name -> label, blurb and `Experiment`, and their short form in an address bar.

The four textbook presets keep the tutorial's settings exactly, so nothing is held out there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from adder import checks
from adder.encoding import ScaledEncoding, TextEncoding
from adder.errors import ExperimentError
from adder.experiment import Experiment, Training
from adder.networks import MappingLSTM, MappingMLP, Seq2Seq
from adder.task import Task


@dataclass(frozen=True, slots=True)
class Preset:
    """An experiment with a name for the command line, a label for menus and a sentence on what it teaches."""

    name: str
    label: str
    blurb: str
    experiment: Experiment


_TO_100 = Task(smallest=1, largest=100)

PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "seq2seq",
            "Textbook sequence to sequence, 1 to 10",
            "An encoder reads the characters, a decoder writes the sum. It gets nearly all right, but there are only "
            "55 distinct sums and it sees 30,000: has it learned to add, or memorised a table?",
            Experiment(),
        ),
        Preset(
            "seq2seq-100",
            "The same network, 1 to 100",
            "The textbook recipe on 5,050 distinct sums. Fewer than one sum in ten comes out right: there is too much "
            "to memorise and 30,000 samples are too few for this recipe to find the rule.",
            Experiment(task=_TO_100),
        ),
        Preset(
            "seq2seq-fast",
            "A recipe that learns, 0 to 99",
            "The same family, trained better: each term padded on its own, the answer written from its last digit as "
            "carries travel, the question read both ways. A tenth of the sums is never trained on.",
            Experiment(
                task=Task(smallest=0, largest=99, held_out=0.1),
                encoding=TextEncoding(padding="terms", answer_order="reversed"),
                network=Seq2Seq(encoder_units=64, decoder_units=64, bidirectional=True),
                training=Training(
                    epochs=20,
                    samples=2_800,
                    batch_size=40,
                    learning_rate=0.008,
                    final_learning_rate=0.0003,
                    clip_norm=1.0,
                ),
            ),
        ),
        Preset(
            "mapping-mlp",
            "Numbers in, number out: linear MLP",
            "The beginner's mistake, first form: two scaled numbers into linear layers. Addition is linear, so the "
            "error falls to nothing; but no sequence was learned.",
            Experiment(
                task=_TO_100,
                encoding=ScaledEncoding(),
                network=MappingMLP(),
                training=Training(epochs=50, samples=100, batch_size=2),
            ),
        ),
        Preset(
            "mapping-lstm",
            "Numbers in, number out: LSTM",
            "The beginner's mistake, second form: an LSTM fed two scaled numbers. It comes within about one of the "
            "sum; shuffle the numbers of every example and it learns just as well, so it was never a sequence.",
            Experiment(
                task=_TO_100,
                encoding=ScaledEncoding(),
                network=MappingLSTM(),
                training=Training(epochs=100, samples=100, batch_size=1),
            ),
        ),
        Preset(
            "mapping-lstm-stacked",
            "Numbers in, number out: two LSTM layers",
            "The same mistake with two LSTM layers of 6 units on top of each other: more network, no more sequence.",
            Experiment(
                task=_TO_100,
                encoding=ScaledEncoding(),
                network=MappingLSTM(units=(6, 6)),
                training=Training(epochs=100, samples=100, batch_size=1),
            ),
        ),
    )
}

DEFAULT_PRESET = "seq2seq"


def preset(name: str) -> Experiment:
    """The experiment that adder ships under `name`.

    Raises:
        ExperimentError: There is none of that name.

    >>> preset("seq2seq").training.epochs
    30
    """
    checks.choice("preset", name, list(PRESETS))
    return PRESETS[name].experiment


@lru_cache(maxsize=256)
def nearest_preset(experiment: Experiment) -> str:
    """The name of the preset that differs from `experiment` in the fewest settings."""
    return min(PRESETS, key=lambda name: len(_differences(experiment, PRESETS[name].experiment)))


@lru_cache(maxsize=256)
def to_query(experiment: Experiment) -> str:
    """The experiment as a query string: the nearest preset and what differs from it.

    >>> to_query(preset("seq2seq").replaced({"task.largest": 20, "seed": 7}))
    'preset=seq2seq&task.largest=20&seed=7'
    """
    name = nearest_preset(experiment)
    differences = _differences(experiment, PRESETS[name].experiment)
    return urlencode({"preset": name} | {key: _written(value) for key, value in differences.items()})


def from_query(query: str | Mapping[str, str]) -> Experiment:
    """The experiment that `to_query` wrote, from the string or its already decoded pairs.

    Raises:
        ExperimentError: A setting that is unknown, given twice, or cannot work.
    """
    pairs: Iterable[tuple[str, str]]
    pairs = parse_qsl(query.lstrip("?"), keep_blank_values=True) if isinstance(query, str) else query.items()
    settings: dict[str, str] = {}
    for key, value in pairs:
        if key in settings:
            raise ExperimentError(key, "given once", f"{settings[key]} and {value}")
        settings[key] = value
    base = preset(settings.pop("preset", DEFAULT_PRESET))
    return base.replaced(settings)


def _differences(experiment: Experiment, base: Experiment) -> dict[str, Any]:
    known = base.flat()
    for part in ("encoding", "network"):
        if getattr(experiment, part).name != getattr(base, part).name:  # then that part starts from defaults
            known = {key: value for key, value in known.items() if not key.startswith(f"{part}.")}
    return {key: value for key, value in experiment.flat().items() if key not in known or known[key] != value}


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value is None else str(value)
