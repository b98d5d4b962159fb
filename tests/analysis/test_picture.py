from __future__ import annotations

import base64
import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray

from adder import Experiment, Seq2Seq, Tagger, Task, TextEncoding, Transformer, look_inside, preset, shipped_solver
from adder.analysis.picture import MOST_BANDS, Picture, arrangement, picture
from adder.solvers.answering import forward
from tests.experiments import TINY_LINEAR, TINY_SCALED, carrying_solver, experiments, random_solver

TASK = Task(smallest=0, largest=99)


def numbers(text: str, kind: type[np.integer[Any]], width: int) -> NDArray[np.integer[Any]]:
    return np.frombuffer(base64.b64decode(text), kind).reshape(-1, width)


def check(drawn: Picture) -> None:
    """What must hold of every picture: all of it fits together, and something happens at every moment."""
    steps = {"read": len(drawn.read), "written": len(drawn.written), "whole": 1}
    happens = {*drawn.written_at}
    if drawn.bridge:
        happens.add(drawn.bridge.when)
    if drawn.number:
        happens.add(drawn.number.when)
    for layer in drawn.layers:
        assert numbers(layer.states, np.int8, layer.bands).shape[0] == len(layer.when) == steps[layer.at]
        assert layer.bands == layer.units or layer.bands <= MOST_BANDS
        happens |= {*layer.when}
    assert happens | {*drawn.read_at} == set(range(drawn.moments))
    assert len(drawn.skipped) == len(drawn.read_at) == len(drawn.read)
    assert len(drawn.written_at) == len(drawn.written)
    if drawn.written:
        assert len(numbers(drawn.chances, np.uint8, len(drawn.alphabet))) == len(drawn.written)
        assert drawn.right == (drawn.truth == drawn.written)
    for head in drawn.looked:
        assert len(head) == len(drawn.written)
        assert all(place < len(drawn.read) for looks in head for place in looks[::2])
        assert all(looks and sum(looks[1::2]) <= 105 for looks in head)  # Each share is rounded.
    assert len(drawn.lamp) == len(drawn.carries) in (0, len(drawn.written))


@given(experiments(most_units=8))
@settings(max_examples=15, deadline=None)
def test_every_network_has_a_picture_that_goes_through_json(experiment: Experiment) -> None:
    solver = random_solver(experiment, scale=0.5)
    drawn = picture(solver, experiment.task.example)
    check(drawn)
    plain = drawn.plain(str.upper)
    assert json.loads(json.dumps(plain))["moments"] == drawn.moments
    assert all(layer["label"].isupper() for layer in plain["layers"])


@pytest.mark.parametrize(
    ("experiment", "layout", "read_at", "written_at"),
    [
        (preset("seq2seq"), "pair", (0, 1, 2, 3, 4), (6, 7)),
        (preset("two-digits"), "pair", (0, 1, 2, 1, 0), (6, 7, 8)),  # It reads from both ends.
        (Experiment(TASK, TextEncoding(), Transformer()), "pair", (0,) * 5, (3, 4, 5)),
        (Experiment(TASK, TextEncoding(full_length=True), Tagger()), "columns", (0, 1, 2, 3, 4), (0, 1, 2, 3, 4)),
        (preset("pen-and-paper-binary"), "fingers", (0,) * 19, tuple(range(1, 10))),
        (TINY_SCALED, "numbers", (0, 1), ()),
        (TINY_LINEAR, "numbers", (0, 0), ()),
    ],
)
def test_things_come_in_the_order_of_the_networks_work(
    experiment: Experiment, layout: str, read_at: tuple[int, ...], written_at: tuple[int, ...]
) -> None:
    drawn = picture(random_solver(experiment), experiment.task.example)
    check(drawn)
    assert (drawn.layout, drawn.read_at, drawn.written_at) == (layout, read_at, written_at)


