"""Experiments small enough to train in a test, solvers with random weights, and strategies for any valid experiment."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from adder import (
    CarryCell,
    ColumnsEncoding,
    Experiment,
    MappingLSTM,
    MappingMLP,
    Questions,
    ReadingHeads,
    Rule,
    ScaledEncoding,
    Seq2Seq,
    Solver,
    Tagger,
    Task,
    TextEncoding,
    Training,
    Transformer,
)
from adder.base.settings import Change
from adder.encodings import FILLS, INPUTS, ORDERS, PADDINGS, CharacterEncoding, Encoding
from adder.experiment import MOST_STEPS
from adder.experiment.training import OPTIMIZERS, SCHEDULES
from adder.networks import Network
from adder.networks.layers import CELLS
from adder.networks.layers.heads import STARTS
from adder.networks.seq2seq import ATTENTIONS
from adder.tasks import AnyTask
from adder.tasks.arithmetic_settings import MOST_BRACKETS, MOST_TERMS
from adder.tasks.curricula import CURRICULA
from adder.tasks.draws import DRAWS
from adder.tasks.expression import OPERATORS, SQUARE, Tree
from adder.tasks.forms import count_forms
from adder.tasks.list_canonical import Canonical
from adder.tasks.numerals import spell
from adder.tasks.pairs import MOST_ANSWER_CHARACTERS
from adder.tasks.plain_cell import plain_question

TINY_TRAINING = Training(epochs=3, samples=20, batch_size=10)
TINY_TEXT = Experiment(
    network=Seq2Seq(encoder_units=8, decoder_units=6),
    training=TINY_TRAINING,
)
TINY_FAST = Experiment(
    task=Task(smallest=0, largest=99, held_out=0.1),
    encoding=TextEncoding(padding="terms", answer_order="reversed"),
    network=Seq2Seq(encoder_units=8, decoder_units=6, bidirectional=True),
    training=Training(
        epochs=3, samples=20, batch_size=10, learning_rate=0.01, final_learning_rate=0.001, clip_norm=0.05
    ),
)
TINY_SCALED = Experiment(
    task=Task(largest=100), encoding=ScaledEncoding(), network=MappingLSTM(units=(3,)), training=TINY_TRAINING
)
TINY_LINEAR = Experiment(
    task=Task(largest=100), encoding=ScaledEncoding(), network=MappingMLP(), training=TINY_TRAINING
)
DIVERGING = TINY_LINEAR.replaced(
    {"training.samples": 100, "training.batch_size": 1, "training.optimizer": "sgd", "training.learning_rate": 10.0}
)


def random_solver(experiment: Experiment, seed: int = 0, scale: float = 1.0) -> Solver:
    rng = np.random.default_rng(seed)
    shapes = experiment.weight_shapes
    weights = {name: np.asarray(scale * rng.standard_normal(shape), np.float32) for name, shape in shapes.items()}
    return Solver(experiment, weights)


def adding_solver(largest: int = 100) -> Solver:
    """A linear network whose weights make it add exactly."""
    experiment = Experiment(task=Task(largest=largest), encoding=ScaledEncoding(), network=MappingMLP(units=(1,)))
    weights = {
        "dense_1/kernel": np.ones((2, 1), np.float32),
        "dense_1/bias": np.zeros(1, np.float32),
        "sum/kernel": np.ones((1, 1), np.float32),
        "sum/bias": np.zeros(1, np.float32),
    }
    return Solver(experiment, weights)


def carrying_solver() -> Solver:
    """A carry cell whose weights make it add two numbers of any length exactly."""
    digits = ColumnsEncoding(fill="zero", input="integer")
    experiment = Experiment(task=Task(smallest=0, largest=99), encoding=digits, network=CarryCell(trained=1))
    return Solver(experiment, {"carry/w": np.array(10, np.float32)})


def same_questions(first: Questions, second: Questions) -> bool:
    """Whether two batches of questions are equal in everything."""
    names = ("symbols", "answers", "keys", "numbers", "values")
    arrays = [(getattr(first, name), getattr(second, name)) for name in names]
    return first.answered == second.answered and all(np.array_equal(left, right) for left, right in arrays)


RANKS = {"+": 1, "-": 1, "*": 2}


def expressions(most_numbers: int = 8, largest: int = 10**6) -> st.SearchStrategy[Tree]:
    """Trees as `adder.tasks.expression` has them, with numbers where those have places."""
    number = st.integers(0, largest)
    leaf = number | st.tuples(st.just(SQUARE), number)
    operator = st.sampled_from(OPERATORS)
    return st.recursive(leaf, lambda inner: st.tuples(operator, inner, inner), max_leaves=most_numbers)


def filled(node: Tree, numbers: Sequence[int]) -> Tree:
    """A tree with numbers in their places."""
    if isinstance(node, int):
        return numbers[node]
    return (node[0], *(filled(child, numbers) for child in node[1:]))


def written(node: Tree, base: int = 10) -> str:
    """A tree of numbers as text, with the brackets that it needs and no others."""
    if isinstance(node, int):
        return spell(node, base)
    if node[0] == SQUARE:
        return f"{spell(node[1], base)}^2"
    operator, left, right = node
    rank = RANKS[operator]
    first, second = written(left, base), written(right, base)
    first = f"({first})" if _rank(left) < rank else first
    second = f"({second})" if _rank(right) <= rank else second
    return first + operator + second


def _rank(node: Tree) -> int:
    return 3 if isinstance(node, int) else RANKS.get(node[0], 3)


def rearranged(node: Tree, random: Random) -> Tree:
    """The same question asked otherwise: parts swapped, put in other brackets, and with signs that cancel."""
    if isinstance(node, int) or node[0] == SQUARE:
        return node
    operator, left, right = node[0], rearranged(node[1], random), rearranged(node[2], random)
    differences = [not isinstance(each, int) and each[0] == "-" for each in (left, right)]
    if operator == "*" and all(differences) and random.random() < 0.5:
        left, right = (each[::2] + each[1:2] for each in (left, right))  # (a-b)*(c-d) equals (b-a)*(d-c).
    if operator != "-" and random.random() < 0.5:
        left, right = right, left
    if isinstance(right, int) or RANKS.get(right[0]) != RANKS[operator] or random.random() < 0.5:
        return (operator, left, right)
    flipped = {"+": "-", "-": "+"}[right[0]] if operator == "-" else right[0]  # a-(b-c) equals a-b+c.
    return (flipped, (operator, left, right[1]), right[2])


def draws(task: AnyTask) -> tuple[str, ...]:
    """The ways in which questions of a task may be drawn."""
    if not isinstance(task, Task):
        return ()
    return tuple(each for each in DRAWS if not task.draw_refusal(each))


@st.composite
def tasks(draw: st.DrawFn, largest: int = 10**15) -> Task:
    """Any arithmetic, of at most a few hundred forms."""
    high = draw(st.integers(1, largest))
    low = draw(st.integers(0, high))
    operators = draw(st.just("+") | st.sets(st.sampled_from(OPERATORS), min_size=1).map("".join) | st.just(SQUARE))
    if operators == SQUARE:
        terms, fewest, brackets = 1, None, 0
    else:
        brackets = draw(st.just(0) | st.integers(0, MOST_BRACKETS))
        terms = draw(
            st.just(2) | st.integers(2, MOST_TERMS).filter(lambda terms: count_forms(terms, operators, brackets) <= 100)
        )
        fewest = draw(st.none() | st.integers(2, terms))
    task = Task(
        smallest=low,
        largest=high,
        terms=terms,
        fewest_terms=fewest,
        operators=operators,
        brackets=brackets,
        base=draw(st.just(10) | st.integers(2, 16)),
    )
    task = dataclasses.replace(task, draw=draw(st.sampled_from(draws(task))))
    share = draw(st.sampled_from([0.0, 0.1, 0.3]))
    if task.distinct_questions < 500:  # The share might leave one side of a small task empty.
        share = 0.0
    return dataclasses.replace(task, held_out=share)


def _cells(alphabet: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    texts = st.text(alphabet, min_size=1, max_size=MOST_ANSWER_CHARACTERS // 4).map(plain_question)
    return texts.filter(lambda text: bool(text) and text.isprintable())


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Any list of questions and answers."""
    cells = _cells(st.sampled_from("abcdé ,\"'01-+猫")) | _cells(st.characters(exclude_categories=["C", "Z"]))
    answers = draw(st.dictionaries(cells, cells, min_size=2, max_size=8))
    same = Canonical.of(answers.items())
    assume(len(set(same.keys(answers))) == len(answers))  # Other tests ask one question in many ways.
    return Rule(tuple(answers.items()))


