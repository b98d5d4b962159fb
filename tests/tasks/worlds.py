"""Tasks that the tests of this room ask again and again, and what they know of them apart from the package."""

from __future__ import annotations

import itertools
import re
from random import Random

import numpy as np

from adder import Questions, Task
from adder.tasks.expression import parse, tree
from tests.experiments import filled, rearranged, written

RAGGED = Task(smallest=0, largest=99, terms=4, fewest_terms=2)
SQUARES = Task(smallest=0, largest=999, terms=1, operators="^")
HUGE = Task(smallest=0, largest=10**100 - 1, terms=3, operators="+-*", brackets=1)
BINARY = Task(smallest=0, largest=255, base=2)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def everything(task: Task) -> Questions:
    """Every question of a small world, in every order of its terms."""
    world = [task.spell(number) for number in range(task.smallest, task.largest + 1)]
    questions = []
    for form in task.forms:
        for row in itertools.product(world, repeat=form.count("n")):
            numbers = iter(row)
            questions.append("".join(next(numbers) if lexeme == "n" else lexeme for lexeme in form))
    return task.read(questions)


def asked_otherwise(task: Task, text: str, random: Random) -> str:
    """The same question with its terms in another order, as far as the task has such questions."""
    parsed = parse(text, task.base)
    other = written(rearranged(filled(tree(parsed.form), parsed.numbers), random), task.base)
    return other if parse(other, task.base).form in task.forms else text


def in_python(text: str, base: int) -> int:
    """What Python makes of a question."""
    number = re.sub("[0-9A-F]+", lambda match: str(int(match[0], base)), text.replace("^2", "²"))
    return int(eval(number.replace("²", "**2")))
