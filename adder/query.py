"""An experiment as the query string of an address: the nearest preset, and what differs from it.

>>> to_query(preset("seq2seq").replaced({"task.largest": 20, "seed": 7}))
'preset=seq2seq&task.largest=20&seed=7'
>>> from_query("preset=seq2seq&task.largest=20&seed=7").task.largest
20
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, wraps
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from adder.base.errors import ExperimentError, shorten
from adder.base.messages import Sentence
from adder.base.settings import written
from adder.experiment import Experiment
from adder.presets import DEFAULT_PRESET, PRESETS, preset

MOST_FIELDS = 1_000  # A whole experiment has about fifty.


def _cached(compute: Callable[[Experiment], str]) -> Callable[[Experiment], str]:
    """Cache what is computed from experiments, but only for a few whose task is a list: it may take megabytes."""
    arithmetic, lists = lru_cache(maxsize=256)(compute), lru_cache(maxsize=8)(compute)

    @wraps(compute)
    def cached(experiment: Experiment) -> str:
        return (lists if experiment.task.own_list else arithmetic)(experiment)

    return cached


@_cached
def nearest_preset(experiment: Experiment) -> str:
    """The name of the preset that differs from `experiment` in the fewest settings."""
    flat = experiment.flat()
    return min(PRESETS, key=lambda name: len(_differences(flat, _flat(PRESETS[name].experiment))))


@_cached
def to_query(experiment: Experiment) -> str:
    """The experiment as a query string: the nearest preset and what differs from it."""
    name = nearest_preset(experiment)
    differences = _differences(experiment.flat(), _flat(PRESETS[name].experiment))
    return encoded({"preset": name} | {key: written(value) for key, value in differences.items()})


def encoded(pairs: Mapping[str, str] | Sequence[tuple[str, str]]) -> str:
    """Keys and their values as a query string, in which no blank is a `+`.

    >>> encoded({"task.operators": "+-", "task.pairs": "a b,c"})
    'task.operators=%2B-&task.pairs=a%20b%2Cc'
    """
    return urlencode(pairs, quote_via=quote)


def decoded(query: str) -> list[tuple[str, str]]:
    """The keys and values of a query string, in which a `+` is a plus, as people who write one by hand mean it.

    Web forms, Streamlit and older links write a blank as `+`. Only lists have blanks in them, and whoever writes
    those as `+` writes commas as `%2C`. Fields after the first `MOST_FIELDS` are not read.

    >>> decoded("task.operators=+-"), decoded("task.pairs=a+b%2Cc")
    ([('task.operators', '+-')], [('task.pairs', 'a b,c')])
    """
    fields = query.lstrip("?").split("&", MOST_FIELDS)[:MOST_FIELDS]
    plus = (each if "%2c" in each.lower() else each.replace("+", "%2B") for each in fields)
    pairs = parse_qsl("&".join(plus), keep_blank_values=True)
    return [(key.removeprefix("amp;"), value) for key, value in pairs]  # A web page's source has `&amp;` for `&`.


def training_command(query: str) -> str:
    """The arguments of `adder` that train the experiment of a query string, quoted for a shell.

    >>> training_command("preset=two-digits&task.operators=%2B-&seed=3")
    'train two-digits --set task.operators=+- --seed 3'
    """
    (_, name), *settings = decoded(query)
    words = ["train", name]
    for key, value in settings:
        words += ["--seed", value] if key == "seed" else ["--set", f"{key}={value}"]
    return shlex.join(words)


def from_query(query: str | Mapping[str, str]) -> Experiment:
    """The experiment that `to_query` wrote, from the string or its already decoded pairs.

    Raises:
        ExperimentError: A setting is unknown, given twice, or cannot work.
    """
    settings: dict[str, str] = {}
    for key, value in decoded(query) if isinstance(query, str) else query.items():
        if key in settings:
            both = Sentence("{one} and {other}", one=shorten(settings[key]), other=shorten(value))
            raise ExperimentError(key, Sentence("given once"), both)
        settings[key] = value
    base = preset(settings.pop("preset", DEFAULT_PRESET).strip())
    return base.replaced(settings)


_flat = lru_cache(maxsize=64)(Experiment.flat)  # It is asked of presets alone.


def _differences(flat: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of `flat` that are not the same among the `known` ones of a preset."""
    for part in ("task", "encoding", "network"):
        if flat[f"{part}.name"] != known[f"{part}.name"]:  # Another kind of part starts from its own defaults.
            known = {key: value for key, value in known.items() if not key.startswith(f"{part}.")}
    return {key: value for key, value in flat.items() if key not in known or known[key] != value}
