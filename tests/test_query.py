from __future__ import annotations

import dataclasses
import gc
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adder import PRESETS, Experiment, ExperimentError, Rule, from_query, preset, to_query
from adder.presets import DEFAULT_PRESET
from adder.query import decoded, encoded, nearest_preset
from tests.experiments import experiments
from tests.test_experiment import SETTING_NAMES


@pytest.mark.parametrize("name", PRESETS)
def test_a_presets_query_is_its_name(name: str) -> None:
    assert to_query(preset(name)) == f"preset={name}"
    assert from_query(f"preset={name}") == preset(name)
    assert nearest_preset(preset(name)) == name


@given(experiments())
def test_a_query_brings_the_experiment_back(experiment: Experiment) -> None:
    query = to_query(experiment)
    assert from_query(query) == experiment
    assert from_query("?" + query) == experiment
    assert from_query(dict(parse_qsl(query))) == experiment


@pytest.mark.parametrize("query", ["", "?", {}])
def test_no_query_is_the_default_preset(query: str | dict[str, str]) -> None:
    assert from_query(query) == preset(DEFAULT_PRESET)


def test_a_query_names_only_what_differs() -> None:
    changed = preset("mapping-lstm").replaced({"network.units": "3,4", "training.clip_norm": 2})
    assert dict(parse_qsl(to_query(changed))) == {
        "preset": "mapping-lstm",
        "network.units": "3,4",
        "training.clip_norm": "2.0",
    }


@pytest.mark.parametrize(
    ("query", "settings"),
    [
        ("task.operators=+-", {"task.operators": "+-"}),
        ("task.operators=-+", {"task.operators": "+-"}),
        ("task.operators=%2B-", {"task.operators": "+-"}),
        ("preset=two-digits%20&seed=3", {"task.largest": 99, "seed": 3}),
        ("preset=two-digits&amp;seed=3", {"task.largest": 99, "seed": 3}),
        ("seed=+3&training.learning_rate=1e+0", {"seed": 3, "training.learning_rate": 1}),
        ("task.name=rule&task.pairs=1+1,2%0A2+3,5", {"task.pairs": [("1+1", "2"), ("2+3", "5")]}),
        ("task.name=rule&task.pairs=a%20b,1%0Ac,2", {"task.pairs": [("a b", "1"), ("c", "2")]}),
        # Web forms and older links write it this way.
        ("task.name=rule&task.pairs=a+b%2C1%0A1%2B1%2C2", {"task.pairs": [("a b", "1"), ("1+1", "2")]}),
    ],
)
def test_an_address_may_be_written_by_hand(query: str, settings: dict[str, object]) -> None:
    flat = from_query(query).flat()
    assert {name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()} == {
        name: flat[name] for name in settings
    }


any_text = st.text(st.characters(codec="utf-8"), min_size=1)


@given(st.dictionaries(any_text, any_text))
def test_whatever_is_encoded_is_decoded(values: dict[str, str]) -> None:
    assert dict(decoded(encoded(values))) == values
    assert "+" not in encoded(values)


def test_a_query_carries_a_list_of_ones_own() -> None:
    rule = Rule((("a, b", 'say "c"'), ("100%", "a&b=c"), ("猫", "#?+")), held_out=0.3)
    changed = preset("seq2seq").replaced({"seed": 5, "training.draw": None})
    query = to_query(dataclasses.replace(changed, task=rule))
    assert dict(parse_qsl(query)) == {
        "preset": "seq2seq",
        "task.name": "rule",
        "task.pairs": '"a, b","say ""c"""\n100%,a&b=c\n猫,#?+',
        "task.held_out": "0.3",
        "seed": "5",
    }
    assert from_query(query).task == rule


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("preset=none", "preset must be one of seq2seq, "),
        ("seed=1&seed=2", "seed must be given once; received: 1 and 2"),
        ("preset=seq2seq&preset=seq2seq", "preset must be given once"),
        ("task.largest=ten", "task.largest must be a whole number; received: 'ten'"),
        ("task.largest=", "task.largest must be a whole number; received: ''"),
        ("colour=red", "a setting must be one of "),
        ("task.name=rule&task.pairs=a,b", "task.pairs must be 2 to 20,000 pairs; received: 1 of them"),
        ("preset=two-digits&task.brackets=1", "encoding.padding=terms needs every number at a place of its own"),
        ("training.optimizer=abacus", "training.optimizer must be one of "),
        ("network.name=mapping-mlp", "encoding.name must be scaled, which mapping-mlp reads; received: 'text'"),
    ],
)
def test_a_query_that_cannot_work_is_refused(query: str, sentence: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        from_query(query)
    assert str(caught.value).startswith(sentence)


words = ["1", "0", "-0.0", "1e999", "nan", "none", "true", "6,6", "a,b", "a,b\nc,d", "rule", "columns", "9" * 400]
values = st.text(max_size=30) | st.sampled_from(words)
pairs = st.dictionaries(st.sampled_from([*SETTING_NAMES, "preset"]) | st.text(max_size=12), values, max_size=4)


@given(pairs)
@example({"seed": "9" * 5_000})
@example({"training.learning_rate": "1" + "0" * 400})
@example({"preset": "\ud800"})
def test_any_pairs_are_an_experiment_or_refused(settings: dict[str, str]) -> None:
    try:
        experiment = from_query(settings)
    except ExperimentError as error:
        assert str(error)  # noqa: PT017
    else:
        assert from_query(to_query(experiment)) == experiment


@given(st.text() | pairs.map(lambda settings: urlencode(settings, errors="replace")))
def test_any_query_string_is_an_experiment_or_refused(query: str) -> None:
    try:
        assert isinstance(from_query(query), Experiment)
    except ExperimentError as error:
        assert str(error)  # noqa: PT017


def test_few_lists_of_ones_own_are_kept_for_their_addresses() -> None:
    for number in range(40):
        to_query(preset("seq2seq").replaced({"task.name": "rule", "task.pairs": f"kept,{number}\nb,c"}))
    gc.collect()
    lists = {each.pairs for each in gc.get_objects() if isinstance(each, Rule)}
    assert 0 < sum(pairs[0][0] == "kept" for pairs in lists) < 20