@st.composite
def text_encodings(draw: st.DrawFn, task: AnyTask) -> TextEncoding:
    paddings = [padding for padding in PADDINGS if task.aligned or padding != "terms"]
    padding = draw(st.sampled_from(paddings))
    zero = isinstance(task, Task) and padding not in ("right", "marks")
    doubled = draw(st.booleans())
    return TextEncoding(
        padding=padding,
        fill=draw(st.sampled_from(list(FILLS) if zero else ["space"])),
        question_order=draw(st.sampled_from(list(ORDERS))),
        answer_order=draw(st.sampled_from(list(ORDERS))),
        input=draw(st.sampled_from(list(INPUTS))),
        embedding_size=draw(st.integers(1, 20)),
        doubled=doubled,
        full_length=not doubled and padding != "marks" and draw(st.booleans()),
    )


columns_encodings = st.builds(
    ColumnsEncoding,
    fill=st.sampled_from(list(FILLS)),
    input=st.sampled_from(list(INPUTS)),
    embedding_size=st.integers(1, 20),
)


def character_encodings(task: AnyTask) -> st.SearchStrategy[CharacterEncoding]:
    """Any encoding in characters that takes this task."""
    text: st.SearchStrategy[CharacterEncoding] = text_encodings(task)
    return text | columns_encodings if ColumnsEncoding().refusal(task) is None else text


