"""How much work a question of arithmetic is for a person with pencil and paper."""

from __future__ import annotations

from adder.tasks import numerals
from adder.tasks.expression import SQUARE, Tree


def effort(node: Tree, numbers: tuple[int, ...], base: int) -> int:
    """The digits to add or multiply, and twice the carries and borrows.

    >>> from adder.tasks.expression import tree
    >>> [effort(tree("n+n"), numbers, 10) for numbers in ((3, 4), (3, 8), (12, 50), (77, 88))]
    [1, 3, 2, 6]
    """
    return _worked_out(node, numbers, base)[1]


def _worked_out(node: Tree, numbers: tuple[int, ...], base: int) -> tuple[int, int]:
    """The value of a tree, and the work on the way to it."""
    if isinstance(node, int):
        return numbers[node], 0
    if node[0] == SQUARE:
        number = numbers[node[1]]
        return number**2, 2 * numerals.digits(number, base) ** 2
    (left, left_work), (right, right_work) = (_worked_out(each, numbers, base) for each in node[1:])
    work = left_work + right_work
    if node[0] == "*":
        return left * right, work + 2 * numerals.digits(abs(left), base) * numerals.digits(abs(right), base)
    value = left - right if node[0] == "-" else left + right
    return value, work + _column_work(abs(left), abs(right), abs(value), base) + (value < 0)


def _column_work(left: int, right: int, value: int, base: int) -> int:
    """The columns of the smaller number, and twice the carries or borrows; all numbers without their signs.

    The largest of the three is always the sum of the other two, so a borrow counts as the carry of adding back. Each
    carry takes `base` from one column and gives 1 to the next, so the digits of a sum add up to `base - 1` less than
    those of its terms (Legendre).
    """
    columns = numerals.digits(min(left, right), base) if left and right else 0
    first, second, whole = (_digit_sum(number, base) for number in sorted((left, right, value)))
    carries = (first + second - whole) // (base - 1)
    return columns + 2 * carries


def _digit_sum(number: int, base: int) -> int:
    return sum(map(numerals.DIGITS.index, numerals.spell(number, base)))
