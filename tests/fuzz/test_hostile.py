"""The corpus, the bombs, and what Hypothesis makes of the corpus: each is answered, or refused in a clear sentence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz import KINDS, corpus, memory, refusal, trial

MUTATIONS = 60
MOST_MEMORY_BYTES = 400_000_000
CORPUS = {kind: corpus.inputs(kind) for kind in KINDS}


def check(kind: str, data: bytes, name: str = "") -> None:
    outcome = trial.feed(KINDS[kind], data)
    assert not outcome.trouble, f"{name}\n{outcome.trouble}"
    if outcome.slow:  # Tests that run beside this one may have slowed it.
        outcome = trial.feed(KINDS[kind], data)
    assert not outcome.slow, f"{name} {outcome.seconds:.1f} s"


@pytest.mark.parametrize("kind", KINDS)
def test_the_corpus_holds_all_inputs_by_hand_and_all_are_small(kind: str) -> None:
    assert CORPUS[kind].keys() >= KINDS[kind].SEEDS.keys()
    assert all(len(data) < 20_000 for data in CORPUS[kind].values())


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_inputs_are_answered_or_refused(kind: str) -> None:
    for name, data in CORPUS[kind].items():
        check(kind, data, name)


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, module in KINDS.items() for name in module.BOMBS])
def test_a_bomb_is_refused_in_little_time_and_memory(kind: str, name: str) -> None:
    data = KINDS[kind].BOMBS[name]()
    before = memory.forget_peak()
    check(kind, data)
    assert memory.peak() - before < MOST_MEMORY_BYTES


@pytest.mark.parametrize("kind", KINDS)
def test_what_mutation_makes_of_the_corpus_is_answered_or_refused(kind: str) -> None:
    inputs = list(CORPUS[kind].values())

    @settings(max_examples=MUTATIONS, derandomize=True, database=None)
    @given(st.integers(0, len(inputs) - 1), st.integers(0, 2**32 - 1))
    def run(place: int, seed: int) -> None:
        check(kind, KINDS[kind].mutated(inputs[place], np.random.default_rng(seed)))

    run()


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "two\nlines",
        "x" * 501,
        "\x1b[31mred",
        "a ValueError",
        "Tally.__init__() got",
        "not NoneType",
        "an int() of",
    ],
)
def test_what_is_no_clear_sentence_is_found(text: str) -> None:
    with pytest.raises(refusal.UnclearRefusal):
        refusal.check(text, b"")


def test_words_of_the_program_may_be_quoted() -> None:
    refusal.check('"a ValueError" is no number', b"a ValueError")