def encodings(task: AnyTask) -> st.SearchStrategy[Encoding]:
    """Any encoding that takes this task."""
    characters = character_encodings(task)
    scaled = st.builds(ScaledEncoding, question_order=st.sampled_from(list(ORDERS)))
    return characters | scaled if ScaledEncoding().refusal(task) is None else characters


def layer_sizes(most: int) -> st.SearchStrategy[tuple[int, ...]]:
    return st.lists(st.integers(1, most), min_size=1, max_size=4).map(tuple)


@st.composite
def _seq2seqs(draw: st.DrawFn, masking: st.SearchStrategy[bool], most_units: int) -> Seq2Seq:
    bidirectional = most_units > 1 and draw(st.booleans())
    encoder_units = draw(st.integers(1, most_units // 2 if bidirectional else most_units))
    attention = draw(st.sampled_from(list(ATTENTIONS)))
    feedback = draw(st.booleans())
    bridge = draw(st.sampled_from(("repeat", "state") if feedback or attention == "additive" else ("repeat",)))
    width = encoder_units * (1 + bidirectional)
    same_size = bridge == "state" or attention == "dot"
    return Seq2Seq(
        cell=draw(st.sampled_from(list(CELLS))),
        encoder_units=encoder_units,
        encoder_layers=draw(st.integers(1, 3)),
        decoder_units=width if same_size else draw(st.integers(1, most_units)),
        bidirectional=bidirectional,
        bridge=bridge,
        feedback=feedback,
        attention=attention,
        masking=draw(masking),
    )


@st.composite
def _transformers(draw: st.DrawFn, masking: st.SearchStrategy[bool], most_units: int) -> Transformer:
    heads = draw(st.integers(1, min(4, most_units)))
    return Transformer(
        width=heads * draw(st.integers(1, most_units // heads)),
        heads=heads,
        layers=draw(st.integers(1, 2)),
        feedforward=draw(st.integers(1, most_units)),
        masking=draw(masking),
    )


def networks(task: AnyTask, encoding: Encoding, most_units: int = 512) -> st.SearchStrategy[Network]:
    """Any network that takes this task in this encoding."""
    units = layer_sizes(most_units)
    if isinstance(encoding, ScaledEncoding):
        return st.builds(MappingMLP, units=units) | st.builds(MappingLSTM, units=units)
    masking = st.booleans() if encoding.fill == "space" else st.just(False)
    tagger = st.builds(
        Tagger,
        cell=st.sampled_from(list(CELLS)),
        units=st.integers(1, most_units),
        layers=st.integers(1, 3),
        bidirectional=st.booleans(),
        masking=masking,
    )
    fitting: list[st.SearchStrategy[Any]] = [_seq2seqs(masking, most_units), _transformers(masking, most_units)]
    if Tagger().refusal(task, encoding) is None:
        fitting.append(tagger)
    if CarryCell.reads(type(encoding)) and CarryCell().refusal(task, encoding) is None:
        fitting.append(st.builds(CarryCell, trained=st.integers(1, 4)))
    if ReadingHeads.reads(type(encoding)) and ReadingHeads().refusal(task, encoding) is None:
        fitting.append(
            st.builds(
                ReadingHeads,
                cell=st.sampled_from(list(CELLS)),
                units=st.integers(1, most_units),
                heads=st.integers(1, 4),
                start=st.sampled_from(list(STARTS)),
                hardens=st.floats(0, 1),
            )
        )
    return st.one_of(fitting)


@st.composite
def trainings(
    draw: st.DrawFn,
    *,
    characters: bool = True,
    feedback: bool = True,
    drawn: Sequence[str] = tuple(DRAWS),
    curriculum: bool = True,
) -> Training:
    """Any training, with these draws; without what needs characters, feedback or levels where there are none."""
    batch_size, epochs = draw(st.integers(1, 200)), draw(st.integers(1, 100))
    samples = batch_size * draw(st.integers(1, 500))
    change = st.one_of(
        st.tuples(st.integers(2, max(epochs, 2)), st.just(name), values)
        for name, values in {
            "learning_rate": st.floats(1e-7, 10),
            "batch_size": st.sampled_from([1, batch_size, samples]),
            "draw": st.sampled_from([None, *drawn]),
        }.items()
    )
    changes = draw(st.lists(change, max_size=3, unique_by=lambda each: each[:2])) if epochs > 1 else []
    return Training(
        epochs=epochs,
        samples=samples,
        batch_size=batch_size,
        optimizer=draw(st.sampled_from(list(OPTIMIZERS))),
        learning_rate=draw(st.floats(1e-7, 10)),
        final_learning_rate=draw(st.none() | st.floats(1e-9, 10)),
        schedule=draw(st.sampled_from(list(SCHEDULES))),
        clip_norm=draw(st.none() | st.floats(1e-6, 1e6)),
        dropout=draw(st.floats(0, 0.9)),
        padding_weight=draw(st.floats(0, 1)) if characters else 1.0,
        scheduled_sampling=draw(st.floats(0, 1)) if feedback else 0.0,
        draw=draw(st.sampled_from([None, *drawn])),
        curriculum=draw(st.sampled_from(list(CURRICULA))) if curriculum else "none",
        target=draw(st.none() | st.floats(0, 1)),
        keep_best=draw(st.booleans()),
        changes=tuple(Change(*each) for each in changes),
    )


@st.composite
def experiments(draw: st.DrawFn, most_units: int = 512) -> Experiment:
    """Any experiment that can work."""
    task = draw(tasks() | tasks() | rules())
    encoding = draw(encodings(task))
    assume(encoding.question_length(task) + encoding.answer_length(task) <= MOST_STEPS)
    network = draw(networks(task, encoding, most_units))
    return Experiment(
        task=task,
        encoding=encoding,
        network=network,
        training=draw(
            trainings(
                characters=encoding.writes_characters,
                feedback=Experiment(task, encoding, network).feedback,
                drawn=draws(task),
                curriculum=task.levels > 1,
            )
        ),
        seed=draw(st.integers(0, 2**31 - 1)),
    )
