"""Every task, encoding and network in the registries, each with each: refused in one sentence, or trained and equal.

The table is made from the registries and from the fields of what they name: what is registered next is in it.
"""

from __future__ import annotations

import dataclasses
import itertools
import typing
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

import numpy as np
import pytest

from adder import CombinationError, Experiment, ExperimentError, Solver, Task, Trainer, Training
from adder.encodings import ENCODINGS
from adder.networks import NETWORKS
from adder.tasks import TASKS, AnyTask
from adder.tasks.expression import OPERATORS, SQUARE
from tests.experiments import random_solver
from tests.twins import difference

ONE_STEP = Training(epochs=1, samples=2, batch_size=2, optimizer="sgd")  # SGD has the fewest operations.
SMALLEST = 2


def choices_of(kind: Any, setting: str) -> list[str]:
    """The names that a setting may have, as the refusal of another one lists them."""
    with pytest.raises(ExperimentError) as caught:
        kind(**{setting: "no such name"})
    assert caught.value.expected.startswith("one of ")
    return caught.value.expected.removeprefix("one of ").split(", ")


def settings_of(kind: Any) -> Iterator[dict[str, Any]]:
    """Every choice of a class's settings, in its smallest size; a share is a half."""
    sizes = {int: SMALLEST, tuple[int, ...]: (SMALLEST,), float: 0.5}
    hints = typing.get_type_hints(kind)
    options = {
        setting.name: [False, True]
        if hints[setting.name] is bool
        else choices_of(kind, setting.name)
        if hints[setting.name] is str
        else [sizes[hints[setting.name]]]
        for setting in dataclasses.fields(kind)
    }
    for values in itertools.product(*options.values()):
        yield dict(zip(options, values, strict=True))


def tasks() -> dict[str, AnyTask]:
    """Every registered task as it comes, and of arithmetic each kind of question, with the numbers 0 to 3."""
    kinds: dict[str, AnyTask] = {name: task() for name, task in TASKS.items()}

    def add(name: str, **settings: Any) -> None:
        kinds[name] = Task(**{"smallest": 0, "largest": 3, **settings})

    add("two to three terms", terms=3, fewest_terms=2)
    for signs in ("-", "*", OPERATORS):
        add(signs, operators=signs, largest=2)
    add(SQUARE, operators=SQUARE, terms=1)
    add("brackets", terms=3, operators="+-", brackets=1, largest=2)
    add("base 2", base=2)
    add("base 16", base=16, largest=16)
    add("held out", largest=12, held_out=0.2, draw="lengths")
    return kinds


TASK_KINDS = tasks()
ENCODING_SETTINGS = {name: [kind(**each) for each in settings_of(kind)] for name, kind in ENCODINGS.items()}
NETWORK_SETTINGS: dict[str, list[Any]] = {
    name: [kind(**each) for each in settings_of(kind)] for name, kind in NETWORKS.items()
}


def combined(task: AnyTask, encoding: Any, network: Any) -> Experiment | str:
    """The experiment, or the sentence that refuses it."""
    try:
        return Experiment(task=task, encoding=encoding, network=network, training=ONE_STEP)
    except ExperimentError as error:
        return str(error)


def first_accepted(task: AnyTask, encoding: str, network: str) -> Experiment | None:
    """The first settings of this kind of encoding and of network that go together on this task."""
    if not NETWORKS[network].reads(ENCODINGS[encoding]):
        return None
    taking = [each for each in ENCODING_SETTINGS[encoding] if each.refusal(task) is None]
    for each in itertools.product(taking, NETWORK_SETTINGS[network]):
        if isinstance(experiment := combined(task, *each), Experiment):
            return experiment
    return None


Kinds = tuple[str, str, str]


def covering(kinds: Iterable[Kinds]) -> Iterator[Kinds]:
    """A few of these tasks, encodings and networks: each task with each encoding, each encoding with each network."""
    known = list(kinds)
    left = {pair for each in known for pair in (each[:2], each[1:])}
    used = dict.fromkeys(NETWORKS, 0)
    while left:
        chosen = max(known, key=lambda each: (len(left & {each[:2], each[1:]}), -used[each[2]]))
        left -= {chosen[:2], chosen[1:]}
        used[chosen[2]] += 1
        yield chosen


ALLOWED = {
    kinds: experiment
    for kinds in itertools.product(TASK_KINDS, ENCODINGS, NETWORKS)
    if (experiment := first_accepted(TASK_KINDS[kinds[0]], *kinds[1:]))
}


def test_every_task_encoding_and_network_goes_together_with_something() -> None:
    assert [set(names) for names in zip(*ALLOWED, strict=True)] == [set(TASK_KINDS), set(ENCODINGS), set(NETWORKS)]


