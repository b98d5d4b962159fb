from __future__ import annotations

import dataclasses
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adder import (
    CarryCell,
    Experiment,
    Inside,
    QuestionError,
    Seq2Seq,
    Solver,
    Tagger,
    Task,
    TextEncoding,
    Transformer,
    look_inside,
    preset,
    principal,
    shipped_solver,
    true_carries,
)
from adder.networks.arrays import Array, Trace
from adder.solvers.answering import forward
from tests.experiments import TINY_LINEAR, TINY_SCALED, experiments, random_solver

GATES = {
    "lstm": ["input", "forget", "candidate", "output"],
    "gru": ["update", "reset", "candidate"],
    "simple": [],
}
TASK = Task(smallest=0, largest=99)


def looked_at(network: Any, text: str = "57+8", **encoding: Any) -> Inside:
    return look_inside(random_solver(Experiment(TASK, TextEncoding(**encoding), network)), text)


def check(inside: Inside, solver: Solver) -> None:
    """What must hold of every network."""
    answer = solver.solve(inside.question)
    encoding: Any = solver.experiment.encoding
    assert answer.number == inside.number
    if encoding.writes_characters:
        written = encoding.human_order(np.array(inside.written, object)[None])[0].tolist()
        assert tuple(written) == answer.characters
        read = encoding.question_human_order(np.array(inside.read, object)[None])[0].tolist()
        assert tuple(read) == answer.steps
    else:
        assert inside.written == ()
    if answer.attention:
        looked = encoding.question_human_order(encoding.human_order(np.asarray(inside.attention)[None])[0])
        assert np.array_equal(looked, np.array(answer.attention, np.float32))
    else:
        assert inside.attention is None
    assert len(inside.skipped) == len(inside.read)
    rows = {"read": len(inside.read), "written": len(inside.written), "whole": 1}
    assert inside.layers
    for layer in inside.layers:
        shape = (rows[layer.at], layer.units)
        assert layer.states.shape == shape
        assert layer.memory is None or layer.memory.shape == shape
        assert all(gate.shape == shape for gate in layer.gates.values())
        for name, gate in layer.gates.items():
            assert (-1 if name == "candidate" else 0) <= gate.min() <= gate.max() <= 1
    for heads in inside.heads.values():
        assert heads.shape[1:] == (rows["written"], rows["read"])
        assert np.allclose(heads.sum(axis=-1), 1, atol=1e-5)


@given(experiments(most_units=8))
@settings(max_examples=25, deadline=None)
def test_looking_on_changes_nothing_and_everything_has_its_shape(experiment: Experiment) -> None:
    solver = random_solver(experiment, scale=0.5)
    inside = look_inside(solver, experiment.task.example)
    check(inside, solver)
    names = {name.partition("/")[0] for name in experiment.weight_shapes}
    recurrent = {name.partition("/")[0] for name in experiment.weight_shapes if name.endswith("/recurrent_kernel")}
    seen = {layer.name for layer in inside.layers}
    assert recurrent <= seen
    if not isinstance(experiment.network, Transformer):
        assert seen <= names


@pytest.mark.parametrize("cell", GATES)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_each_recurrent_layer_shows_its_states_and_its_cells_gates(cell: str, bidirectional: bool) -> None:
    inside = looked_at(Seq2Seq(cell, 3, encoder_layers=2, decoder_units=4, bidirectional=bidirectional))
    encoder = ["encoder", "encoder_backward", "encoder_2", "encoder_2_backward"]
    assert [layer.name for layer in inside.layers] == [*(encoder if bidirectional else encoder[::2]), "decoder"]
    for layer in inside.layers:
        assert list(layer.gates) == GATES[cell]
        assert (layer.memory is not None) == (cell == "lstm")
        assert layer.backwards == layer.name.endswith("_backward")
        assert layer.at == ("written" if layer.name == "decoder" else "read")
        assert layer.units == (4 if layer.name == "decoder" else 3)


def test_an_lstms_states_follow_from_its_gates() -> None:
    for layer in looked_at(Seq2Seq(encoder_units=3, decoder_units=4, bidirectional=True)).layers:
        assert layer.memory is not None
        order = slice(None, None, -1 if layer.backwards else 1)
        memory = layer.memory[order]
        before = np.concatenate([np.zeros((1, layer.units), np.float32), memory[:-1]])
        gates = {name: gate[order] for name, gate in layer.gates.items()}
        assert np.allclose(memory, gates["forget"] * before + gates["input"] * gates["candidate"], atol=1e-6)
        assert np.allclose(layer.states[order], gates["output"] * np.tanh(memory), atol=1e-6)


