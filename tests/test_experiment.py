from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adder import (
    NETWORKS,
    CarryCell,
    ColumnsEncoding,
    CombinationError,
    Experiment,
    ExperimentError,
    MappingLSTM,
    MappingMLP,
    Rule,
    ScaledEncoding,
    Seq2Seq,
    Tagger,
    Task,
    TextEncoding,
    Training,
    Transformer,
)
from adder.base.messages import either
from adder.base.settings import settings_of
from adder.encodings import ENCODINGS
from adder.experiment import FAMILIES, settings_guide
from tests.experiments import experiments

SCALED = {"encoding.name": "scaled"}
COLUMNS = {"encoding.name": "columns"}
RULE = {"task.name": "rule"}
READ = either([name for name, kind in ENCODINGS.items() if Seq2Seq.reads(kind)])
KINDS = [(part, kind) for part, family in FAMILIES.items() for kind in family.registry.values()]
SETTING_NAMES = sorted(
    {f"{part}.{name}" for part, kind in [*KINDS, ("training", Training)] for name in settings_of(kind)}
    | {f"{part}.name" for part in FAMILIES}
    | {"seed"}
)


@given(experiments())
def test_an_experiment_survives_json(experiment: Experiment) -> None:
    again = Experiment.from_json(experiment.to_json())
    assert again == experiment
    assert again.to_json() == experiment.to_json()


@given(experiments())
def test_an_experiment_is_its_flat_settings(experiment: Experiment) -> None:
    assert Experiment().replaced(experiment.flat()) == experiment


@given(experiments(), experiments())
def test_digests_are_equal_exactly_when_experiments_are(first: Experiment, second: Experiment) -> None:
    assert (first.digest == second.digest) == (first == second)
    assert dataclasses.replace(first).digest == first.digest


def test_a_digest_is_twelve_hexadecimal_digits_and_never_changes() -> None:
    assert len(Experiment().digest) == 12
    assert set(Experiment().digest) <= set("0123456789abcdef")
    assert Experiment().digest == Experiment.from_json("{}").digest == DEFAULT_DIGEST


DEFAULT_DIGEST = "9616f7667708"


def test_a_list_of_ones_own_names_the_same_experiment_for_ever() -> None:
    experiment = Experiment(task=Rule((("cat", "tac"), ("dog", "god")), held_out=0.5))
    assert experiment.digest == Experiment.from_json(experiment.to_json()).digest == RULE_DIGEST
    assert json.loads(experiment.to_json())["task"] == {
        "name": "rule",
        "pairs": [["cat", "tac"], ["dog", "god"]],
        "held_out": 0.5,
    }


RULE_DIGEST = "4107cf4aac1b"


def test_a_change_in_mid_run_makes_another_experiment_and_none_leaves_it_as_it_was() -> None:
    plain = Experiment(training=Training(epochs=9))
    changed = plain.changed(4, {"batch_size": 50, "draw": "ends"})
    assert changed.training.changes == ((4, "batch_size", 50), (4, "draw", "ends"))
    assert changed.digest != plain.digest
    assert changed.changed(4, {"batch_size": 10, "draw": None}) == plain
    assert changed.changed(3, {"batch_size": 20}).training.changes == ((3, "batch_size", 20), (4, "draw", "ends"))
    assert changed.changed(1, {"learning_rate": 0.5, "draw": "ends"}) == dataclasses.replace(
        plain, training=Training(epochs=9, learning_rate=0.5, draw="ends", changes=((4, "batch_size", 50),))
    )


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("task.largest", "1" + "0" * 100, 10**100),
        ("task.fewest_terms", "2", None),  # A task with 2 numbers is written without it.
        ("task.operators", "- +", "+-"),
        ("training.clip_norm", "none", None),
        ("network.bidirectional", "true", True),
        ("training.changes", "9:draw=ends,4:batch_size=50", ((4, "batch_size", 50), (9, "draw", "ends"))),
        ("seed", "7", 7),
    ],
)
def test_settings_are_read_from_text(name: str, text: str, value: object) -> None:
    assert Experiment().replaced({name: text}).flat()[name] == value


def test_parts_with_lists_are_read_from_text() -> None:
    stacked = SCALED | {"network.name": "mapping-lstm", "network.units": "6,6"}
    assert Experiment().replaced(stacked).network == MappingLSTM(units=(6, 6))
    words = (("cat", "tac"), ("dog", "god"))
    assert Experiment().replaced(RULE | {"task.pairs": "cat,tac\ndog,god"}).task == Rule(words)