def test_a_picture_shows_what_the_network_did() -> None:
    solver = shipped_solver("two-digits")
    arranged = arrangement(solver)
    drawn, inside = picture(solver, "57+68", arranged), look_inside(solver, "57+68")
    assert drawn.written == drawn.truth == ("5", "2", "1")
    assert (drawn.answer, drawn.expected, drawn.right) == ("125", "125", True)
    assert drawn.writes_backwards
    shares = numbers(drawn.chances, np.uint8, len(drawn.alphabet)) / 255
    assert np.allclose(shares, [character.distribution for character in inside.written], atol=0.002)
    for layer in drawn.layers:
        states = np.tanh(2.5 * inside.layer(layer.name).states[:, arranged.order[layer.name]])
        assert np.allclose(numbers(layer.states, np.int8, layer.bands) / 127, states, atol=0.005)


def test_the_order_of_units_is_found_from_no_more_questions_than_are_answered_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def counted(experiment: Experiment, weights: Any, inputs: Any, trace: Any) -> Any:
        asked.append(len(inputs))
        return forward(experiment, weights, inputs, trace)

    for module in ("picture", "carry_probe"):
        monkeypatch.setattr(f"adder.analysis.{module}.forward", counted)
        monkeypatch.setattr(f"adder.analysis.{module}.questions_at_once", lambda *_: 3)
    assert sorted(arrangement(shipped_solver("binary")).order["tagger"]) == list(range(16))
    assert asked == [3, 3, 3]


def test_units_that_act_alike_are_neighbours() -> None:
    solver = shipped_solver("two-digits")
    order = arrangement(solver).order["encoder"]
    assert sorted(order) == list(range(64))
    states = np.concatenate([look_inside(solver, f"{n}+{97 - n}").layer("encoder").states for n in range(40)])
    alike = np.corrcoef(states.T)
    of_neighbours = np.mean([alike[a, b] for a, b in pairwise(order)])
    assert of_neighbours > np.mean([alike[a, b] for a, b in pairwise(range(64))]) + 0.3


def test_many_units_share_bands() -> None:
    (layer, _) = picture(random_solver(Experiment(TASK, network=Seq2Seq(encoder_units=150))), "57+68").layers
    assert (layer.units, layer.bands) == (150, 50)


def test_attention_keeps_what_can_be_seen() -> None:
    solver = random_solver(Experiment(TASK, TextEncoding(), Seq2Seq(decoder_units=100, attention="dot")), scale=0.3)
    drawn, looked = picture(solver, "57+68"), look_inside(solver, "57+68").attention
    assert looked is not None
    for row, looks in zip(looked, drawn.looked[0], strict=True):
        assert looks[0] == row.argmax()
        assert dict(zip(looks[::2], looks[1::2], strict=True)) == {
            place: round(100 * share) for place, share in enumerate(row.tolist()) if share >= 0.03
        }


def test_the_lamp_says_what_the_unit_says_beside_what_is_carried_on_paper() -> None:
    drawn = picture(carrying_solver(), "57+68")
    assert drawn.answer == "125"
    assert drawn.carries[:3] == (1, 1, 0)
    assert [said > 50 for said in drawn.lamp[:3]] == [True, True, False]


def test_a_number_stands_beside_the_truth_and_few_units_show_their_weights() -> None:
    solver = random_solver(TINY_LINEAR)
    drawn = picture(solver, "30+57")
    assert drawn.number is not None
    assert (drawn.number.truth, drawn.number.scale, drawn.expected) == (87, 200, "87")
    assert drawn.answer == f"{drawn.number.value:.2f}"
    assert [len(base64.b64decode(layer.links)) for layer in drawn.layers] == [8, 8, 2]
    kernel = np.tanh(2.5 * solver.weights["dense_1/kernel"][:, arrangement(solver).order["dense_1"]])
    assert np.allclose(numbers(drawn.layers[0].links, np.int8, 4) / 127, kernel, atol=0.005)
