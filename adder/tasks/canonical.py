"""Which questions are one and the same, as `a+b` and `b+a` are, or `a-(b-c)` and `a+c-b`; and how many there are.

A question's canonical form is its `structure`: it forgets the order of what is added or multiplied, and brackets that
make no difference. Questions are counted by it, and `question_hash`, which respects it, decides which are held out.

    >>> from adder.tasks.expression import tree
    >>> structure(tree("n+(n-n)")) == structure(tree("n+n-n"))
    True
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adder.tasks.expression import SQUARE, Tree, tree

Structure = str | tuple[Any, ...]

_MOST_ENUMERATED = 200_000  # questions of a small world, all of which are hashed to count the held-out ones


@lru_cache(maxsize=20_000)
def structure(node: Tree) -> Structure:
    """What is left of a tree without the order of what is added or multiplied, and without needless brackets.

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


def count_distinct(forms: Sequence[str], numbers: int) -> int:
    """How many different questions these forms have when each number may be one of `numbers`.

    >>> count_distinct(["n+n", "n-n"], 10)
    155
    """
    return sum(count_questions(each, numbers) for each in _by_structure(forms))


def count_held_out(forms: Sequence[str], smallest: int, largest: int, share: float) -> int:
    """How many different questions are held out: counted in a small world, expected in a large one.

    >>> count_held_out(["n+n"], 1, 10, 0.2)
    13
    """
    if not share:
        return 0
    world = largest - smallest + 1
    representatives = tuple(_by_structure(forms).values())
    if sum(world ** form.count("n") for form in representatives) > _MOST_ENUMERATED:
        return int(count_distinct(forms, world) * Fraction(share).limit_denominator(10**6))
    return _count_in_world(representatives, smallest, largest, share)


def held_out(keys: NDArray[np.uint64], share: float) -> NDArray[np.bool_]:
    """Which of these hashes belong to held-out questions, where `share` of all questions are held out."""
    return keys < np.uint64(int(share * 2.0**64))


def _by_structure(forms: Sequence[str]) -> dict[Structure, str]:
    """One form for each structure."""
    return {structure(tree(form)): form for form in forms}


@lru_cache(maxsize=64)
def _count_in_world(forms: tuple[str, ...], smallest: int, largest: int, share: float) -> int:
    keys: set[int] = set()  # np.unique would import numpy.ma, which would slow down `import adder`
    for form in forms:
        world = np.meshgrid(*[np.arange(smallest, largest + 1, dtype=np.uint64)] * form.count("n"), indexing="ij")
        found = question_hash(tree(form), [each.ravel() for each in world])
        keys.update(found[held_out(found, share)].tolist())
    return len(keys)


def question_hash(node: Tree, numbers: Sequence[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    """A stable 64-bit hash of questions, the same for all questions of one structure with the same numbers.

    Each number is scrambled with the finaliser of SplitMix64 (Steele, Lea & Flood 2014). The hashes of what is added
    or multiplied are summed, which forgets their order, and the sum is scrambled again.

    Args:
        node: Their common tree.
        numbers: A column for each number, taken modulo 2**64.
    """
    with np.errstate(over="ignore"):  # arithmetic modulo 2**64 is meant
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