def test_naming_another_task_starts_from_its_defaults() -> None:
    large = Experiment(task=Task(largest=99))
    assert large.replaced(RULE).task == Rule()
    assert large.replaced(RULE | {"task.held_out": 0.5}).task == Rule(held_out=0.5)
    assert large.replaced({"task.name": "arithmetic", "seed": 2}).task == Task(largest=99)


def test_naming_another_network_starts_from_its_defaults() -> None:
    small = Experiment(network=Seq2Seq(encoder_units=8))
    assert small.replaced(SCALED | {"network.name": "mapping-mlp"}).network == MappingMLP()
    assert small.replaced({"network.name": "seq2seq"}).network == Seq2Seq(encoder_units=8)


def test_settings_left_out_of_json_keep_their_defaults() -> None:
    assert Experiment.from_json('{"task": {"largest": 20}}') == Experiment(task=Task(largest=20))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"task.largest": 0}, "task.largest must be a whole number from 1 to a number of 1,000 digits; received: 0"),
        ({"task.smallest": 11}, "task.smallest must be a whole number from 0 to 10; received: 11"),
        ({"task.operators": "^"}, "task.terms must be 1; received: 2"),
        ({"task.operators": "+/"}, "task.operators must be some of +-*, each once, or ^ for squares; received: '+/'"),
        (
            RULE | {"task.pairs": "a"},
            "task.pairs, pair 1 must be a question and its answer, both texts; received: ('a',)",
        ),
        (RULE | {"task.largest": 5}, "a setting must be one of task.pairs, task.name; received: 'task.largest'"),
        ({"training.epochs": "many"}, "training.epochs must be a whole number; received: 'many'"),
        (
            {"training.batch_size": 7},
            "training.batch_size must be a divisor of training.samples (1,000); received: 7",
        ),
        (
            {"training.batch_size": 2_000},
            "training.batch_size must be a whole number from 1 to 1,000; received: 2000",
        ),
        (
            {"training.epochs": 1_000, "training.samples": 100_000},
            "training.epochs must be at most 100 with 100,000 samples an epoch; received: 1000",
        ),
        (
            {"training.schedule": "exponential", "training.final_learning_rate": 0},
            "training.final_learning_rate must be a number from 1e-09 to 10; received: 0.0",
        ),
        (
            {"network.name": "transformer", "network.heads": 3},
            "network.heads must be a divisor of network.width (64); received: 3",
        ),
        (
            COLUMNS | {"network.name": "carry", "network.trained": 5},
            "network.trained must be a whole number from 1 to 4; received: 5",
        ),
        (
            {"training.changes": "2:clip_norm=1"},
            "training.changes: setting must be one of learning_rate, batch_size, draw; received: 'clip_norm'",
        ),
        (
            {"training.changes": "1:learning_rate=1"},
            "training.changes: epoch must be a whole number from 2 to 1,000; received: 1",
        ),
        (
            {"training.changes": "31:learning_rate=1"},
            "training.changes must be at epochs up to training.epochs (30); received: '31:learning_rate=1.0'",
        ),
        (
            {"training.changes": "2:learning_rate=11"},
            "training.changes: learning_rate must be a number from 1e-07 to 10; received: 11.0",
        ),
        (
            {"training.changes": "2:batch_size=7"},
            "training.changes: batch_size must be a divisor of training.samples (1,000); received: 7",
        ),
        ({"network.name": ["seq2seq"]}, f"network.name must be one of {', '.join(NETWORKS)}; received: ['seq2seq']"),
        ({"encoding.name": "scaled"}, f"encoding.name must be {READ}, which seq2seq reads; received: 'scaled'"),
        ({"seed": -1}, "seed must be a whole number from 0 to 2,147,483,647; received: -1"),
    ],
)
def test_a_setting_that_cannot_work_names_itself_what_was_expected_and_what_came(
    settings: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ExperimentError) as caught:
        Experiment().replaced(settings)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (
            {"network.name": "tagger"},
            (
                "tagger writes one character for each one it reads, so question and answer must have one length; set "
                "encoding.full_length=true"
            ),
        ),
        (
            COLUMNS | {"network.name": "carry"},
            "carry counts digits, so it needs encoding.input=integer and encoding.fill=zero",
        ),
        (
            COLUMNS | {"network.name": "carry", "task.terms": 3},
            "carry carries at most one, so the task must be sums of exactly 2 numbers in base 2 to 10",
        ),
        (
            {"network.bridge": "state"},
            (
                "network.bridge=state starts the decoder from the encoder's state of 100, so network.decoder_units "
                "must be 100"
            ),
        ),
        (
            {"network.bridge": "state", "network.decoder_units": 100},
            (
                "network.bridge=state gives the decoder nothing to read at each step; it needs network.feedback=true "
                "or network.attention=additive"
            ),
        ),
        (
            {"network.attention": "dot", "network.bidirectional": True, "network.decoder_units": 100},
            (
                "network.attention=dot multiplies decoder and encoder states, so network.decoder_units must be 200, as "
                "the encoder's"
            ),
        ),
        (
            {"network.masking": True, "encoding.fill": "zero"},
            "network.masking skips padding, which cannot be told from digits with encoding.fill=zero",
        ),
        (
            {"task.largest": 10**300},
            "question and answer may take 500 steps together; here they take 904",
        ),
        (
            {"training.scheduled_sampling": 0.5},
            "training.scheduled_sampling is for a decoder that reads what it wrote; this network has none",
        ),
        (
            {"task.largest": 9, "training.curriculum": "naive"},
            "training.curriculum needs easier and harder questions, and in this task all are alike",
        ),
        (
            {"task.terms": 3, "training.changes": "2:draw=carries"},
            "training.draw=carries is for sums of exactly 2 numbers",
        ),
        (
            RULE | {"training.draw": "lengths"},
            "training.draw=lengths is for arithmetic; a list of questions is drawn from as it is",
        ),
        (
            SCALED | {"network.name": "mapping-mlp", "training.padding_weight": 0.5},
            "training.padding_weight is for answers in characters; this network gives a number",
        ),
        (
            SCALED | {"network.name": "mapping-mlp", "task.operators": "+-"},
            "scaled numbers hand over numbers alone, so every question must have the same form, as a+b",
        ),
        (
            COLUMNS | {"task.operators": "-"},
            "columns line up the digits of sums, so the task must be arithmetic with + alone and no brackets",
        ),
        (
            RULE | {"encoding.fill": "zero"},
            "encoding.fill=zero writes leading zeros, which only numbers have; fill with space",
        ),
    ],
)
def test_parts_that_do_not_go_together_say_why_in_one_sentence(settings: dict[str, Any], why: str) -> None:
    with pytest.raises(CombinationError) as caught:
        Experiment().replaced(settings)
    assert str(caught.value) == why