def test_a_grus_states_follow_from_its_gates() -> None:
    (layer,) = looked_at(Tagger("gru", units=5), full_length=True).layers
    before = np.concatenate([np.zeros((1, 5), np.float32), layer.states[:-1]])
    update, candidate = layer.gates["update"], layer.gates["candidate"]
    assert np.allclose(layer.states, update * before + (1 - update) * candidate, atol=1e-6)


@pytest.mark.parametrize(
    ("encoding", "read"),
    [
        ({}, tuple(" 57+8")),
        ({"question_order": "reversed"}, tuple("8+75 ")),
        ({"padding": "terms"}, tuple("57+ 8")),
        ({"doubled": True}, tuple(" 57+8 57+8")),
    ],
)
def test_steps_are_labelled_in_the_order_in_which_they_were_read(encoding: Any, read: tuple[str, ...]) -> None:
    assert looked_at(Seq2Seq(encoder_units=2, decoder_units=2), **encoding).read == read


def test_skipped_padding_leaves_the_state_as_it_was() -> None:
    inside = looked_at(Seq2Seq(encoder_units=3, decoder_units=4, bidirectional=True, masking=True), "7+8")
    assert inside.skipped == (True, True, False, False, False)
    assert not inside.layer("encoder").states[:2].any()
    backward = inside.layer("encoder_backward").states
    assert np.array_equal(backward[0], backward[2])


def test_what_is_written_first_stands_first() -> None:
    inside = look_inside(shipped_solver("two-digits"), "57+68")
    assert [each.char for each in inside.written] == ["5", "2", "1"]
    assert min(each.probability for each in inside.written) > 0.9


@pytest.mark.parametrize("attention", ["dot", "additive"])
def test_attention_is_seen_from_each_written_character(attention: str) -> None:
    inside = looked_at(Seq2Seq(encoder_units=4, decoder_units=4, attention=attention))
    assert inside.attention is not None
    assert inside.attention.shape == (3, 5)
    assert inside.heads == {}


def test_a_transformer_is_seen_layer_by_layer_and_head_by_head() -> None:
    inside = looked_at(Transformer(width=8, heads=2, layers=2, feedforward=8))
    assert [(layer.name, layer.at, layer.units) for layer in inside.layers] == [
        ("read", "read", 8),
        ("encoder_1", "read", 8),
        ("encoder_2", "read", 8),
        ("previous", "written", 8),
        ("decoder_1", "written", 8),
        ("decoder_2", "written", 8),
    ]
    assert {name: heads.shape for name, heads in inside.heads.items()} == dict.fromkeys(
        ("decoder_1", "decoder_2"), (2, 3, 5)
    )
    assert inside.attention is not None
    assert np.allclose(inside.heads["decoder_2"].mean(axis=0), inside.attention, atol=1e-6)


@pytest.mark.parametrize("text", ["57+68", "999999+1", "120+90", "4444444444+5555555556"])
def test_the_carry_cell_carries_as_on_paper(text: str) -> None:
    inside = look_inside(shipped_solver("smallest"), text)
    (layer,) = inside.layers
    carried = layer.states[: len(inside.carries), 0]
    assert inside.carries == true_carries(text)
    assert np.abs(carried - inside.carries).max() < 0.2


def test_a_carry_cell_of_any_size_shows_one_unit() -> None:
    experiment = preset("smallest")
    for trained in range(1, 5):
        solver = random_solver(dataclasses.replace(experiment, network=CarryCell(trained)))
        (layer,) = look_inside(solver, "5+6").layers
        assert (layer.name, layer.units, layer.at, layer.gates) == ("carry", 1, "read", {})


def test_networks_of_numbers_show_their_activations() -> None:
    linear = look_inside(random_solver(TINY_LINEAR), "12+50")
    assert [(layer.name, layer.states.shape) for layer in linear.layers] == [
        ("dense_1", (1, 4)),
        ("dense_2", (1, 2)),
        ("sum", (1, 1)),
    ]
    assert linear.read == ("12", "50")
    assert linear.number == pytest.approx(float(linear.layers[-1].states[0, 0]) * 200)
    recurrent = look_inside(random_solver(TINY_SCALED), "12+50")
    assert [(layer.name, layer.at, layer.states.shape) for layer in recurrent.layers] == [
        ("lstm_1", "read", (2, 3)),
        ("sum", "whole", (1, 1)),
    ]
    assert list(recurrent.layer("lstm_1").gates) == GATES["lstm"]


