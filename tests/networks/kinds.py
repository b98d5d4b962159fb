"""Small networks of every kind, with every setting of each, on tasks that they take."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from adder import (
    NETWORKS,
    CarryCell,
    ColumnsEncoding,
    Experiment,
    MappingLSTM,
    MappingMLP,
    ReadingHeads,
    Rule,
    Seq2Seq,
    Tagger,
    Task,
    TextEncoding,
    Transformer,
)
from adder.encodings import ENCODINGS, INPUTS
from adder.networks import Network
from adder.networks.layers import CELLS

TO_99 = Task(smallest=0, largest=99)
RAGGED = Task(smallest=0, largest=9, terms=3, fewest_terms=2)
SIGNED = Task(smallest=0, largest=9, operators="+-", terms=3, brackets=1)
WORDS = Rule((("cat", "tac"), ("dog", "god"), ("a b", "b a")))
SEQ2SEQ = Seq2Seq(encoder_units=5, decoder_units=5)
STATE = dataclasses.replace(SEQ2SEQ, bridge="state", feedback=True)
BOTH_WAYS = dataclasses.replace(SEQ2SEQ, bidirectional=True, decoder_units=10)
TRANSFORMER = Transformer(width=6, heads=2, layers=1, feedforward=7)
DIGITS = ColumnsEncoding(fill="zero", input="integer")
FULL = TextEncoding(full_length=True)
MARKED = TextEncoding(padding="marks")


def experiment_of(network: Network, task: Task | Rule = TO_99, encoding: Any = None) -> Experiment:
    return Experiment(
        task=task,
        encoding=encoding or next(kind for kind in (TextEncoding, *ENCODINGS.values()) if network.reads(kind))(),
        network=network,
    )


def character_experiments() -> list[Experiment]:
    """Every setting of the families that write characters, each with a setting of another kind."""
    replace = dataclasses.replace
    return [
        experiment_of(replace(SEQ2SEQ, cell="gru"), RAGGED),
        experiment_of(replace(SEQ2SEQ, cell="simple", encoder_layers=2), SIGNED),
        experiment_of(replace(BOTH_WAYS, encoder_layers=2, feedback=True), Task(largest=999, terms=3)),
        experiment_of(replace(STATE, masking=True), RAGGED),
        experiment_of(replace(STATE, cell="gru", attention="dot"), WORDS),
        experiment_of(replace(STATE, bidirectional=True, decoder_units=10, attention="additive", masking=True), WORDS),
        experiment_of(replace(SEQ2SEQ, bridge="state", attention="additive"), Task(largest=255, base=16)),
        experiment_of(replace(SEQ2SEQ, attention="additive", cell="simple"), Task(largest=12, operators="^", terms=1)),
        experiment_of(replace(SEQ2SEQ, attention="dot", masking=True), TO_99, TextEncoding(padding="right")),
        experiment_of(replace(BOTH_WAYS, attention="dot", feedback=True), TO_99, ColumnsEncoding(input="embedding")),
        experiment_of(SEQ2SEQ, TO_99, TextEncoding(input="embedding", embedding_size=3, doubled=True)),
        experiment_of(SEQ2SEQ, TO_99, TextEncoding(input="integer", padding="terms", fill="zero")),
        experiment_of(Tagger(units=5), TO_99, FULL),
        experiment_of(Tagger(cell="gru", units=4, layers=2, bidirectional=True, masking=True), SIGNED, FULL),
        experiment_of(Tagger(cell="simple", units=4), Task(base=2, largest=15), ColumnsEncoding(fill="zero")),
        experiment_of(Tagger(units=4, masking=True), Task(terms=4), ColumnsEncoding(input="integer")),
        experiment_of(TRANSFORMER, TO_99),
        experiment_of(replace(TRANSFORMER, layers=2, heads=3, masking=True), RAGGED),
        experiment_of(replace(TRANSFORMER, heads=1), WORDS, TextEncoding(input="embedding", question_order="reversed")),
        experiment_of(replace(TRANSFORMER, masking=True), TO_99, ColumnsEncoding(input="integer")),
        *[experiment_of(CarryCell(trained), TO_99, DIGITS) for trained in (1, 2, 3, 4)],
        experiment_of(CarryCell(), Task(smallest=0, largest=31, base=2), DIGITS),
        experiment_of(ReadingHeads(units=5), TO_99, MARKED),
        experiment_of(ReadingHeads("lstm", units=4, heads=3), SIGNED, replace(MARKED, input="embedding")),
        experiment_of(ReadingHeads("simple", units=4, heads=1), WORDS, MARKED),
        experiment_of(ReadingHeads(units=4, heads=3, start="next"), Task(terms=3), MARKED),
        experiment_of(ReadingHeads(units=4, heads=1, start="next"), TO_99, replace(MARKED, input="embedding")),
    ]


def number_experiments() -> list[Experiment]:
    rng = np.random.default_rng(2)
    tasks = [TO_99, Task(largest=999, terms=3), Task(largest=12_345, operators="-"), Task(smallest=0, largest=4)]
    sizes = [tuple(int(size) for size in rng.integers(1, 24, rng.integers(1, 4))) for _ in tasks]
    return [
        experiment_of(kind(units), task)
        for task, units in zip(tasks, sizes, strict=True)
        for kind in (MappingMLP, MappingLSTM)
    ]


def label(experiment: Experiment) -> str:
    task, encoding = experiment.task, experiment.encoding
    return f"{experiment.network}-{encoding.name}-{task.example}".replace(" ", "")


CHARACTERS, NUMBERS = character_experiments(), number_experiments()
CHARACTERS += [
    experiment_of(dataclasses.replace(SEQ2SEQ, cell=cell))
    for cell in sorted(set(CELLS) - {getattr(each.network, "cell", "") for each in CHARACTERS})
]
CHARACTERS += [
    experiment_of(SEQ2SEQ, encoding=TextEncoding(input=each))
    for each in sorted(set(INPUTS) - {each.encoding.input for each in CHARACTERS})
]
CHARACTERS += [
    experiment_of(kind(), encoding=FULL)
    for kind in set(NETWORKS.values()) - {type(each.network) for each in [*CHARACTERS, *NUMBERS]}
    if kind.reads(TextEncoding)
]
EACH = pytest.mark.parametrize("experiment", [*CHARACTERS, *NUMBERS], ids=label)
EACH_WITH_FEEDBACK = pytest.mark.parametrize("experiment", [each for each in CHARACTERS if each.feedback], ids=label)
EACH_CELL = pytest.mark.parametrize("cell", CELLS)
