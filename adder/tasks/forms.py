"""The forms that questions may have: every choice of operators between numbers, and every way to bracket them."""

from __future__ import annotations

from functools import lru_cache

from adder.tasks.expression import SQUARE


@lru_cache(maxsize=512)
def forms_of(terms: int, operators: str, depth: int) -> tuple[str, ...]:
    """Every form of this many numbers: all choices of operators, with brackets nested up to `depth`.

    A bracket holds at least two numbers and never the whole question, and none is doubled.

    >>> forms_of(2, "+-", 0)
    ('n+n', 'n-n')
    >>> forms_of(3, "+", 1)
    ('n+n+n', '(n+n)+n', 'n+(n+n)')
    """
    if operators == SQUARE:
        return ("n^2",)
    shapes = _bracketings(terms, depth)
    return tuple(form for shape in shapes for form in _with_operators(shape, operators))


def count_forms(terms: int, operators: str, depth: int) -> int:
    """How many `forms_of` there are, without making them."""
    return 1 if operators == SQUARE else _count_bracketings(terms, depth) * len(operators) ** (terms - 1)


@lru_cache(maxsize=256)
def _count_bracketings(terms: int, depth: int) -> int:
    if not depth or terms == 1:
        return 1
    within = [1 if part == 1 else _count_bracketings(part, depth - 1) for part in range(1, terms + 1)]
    split = [1]  # It counts the ways to split this many terms into bracketed parts.
    for count in range(1, terms + 1):
        split.append(sum(within[part - 1] * split[count - part] for part in range(1, count + 1)))
    return split[terms] - within[-1]  # A bracket around the whole question counts for nothing.


@lru_cache(maxsize=256)
def _bracketings(terms: int, depth: int) -> tuple[str, ...]:
    """Ways to bracket `n?n?…?n`, `?` being an operator to choose."""
    if terms == 1:
        return ("n",)
    found = {"?".join("n" * terms): None}
    if depth:
        for parts in _compositions(terms):
            if 1 < len(parts) < terms:
                options = [["n"] if part == 1 else _within(part, depth) for part in parts]
                joined = [""]
                for option in options:
                    joined = [f"{before}?{after}" if before else after for before in joined for after in option]
                found |= dict.fromkeys(joined)
    return tuple(found)


def _within(terms: int, depth: int) -> list[str]:
    return [f"({inner})" for inner in _bracketings(terms, depth - 1)]


def _compositions(terms: int) -> list[tuple[int, ...]]:
    if terms == 0:
        return [()]
    return [(first, *rest) for first in range(terms, 0, -1) for rest in _compositions(terms - first)]


def _with_operators(shape: str, operators: str) -> list[str]:
    made = [""]
    for lexeme in shape:
        made = [before + each for before in made for each in (operators if lexeme == "?" else lexeme)]
    return made