@pytest.mark.usefixtures("uncompiled")
@pytest.mark.parametrize("kinds", list(covering(ALLOWED)), ids=", ".join)
def test_what_goes_together_trains_an_epoch_saves_loads_and_agrees_with_its_twin(kinds: Kinds) -> None:
    experiment = ALLOWED[kinds]
    trainer = Trainer(experiment)
    before = trainer.solver().weights
    (event,) = trainer.run()
    assert event.samples == ONE_STEP.samples
    assert np.isfinite([event.loss, event.check_loss]).all()
    solver = trainer.solver()
    assert any(not np.array_equal(weight, before[name]) for name, weight in solver.weights.items())
    loaded = Solver.from_bytes(solver.to_bytes())
    assert loaded.experiment == experiment
    assert all(np.array_equal(loaded.weights[name], weight) for name, weight in solver.weights.items())
    assert loaded.solve(experiment.task.example) == solver.solve(experiment.task.example)
    assert difference(experiment, loaded.weights) < 1e-5


def few_of_each_network() -> Iterator[Experiment]:
    """Any three choices of a network's settings together, each time with a task and an encoding drawn by lot."""
    lot = Random(0)
    kinds, encodings = list(TASK_KINDS.values()), list(ENCODING_SETTINGS.values())
    for networks in NETWORK_SETTINGS.values():
        seen: set[tuple[Any, ...]] = set()
        for network in lot.sample(networks, len(networks)):
            choices = dataclasses.asdict(network).items()
            together = set(itertools.combinations(choices, min(3, len(choices))))
            if together <= seen:
                continue
            for _ in range(200):
                found = combined(lot.choice(kinds), lot.choice(lot.choice(encodings)), network)
                if isinstance(found, Experiment):
                    seen |= together
                    yield found
                    break


@pytest.mark.parametrize("experiment", list(few_of_each_network()), ids=lambda each: each.network.name)
def test_the_choices_of_a_networks_settings_agree_with_its_twin(experiment: Experiment) -> None:
    assert difference(experiment, random_solver(experiment, scale=0.5).weights) < 1e-5


@pytest.mark.parametrize("kind", TASK_KINDS)
def test_every_choice_of_settings_is_an_experiment_or_refused_in_a_sentence(kind: str) -> None:
    encodings = [each for settings in ENCODING_SETTINGS.values() for each in settings]
    networks = [each for settings in NETWORK_SETTINGS.values() for each in (settings[0], settings[-1])]
    outcomes = [combined(TASK_KINDS[kind], encoding, network) for encoding in encodings for network in networks]
    sentences = {outcome for outcome in outcomes if isinstance(outcome, str)}
    assert 0 < len(sentences) < 100
    assert any(isinstance(outcome, Experiment) for outcome in outcomes)
    for sentence in sentences:
        assert_sentence(sentence)


def test_every_choice_of_a_networks_settings_is_an_experiment_or_refused_in_a_sentence() -> None:
    encodings = [settings[0] for settings in ENCODING_SETTINGS.values()]
    networks = [each for settings in NETWORK_SETTINGS.values() for each in settings]
    for task, encoding, network in itertools.product(TASK_KINDS.values(), encodings, networks):
        if isinstance(outcome := combined(task, encoding, network), str):
            assert_sentence(outcome)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"encoding.name": "columns", "task.operators": "-"}, "columns line up the digits of sums"),
        (
            {"encoding.padding": "terms", "task.terms": 3, "task.brackets": 1},
            "encoding.padding=terms needs every number",
        ),
        ({"encoding.doubled": True, "encoding.full_length": True}, "encoding.doubled reads more characters than"),
        ({"encoding.fill": "zero", "encoding.padding": "right"}, "encoding.fill=zero with encoding.padding=right"),
        ({"task.name": "rule", "encoding.fill": "zero"}, "encoding.fill=zero writes leading zeros, which only numbers"),
        ({"task.largest": 10**400}, "question and answer may take 500 steps together; here they take 1,204"),
        ({"training.scheduled_sampling": 0.5}, "training.scheduled_sampling is for a decoder that reads what it wrote"),
        ({"task.smallest": 1, "task.largest": 9, "training.curriculum": "naive"}, "training.curriculum needs easier"),
        (
            {"encoding.name": "scaled", "network.name": "mapping-mlp", "training.padding_weight": 0.5},
            "training.padding_weight is for answers in characters",
        ),
        (
            {"encoding.name": "scaled", "network.name": "mapping-mlp", "task.fewest_terms": 2, "task.terms": 3},
            "scaled numbers hand over numbers alone",
        ),
    ],
)
def test_what_does_not_go_together_says_why(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(CombinationError) as caught:
        Experiment().replaced(settings)
    assert str(caught.value).startswith(sentence)
    assert_sentence(str(caught.value))


def assert_sentence(sentence: str) -> None:
    assert 20 < len(sentence) < 300
    assert len(sentence.splitlines()) == 1
    assert not sentence.endswith(".")  # Whatever shows it adds the full stop.
    assert sentence.isprintable()