def test_a_network_that_reads_any_length_is_seen_at_any_length() -> None:
    inside = look_inside(shipped_solver("columns"), f"{'9' * 40}+1")
    assert inside.carries == (1,) * 40
    assert inside.layer("tagger").states.shape == (41, 32)


def test_a_layer_that_is_not_there_is_no_layer() -> None:
    with pytest.raises(KeyError, match="decoder_7"):
        look_inside(shipped_solver("seq2seq"), "3+10").layer("decoder_7")


def test_what_cannot_be_asked_is_refused_as_ever() -> None:
    with pytest.raises(QuestionError):
        look_inside(shipped_solver("seq2seq"), "3+")


def test_carries_are_worked_out_only_for_sums() -> None:
    assert look_inside(shipped_solver("plus-minus"), "57-8").carries == ()
    assert look_inside(shipped_solver("terms"), "99+99+99").carries == (2, 2)
    assert look_inside(shipped_solver("binary"), "11+1").carries == (1, 1)
    assert [true_carries(text) for text in ("", "7", "3+-5", "a+b", "1*2+3", f"{'9' * 9_999}+1")] == [()] * 6
    assert true_carries("F+1", base=16) == (1,)


@given(st.integers(0, 10**30), st.integers(0, 10**30))
def test_the_carries_of_a_sum_make_its_digits(first: int, second: int) -> None:
    carries = true_carries(f"{first}+{second}")
    assert len(carries) == max(len(str(first)), len(str(second)))
    total, carry = 0, 0
    for place, carried in enumerate(carries):
        column = first // 10**place % 10 + second // 10**place % 10 + carry
        total += (column - 10 * carried) * 10**place
        carry = carried
    assert total + carry * 10 ** len(carries) == first + second


def states(steps: int, units: int) -> Array:
    return np.random.default_rng(steps).standard_normal((steps, units), np.float32)


@pytest.mark.parametrize("shape", [(5, 8), (1, 4), (6, 1), (2, 2)])
def test_principal_components_are_a_plane_of_points(shape: tuple[int, int]) -> None:
    given_states = states(*shape)
    found = principal(given_states)
    assert found.points.shape == (shape[0], 2)
    assert np.isfinite(found.points).all()
    assert 0 <= found.shares[1] <= found.shares[0] <= 1
    assert np.allclose(found.points.mean(axis=0), 0, atol=1e-5)
    centred = given_states - given_states.mean(axis=0)
    spread = np.square(found.points).sum(axis=0)
    assert np.allclose(spread, np.array(found.shares) * np.square(centred).sum(), atol=1e-3)


def test_a_walk_in_a_plane_keeps_its_distances() -> None:
    plane, (basis, _) = states(7, 2), np.linalg.qr(states(9, 2))
    found = principal(plane @ basis.T)
    assert sum(found.shares) == pytest.approx(1, abs=1e-5)
    apart = [np.linalg.norm(each[:, None] - each[None], axis=-1) for each in (plane, found.points)]
    assert np.allclose(*apart, atol=1e-5)


def test_equal_states_lie_on_one_point() -> None:
    found = principal(np.ones((4, 3), np.float32))
    assert not found.points.any()
    assert found.shares == (0.0, 0.0)


@pytest.mark.slow
def test_nobody_waits_for_what_nobody_looks_at() -> None:
    """Many questions, with and without a trace: the one without is no slower."""
    solver = shipped_solver("two-digits")
    task = solver.experiment.task
    questions = task.sample(2_000, np.random.default_rng(1), split="any")
    inputs = solver.experiment.encoding.encode_questions(task, questions)

    def seconds(trace: bool) -> float:
        started = time.thread_time()  # What else the machine does is not counted.
        forward(solver.experiment, solver.weights, inputs, Trace() if trace else None)
        return time.thread_time() - started

    plain, traced = zip(*[(seconds(False), seconds(True)) for _ in range(10)], strict=True)
    assert min(plain) < 1.2 * min(traced)
