"""The canonical form of questions: `a+b` and `b+a` are one question, and `a-(b-c)` and `a+c-b`; and how many there are.

A question's canonical form forgets the order of what is added or multiplied, brackets that make no difference, and
signs that cancel: `(a-b)*(c-d)` is `(b-a)*(d-c)`, and `x-(a-b)*c` is `x+(b-a)*c`. `structure` is that form without the
numbers, to count questions. `question_hash` respects it, and decides which are held out.

    >>> from adder.tasks.expression import tree
    >>> structure(tree("n+(n-n)")) == structure(tree("n+n-n"))
    True
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adder.tasks.expression import SQUARE, Tree, tree

Structure = str | int | tuple[Any, ...]

_SUM_OF_NUMBERS = re.compile("n([+-]n)*")
_MOST_ENUMERATED = 200_000  # A world with no more questions is hashed whole, to count the held-out ones.


@lru_cache(maxsize=20_000)
def structure(node: Tree) -> Structure:
    """The canonical form of a tree, with "n" for every number.

    >>> from adder.tasks.expression import tree
    >>> structure(tree("n*(n+n)"))
    ('*', ('n', ('+', ('n', 'n'), ())))
    >>> structure(tree("n-(n-n)*n")) == structure(tree("n+n*(n-n)"))
    True
    """
    return canonical_form(node, None)


def canonical_form(node: Tree, numbers: Sequence[int] | None) -> Structure:
    """What is left of a question without the order of what is added or multiplied, and without needless brackets.

    A sum is `("+", what is added, what is subtracted)`. Products that may be either follow, if there are any: those
    that are their own opposites, as `(3-3)*4` is, and without the numbers, those whose sign depends on the numbers.

    Args:
        node: Its tree.
        numbers: Its numbers; None to write "n" for each.

    >>> from adder.tasks.expression import tree
    >>> canonical_form(tree("n-n"), [3, 4]), canonical_form(tree("n+n"), [4, 3])
    (('+', (3,), (4,)), ('+', (3, 4), ()))
    """
    if not isinstance(node, int) and node[0] in ("+", "-"):
        return _canonical_sum(node, numbers)
    product, sign = _apart_from_sign(node, numbers)
    return product if sign > 0 else _sum_of([(product, sign)])


def _canonical_sum(node: Tree, numbers: Sequence[int] | None) -> Structure:
    parts = []
    for child, sign in _addends(node):
        part, own_sign = _apart_from_sign(child, numbers)
        parts.append((part, sign * own_sign))
    return _sum_of(parts)


def _sum_of(parts: Sequence[tuple[Structure, int]]) -> Structure:
    added, subtracted, either = (
        tuple(sorted((part for part, sign in parts if sign == wanted), key=repr)) for wanted in (1, -1, 0)
    )
    return ("+", added, subtracted, either) if either else ("+", added, subtracted)


def _apart_from_sign(node: Tree, numbers: Sequence[int] | None) -> tuple[Structure, int]:
    """The form that an addend or a factor shares with its opposite, and its sign; 0 where it may be either."""
    if isinstance(node, int):
        return ("n" if numbers is None else numbers[node]), 1
    if node[0] == SQUARE:
        return (SQUARE if numbers is None else (SQUARE, numbers[node[1]])), 1
    if node[0] == "*":
        factors, signs = zip(*(_apart_from_sign(factor, numbers) for factor in _factors(node)), strict=True)
        return ("*", tuple(sorted(factors, key=repr))), math.prod(signs)
    whole = _canonical_sum(node, numbers)
    assert isinstance(whole, tuple)
    opposite = (whole[0], whole[2], whole[1], *whole[3:])
    if whole == opposite:
        return whole, 0
    return max((whole, 1), (opposite, -1), key=lambda each: (len(each[0][1]), repr(each[0])))


def count_questions(of: Structure, numbers: int) -> int:
    """How many questions of a structure there are when each number may be one of `numbers`.

    >>> from adder.tasks.expression import tree
    >>> count_questions(structure(tree("n+n")), 10)
    55
    """
    if not isinstance(of, tuple):
        return numbers
    if of[0] == "*":
        return sum(_by_sign(of, numbers))
    total = 1
    for part, times in [each for parts in of[1:3] for each in Counter[Structure](parts).items()]:
        total *= _multisets(count_questions(part, numbers), times)
    for part, times in Counter[Structure](_either(of)).items():
        signed, unsigned = _by_sign(part, numbers)
        total *= _multisets(2 * signed + unsigned, times)
    return total


def _by_sign(of: Structure, numbers: int) -> tuple[int, int]:
    """How many questions there are up to their sign: those that differ from their opposite, and those that do not."""
    if not isinstance(of, tuple):
        return numbers, 0
    if of[0] == "*":
        groups = [(_by_sign(part, numbers), times) for part, times in Counter[Structure](of[1]).items()]
        signed = math.prod(_multisets(different, times) for (different, _), times in groups)
        return signed, math.prod(_multisets(sum(counts), times) for counts, times in groups) - signed
    if of[1] != of[2]:
        return count_questions(of, numbers), 0
    same = math.prod(
        _multisets(count_questions(part, numbers), times) for part, times in Counter[Structure](of[1]).items()
    )
    for part, times in Counter[Structure](_either(of)).items():  # Some are their own opposites.
        signed, unsigned = _by_sign(part, numbers)
        same *= sum(
            _multisets(signed, pairs) * _multisets(unsigned, times - 2 * pairs) for pairs in range(times // 2 + 1)
        )
    return (count_questions(of, numbers) - same) // 2, same


def _either(of: tuple[Any, ...]) -> tuple[Structure, ...]:
    """The products in a sum whose sign the numbers decide."""
    return of[3] if len(of) > 3 else ()


def _multisets(of: int, times: int) -> int:
    """How many ways there are to choose `times` times out of `of`, in any order."""
    return math.comb(of + times - 1, times) if times else 1


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
    """Whether each of these hashes belongs to a held-out question, where `share` of all questions are held out."""
    return keys < np.uint64(int(share * 2.0**64))


def _by_structure(forms: Sequence[str]) -> dict[Structure, str]:
    """One form for each structure."""
    unlike = {"".join(sorted(form)) if _SUM_OF_NUMBERS.fullmatch(form) else form: form for form in forms}
    return {structure(tree(form)): form for form in unlike.values()}  # Few of thousands of sums are unlike.


@lru_cache(maxsize=64)
def _count_in_world(forms: tuple[str, ...], smallest: int, largest: int, share: float) -> int:
    keys: set[int] = set()  # np.unique would import numpy.ma and slow down `import adder`.
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
    with np.errstate(over="ignore"):  # The hash is meant to wrap around at 2**64.
        if not isinstance(node, int) and node[0] in ("+", "-"):
            mixed = _mixed_sum(node, numbers)[0]
        else:
            product, sign = _mixed(node, numbers)
            mixed = np.where(np.less(sign, 0), _scramble(product ^ _MINUS), product)
        return _scramble(mixed)


def sum_hash(numbers: NDArray[np.uint64], signs: NDArray[np.int8]) -> NDArray[np.uint64]:
    """`question_hash` of sums of numbers without brackets, which may differ in their form.

    Args:
        numbers: The numbers of each, modulo 2**64: shape `(n, terms)`.
        signs: The sign of each number, 0 where there is none.
    """
    with np.errstate(over="ignore"):
        parts = _scramble(numbers ^ np.where(signs < 0, _MINUS, _PLUS))
        return _scramble(np.sum(parts, axis=1, where=signs != 0, dtype=np.uint64))


def _mixed(node: Tree, numbers: Sequence[NDArray[np.uint64]]) -> tuple[NDArray[np.uint64], Any]:
    """The hash that an addend or a factor shares with its opposite, and its sign; 0 where both are the same."""
    if isinstance(node, int):
        return numbers[node], 1
    if node[0] == SQUARE:
        return _scramble(numbers[node[1]] ^ _SQUARED), 1
    if node[0] == "*":
        parts, signs = zip(*(_mixed(child, numbers) for child in _factors(node)), strict=True)
        return np.sum([_scramble(part ^ _TIMES) for part in parts], axis=0, dtype=np.uint64), math.prod(signs)
    whole, opposite, balance = _mixed_sum(node, numbers)
    turned = (balance < 0) | ((balance == 0) & (opposite < whole))
    return np.where(turned, opposite, whole), np.where(whole == opposite, 0, np.where(turned, -1, 1))


def _mixed_sum(node: Tree, numbers: Sequence[NDArray[np.uint64]]) -> tuple[NDArray[np.uint64], NDArray[np.uint64], Any]:
    """The hash of a sum, that of its opposite, and how much more is added in it than subtracted."""
    children = [(*_mixed(child, numbers), sign) for child, sign in _addends(node)]
    parts = [(part, own * sign) for part, own, sign in children]
    whole = [_scramble(part ^ np.where(np.less(sign, 0), _MINUS, _PLUS)) for part, sign in parts]
    opposite = [_scramble(part ^ np.where(np.greater(sign, 0), _MINUS, _PLUS)) for part, sign in parts]
    balance = sum(sign for _, sign in parts)
    return np.sum(whole, axis=0, dtype=np.uint64), np.sum(opposite, axis=0, dtype=np.uint64), balance


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