@pytest.mark.parametrize(
    "experiment",
    [
        Experiment(encoding=TextEncoding(full_length=True), network=Tagger()),
        Experiment(encoding=ColumnsEncoding(), network=Tagger(masking=True)),
        Experiment(encoding=ColumnsEncoding(fill="zero", input="integer"), network=CarryCell()),
        Experiment(network=Seq2Seq(bridge="state", decoder_units=100, feedback=True)),
        Experiment(network=Seq2Seq(bridge="state", decoder_units=100, attention="additive")),
        Experiment(network=Seq2Seq(attention="dot", encoder_units=25, bidirectional=True)),
        Experiment(network=Transformer(), training=Training(scheduled_sampling=0.5)),
        Experiment(task=Rule(), network=Transformer(masking=True)),
        Experiment(task=Task(operators="-"), encoding=ScaledEncoding(), network=MappingMLP()),
        Experiment(task=Task(largest=10**100), encoding=ColumnsEncoding(), network=Tagger()),
        Experiment(training=Training(curriculum="combined", draw="lengths")),
    ],
    ids=lambda experiment: f"{experiment.network.name}-{experiment.digest}",
)
def test_parts_that_go_together_are_an_experiment(experiment: Experiment) -> None:
    assert Experiment.from_json(experiment.to_json()) == experiment
    assert experiment.weights > 0


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("task.bigest", "task.largest"),
        ("network.units", "network.encoder_units"),
        ("task", "task.name"),
        ("", "task.…, encoding.…, network.…, training.…, seed"),
        ("training.xyzzyxyzzy", "training.epochs, .*training.changes"),
        ("seed.x", "seed"),
    ],
)
def test_an_unknown_setting_is_refused_with_the_ones_it_may_mean(name: str, known: str) -> None:
    with pytest.raises(ExperimentError, match=f"^a setting must be one of .*{known}") as caught:
        Experiment().replaced({name: 5})
    assert caught.value.received == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        '"seq2seq"',
        '{"task": 5}',
        '{"task": {"largest": [1]}}',
        '{"task": {"largest": 1e400}}',
        '{"network": {"name": {}}}',
        '{"network": {"name": "mapping-mlp", "units": [[4]]}, "encoding": {"name": "scaled"}}',
        '{"network": {"encoder_units": "a\\ud800"}}',
        '{"surprise": 1}',
        '{"task": {"name": "rule", "pairs": [["a", "b"], ["c"]]}}',
        '{"task": {"name": "rule", "pairs": {"a": "b"}}}',
        "[" * 100_000,
        "1" * 5_000,
        '{"training": {"learning_rate": 1' + "0" * 400 + "}}",
        '{"training": {"epochs": 1' + "0" * 400 + "}}",
    ],
    ids=lambda text: text[:40],
)
def test_json_that_describes_no_experiment_is_refused_with_a_short_sentence(text: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        Experiment.from_json(text)
    assert len(str(caught.value)) < 1_000
    assert len(str(caught.value).splitlines()) == 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**30) | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
