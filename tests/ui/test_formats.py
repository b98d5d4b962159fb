from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from adder import Task
from adder.ui.formats import printed, visible
from tests.experiments import tasks


def grouped(question: str, blank: str) -> str:
    """A printed question with its decimal numbers as the page prints numbers, in groups of three digits."""
    return " ".join(f"{int(each):,}".replace(",", blank) if each.isdecimal() else each for each in question.split(" "))


@given(tasks(), st.integers(0, 2**32 - 1), st.sampled_from([",", " ", "\u202f", "\u00a0"]))
def test_what_the_page_prints_can_be_typed_back(task: Task, seed: int, blank: str) -> None:
    question = task.texts(task.sample(1, np.random.default_rng(seed), split="any"))[0]
    meant = task.parse(question)
    shown = printed(task, question)
    assert task.parse(shown) == task.parse(f"{shown} =") == task.parse(visible(f" {question}")) == meant
    if task.base == 10 and "²" not in shown and "(" not in shown:
        assert task.parse(grouped(shown, blank)) == meant
