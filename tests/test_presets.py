from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adder import PRESETS, Experiment, ExperimentError, from_query, preset, to_query
from adder.presets import DEFAULT_PRESET, nearest_preset
from tests.experiments import experiments
from tests.test_experiment import SETTING_NAMES


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_has_words_and_an_experiment_of_its_own(name: str) -> None:
    entry = PRESETS[name]
    assert entry.name == name
    assert entry.label
    assert entry.blurb.endswith((".", "?"))
    assert preset(name) is entry.experiment
    assert sum(other.experiment == entry.experiment for other in PRESETS.values()) == 1


@pytest.mark.parametrize("name", PRESETS)
def test_a_presets_query_is_its_name(name: str) -> None:
    assert to_query(preset(name)) == f"preset={name}"
    assert from_query(f"preset={name}") == preset(name)
    assert nearest_preset(preset(name)) == name


def test_the_textbook_presets_keep_the_tutorials_settings() -> None:
    tutorial = preset("seq2seq")
    assert (tutorial.task.smallest, tutorial.task.largest, tutorial.task.terms) == (1, 10, 2)
    assert (tutorial.training.epochs, tutorial.training.samples, tutorial.training.batch_size) == (30, 1_000, 10)
    assert all(preset(name).task.held_out == 0 for name in PRESETS if name != "seq2seq-fast")
    assert preset("seq2seq-fast").task.held_out == 0.1


def test_an_unknown_preset_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ExperimentError, match=r"preset must be one of seq2seq, .*; received: 'sequence'"):
        preset("sequence")


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
    ("query", "sentence"),
    [
        ("preset=none", "preset must be one of seq2seq, "),
        ("seed=1&seed=2", "seed must be given once; received: '1 and 2'"),
        ("preset=seq2seq&preset=seq2seq", "preset must be given once"),
        ("task.largest=ten", "task.largest must be a whole number; received: 'ten'"),
        ("task.largest=", "task.largest must be a whole number; received: ''"),
        ("colour=red", "a setting must be one of "),
        ("network.name=mapping-mlp", "encoding.name must be scaled, which mapping-mlp reads; received: 'text'"),
    ],
)
def test_a_query_that_cannot_work_is_refused(query: str, sentence: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        from_query(query)
    assert str(caught.value).startswith(sentence)


values = st.text(max_size=30) | st.sampled_from(["1", "0", "-0.0", "1e999", "nan", "none", "true", "6,6", "9" * 400])
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