described = st.dictionaries(
    st.sampled_from(["task", "encoding", "network", "training", "seed"]) | st.text(max_size=6),
    st.dictionaries(st.sampled_from([name.partition(".")[2] for name in SETTING_NAMES]), json_values, max_size=4)
    | json_values,
    max_size=5,
)


@given(json_values | described)
def test_any_json_is_an_experiment_or_refused(value: object) -> None:
    try:
        experiment = Experiment.from_json(json.dumps(value))
    except ExperimentError as error:
        assert str(error)  # noqa: PT017
    else:
        assert Experiment.from_json(experiment.to_json()) == experiment


@pytest.mark.parametrize(
    ("part", "value"), [("task", None), ("encoding", "text"), ("network", Seq2Seq), ("training", {"epochs": 3})]
)
def test_a_part_of_the_wrong_kind_is_refused(part: str, value: object) -> None:
    with pytest.raises(ExperimentError, match=f"^{part} must be "):
        Experiment(**{part: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("experiment", "weights"),
    [
        (Experiment(), 12 * 400 + 100 * 400 + 400 + 100 * 200 + 50 * 200 + 200 + 50 * 12 + 12),
        (Experiment(encoding=ColumnsEncoding(fill="zero", input="integer"), network=CarryCell(trained=1)), 1),
        (
            Experiment(
                encoding=ColumnsEncoding(input="embedding", embedding_size=3), network=Tagger(cell="gru", units=5)
            ),
            12 * 3 + 6 * 15 + 5 * 15 + 2 * 15 + 5 * 12 + 12,
        ),
        (Experiment(encoding=ScaledEncoding(), network=MappingMLP()), 2 * 4 + 4 + 4 * 2 + 2 + 2 + 1),
        (Experiment(encoding=ScaledEncoding(), network=MappingLSTM(units=(10,))), 40 + 400 + 40 + 10 + 1),
    ],
)
def test_the_weights_are_counted(experiment: Experiment, weights: int) -> None:
    assert experiment.weights == weights


def test_only_a_network_and_an_encoding_of_any_length_make_an_experiment_of_any_length() -> None:
    assert Experiment(encoding=ColumnsEncoding(), network=Tagger()).any_length
    assert not Experiment(encoding=ColumnsEncoding()).any_length
    assert not Experiment(encoding=TextEncoding(full_length=True), network=Tagger()).any_length


def test_the_defaults_are_the_textbooks() -> None:
    network = Seq2Seq(cell="lstm", encoder_units=100, decoder_units=50)
    assert Experiment() == Experiment(Task(1, 10, 2), TextEncoding(), network, Training(30, 1_000, 10), 1)


def test_the_guide_is_made_of_the_declarations() -> None:
    guide = Path(__file__).parents[1] / "assets" / "guides" / "settings.md"
    assert guide.read_text("utf-8") == settings_guide(), "python -m adder settings > assets/guides/settings.md"


def test_a_setting_is_explained_in_sentences() -> None:
    kinds = [Experiment, Training, *(kind for family in FAMILIES.values() for kind in family.registry.values())]
    helps = {declared.help for kind in kinds for declared in settings_of(kind).values()}
    assert [each for each in helps if not re.fullmatch("(?!How|What|Where|Whether)[A-Z].*[.]", each)] == []


def test_an_experiment_can_be_hashed_and_not_changed() -> None:
    assert len({Experiment(), Experiment(), Experiment(seed=2)}) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        Experiment().seed = 2  # type: ignore[misc]
