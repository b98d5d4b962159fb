"""The forms questions may have, and which of them are one question: `a+b` and `b+a`, `a-(b-c)` and `a+c-b`.

A task draws from its forms; the held-out set and the count of distinct questions go by `structure`, which forgets the
order of what is added or multiplied, and brackets that only add or multiply on.

    >>> from adder.tasks.expression import tree
    >>> structure(tree("n+(n-n)")) == structure(tree("n+n-n"))
    True
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adder.tasks.expression import SQUARE, Tree

Structure = str | tuple[Any, ...]


@lru_cache(maxsize=20_000)
def structure(node: Tree) -> Structure:
    """What is left of a tree when the order of what is added or multiplied does not matter, nor do brackets in it.

    >>> from adder.tasks.expression import tree
    >>> structure(tree("n*(n+n)"))
    ('*', ('n', ('+', ('n', 'n'), ())))
    """
    if isinstance(node, int):
        return "n"
    if node[0] == SQUARE:
        return SQUARE
    if node[0] == "*":
        return ("*", tuple(sorted((structure(child) for child in _factors(node)), key=repr)))
    signed = _addends(node)
    parts = [tuple(sorted((structure(child) for child, sign in signed if sign == s), key=repr)) for s in (1, -1)]
    return ("+", *parts)


def count_questions(of: Structure, numbers: int) -> int:
    """How many questions of a structure there are when each number may be one of `numbers`.

    >>> from adder.tasks.expression import tree
    >>> count_questions(structure(tree("n+n")), 10)
    55
    """
    if isinstance(of, str):
        return numbers
    total = 1
    for part in of[1:]:
        for child, times in Counter[Structure](part).items():
            total *= math.comb(count_questions(child, numbers) + times - 1, times)
    return total


def question_hash(node: Tree, numbers: Sequence[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    """A stable 64-bit hash of questions, the same for all that `structure` takes for one.

    Each number is scrambled with the finaliser of SplitMix64 (Steele, Lea & Flood 2014); what is added or multiplied
    is scrambled and summed up, which forgets its order, and the sum is scrambled again.

    Args:
        node: Their common tree.
        numbers: A column for each number, taken modulo 2**64.
    """
    with np.errstate(over="ignore"):  # arithmetic modulo 2**64 is the point
        return _scramble(_mixed(node, numbers))


def _mixed(node: Tree, numbers: Sequence[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    if isinstance(node, int):
        return numbers[node]
    if node[0] == SQUARE:
        return _scramble(numbers[node[1]] ^ _SQUARED)
    if node[0] == "*":
        children = [_scramble(_mixed(child, numbers) ^ _TIMES) for child in _factors(node)]
    else:
        children = [_scramble(_mixed(child, numbers) ^ (_PLUS if s > 0 else _MINUS)) for child, s in _addends(node)]
    return np.sum(children, axis=0, dtype=np.uint64)


_PLUS, _MINUS, _TIMES, _SQUARED = (np.uint64(tag) for tag in (0, 0xA5A5 << 40, 0x5A5A << 40, 0xC3C3 << 40))


def _scramble(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _factors(node: Tree) -> list[Tree]:
    if isinstance(node, int) or node[0] != "*":
        return [node]
    return _factors(node[1]) + _factors(node[2])


def _addends(node: Tree, sign: int = 1) -> list[tuple[Tree, int]]:
    if isinstance(node, int) or node[0] not in ("+", "-"):
        return [(node, sign)]
    return _addends(node[1], sign) + _addends(node[2], sign if node[0] == "+" else -sign)
