"""Arithmetic as part of a Keras script: how questions are drawn, written, worked out and hashed.

In the script a question is whatever says it most simply: the list of numbers of a sum, the number to square, or a
nested list of numbers and operators.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adder.base.source import Constants, block
from adder.tasks.arithmetic_settings import Arithmetic
from adder.tasks.draws import CANDIDATES, DRAWS
from adder.tasks.expression import SQUARE
from adder.tasks.numerals import digits


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a script holds one kind of question.

    Attributes:
        drawn: The question made of drawn numbers.
        rows: The rows of the numbers of `questions`.
        text: A block that writes a question.
        answer: A block that works a question out.
        key: A block that hashes a question.
    """

    drawn: str
    rows: str
    text: str
    answer: str
    key: str


_TREE = block('''
    def tree(question):
        """A question as (operator, left, right): products first, then from left to right."""
        if isinstance(question, int):
            return question
        parts = [part if isinstance(part, str) else tree(part) for part in question]
        for operators in ("*", "+-"):
            at = 1
            while at < len(parts):
                if parts[at] in operators:
                    parts[at - 1 : at + 2] = [(parts[at], parts[at - 1], parts[at + 1])]
                else:
                    at += 2
        return parts[0]


    WORK = {"+": operator.add, "-": operator.sub, "*": operator.mul}


    def answer(question):
        """The true answer."""

        def worked_out(node):
            return node if isinstance(node, int) else WORK[node[0]](worked_out(node[1]), worked_out(node[2]))

        return worked_out(tree(question))
''')

_SUM = _Kind(
    drawn="{}",
    rows="questions",
    text=block('''
        def text(question, width=0):
            """A sum as text, each number padded to a width."""
            return "+".join(spell(number).rjust(width, FILL) for number in question)
    '''),
    answer=block('''
        def answer(question):
            """The true answer."""
            return sum(question)
    '''),
    key=block('''
        def key(question):
            """A hash of the question. It adds up, so a+b and b+a have the same one."""
            return scramble(sum(scramble(number % 2**64) for number in question) % 2**64)
    '''),
)

_SQUARED = _Kind(
    drawn="{}[0]",
    rows="[[question] for question in questions]",
    text=block('''
        def text(question, width=0):
            """A square as text, the number padded to a width."""
            return spell(question).rjust(width, FILL) + "^2"
    '''),
    answer=block('''
        def answer(question):
            """The true answer."""
            return question**2
    '''),
    key=block('''
        def key(question):
            """A hash of the question."""
            return scramble(scramble(question % 2**64 ^ 0xC3C3 << 40))
    '''),
)

_EXPRESSION = _Kind(
    drawn="arranged(rng.choice(SHAPES[terms]), iter({}), rng)",
    rows="[question[::2] for question in questions]",
    text=block('''
        def text(question, width=0):
            """A question as text, each number padded to a width."""
            parts = []
            for part in question:
                if isinstance(part, list):
                    parts.append(f"({text(part, width)})")
                else:
                    parts.append(part if isinstance(part, str) else spell(part).rjust(width, FILL))
            return "".join(parts)
    '''),
    answer=_TREE,
    key=block('''
        def addends(node, sign=1):
            """What a sum adds up, each with its sign; brackets that only add on are opened."""
            if isinstance(node, int) or node[0] == "*":
                return [(node, sign)]
            return addends(node[1], sign) + addends(node[2], sign if node[0] == "+" else -sign)


        def factors(node):
            """What a product multiplies, brackets opened alike."""
            if isinstance(node, int) or node[0] != "*":
                return [node]
            return factors(node[1]) + factors(node[2])


        def mixed(node):
            """The hash that an addend or a factor shares with its opposite, and its sign; 0 where both are the same."""
            if isinstance(node, int):
                return node % 2**64, 1
            if node[0] == "*":
                parts, signs = zip(*map(mixed, factors(node)), strict=True)
                return sum(scramble(part ^ 0x5A5A << 40) for part in parts) % 2**64, math.prod(signs)
            whole, opposite, balance = mixed_sum(node)
            if whole == opposite:
                return whole, 0
            turned = balance < 0 or (balance == 0 and opposite < whole)
            return (opposite, -1) if turned else (whole, 1)


        def mixed_sum(node):
            """The hash of a sum, that of its opposite, and how much more is added in it than subtracted."""
            parts = [(part, sign * own) for addend, sign in addends(node) for part, own in [mixed(addend)]]
            whole, opposite = (
                sum(scramble(part ^ (0xA5A5 << 40 if sign == minus else 0)) for part, sign in parts) % 2**64
                for minus in (-1, 1)
            )
            return whole, opposite, sum(sign for _, sign in parts)


        def key(question):
            """A hash of the question, the same one for a+b and b+a, and for (a-b)*(c-d) and (b-a)*(d-c)."""
            node = tree(question)
            if node[0] != "*":
                return scramble(mixed_sum(node)[0])
            product, sign = mixed(node)
            return scramble(scramble(product ^ 0xA5A5 << 40) if sign < 0 else product)
    '''),
)

_SCRAMBLE = block('''
    def scramble(number):
        """A number made unrecognisable, always in the same way (SplitMix64; Steele, Lea & Flood 2014)."""
        number = (number + 0x9E3779B97F4A7C15) % 2**64
        number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        number = (number ^ (number >> 27)) * 0x94D049BB133111EB % 2**64
        return number ^ (number >> 31)
''')

_BY_LENGTH = block('''
    def by_length(rng, smallest, largest):
        """A number whose length is drawn before the number."""
        length = rng.randint(len(spell(smallest)), len(spell(largest)))
        shortest = BASE ** (length - 1) if length > 1 else 0
        return rng.randint(max(shortest, smallest), min(BASE**length - 1, largest))
''')

_LIMITS = block('''
    def limits(level):
        """The largest number and the most terms of a level of the curriculum, counted from 1."""
        share = (level - 1) / (LEVELS - 1)
        length = SHORTEST + math.ceil(share * (NUMBER_WIDTH - SHORTEST))
        return min(LARGEST, BASE**length - 1), FEWEST_TERMS + math.ceil(share * (TERMS - FEWEST_TERMS))
''')

_BRACKETINGS = block('''
    def compositions(total):
        """Every way to write a number as a sum of others, as lists."""
        if total == 0:
            return [[]]
        return [[first, *rest] for first in range(1, total + 1) for rest in compositions(total - first)]


    def bracketings(terms, depth):
        """Every way to put brackets into a row of numbers, as nested lists of None."""
        found = [[None] * terms]
        for parts in compositions(terms):
            if depth and 1 < len(parts) < terms:
                options = [[None] if part == 1 else bracketings(part, depth - 1) for part in parts]
                found += [list(each) for each in itertools.product(*options)]
        return found


    SHAPES = {terms: bracketings(terms, BRACKETS) for terms in range(FEWEST_TERMS, TERMS + 1)}


    def arranged(shape, numbers, rng):
        """Numbers in a shape of brackets, with an operator drawn for each place between."""
        question = []
        for part in shape:
            if question:
                question.append(rng.choice(OPERATORS))
            question.append(next(numbers) if part is None else arranged(part, numbers, rng))
        return question
''')


@dataclass(frozen=True)
class ArithmeticSource(Arithmetic):
    """Arithmetic with its part of a script."""

    def constants(self) -> Constants:
        return {
            "SMALLEST": (self.smallest, None),
            "LARGEST": (self.largest, None),
            "FEWEST_TERMS": (self.term_counts[0], None),
            "TERMS": (self.terms, "A question has at most this many numbers."),
            "OPERATORS": (json.dumps(self.operators), None),
            "BRACKETS": (self.brackets, "They nest no deeper."),
            "BASE": (self.base, "Numbers are written in this base."),
            "NUMBER_WIDTH": (self.number_width, "The longest number has this many characters."),
            "SHORTEST": (digits(self.smallest, self.base), "The shortest number has this many characters."),
        }

    def source(self, draws: Sequence[str], *, curriculum: bool, padded: bool) -> list[str]:
        kind, spelled = self._kind, "str(number)" if self.base == 10 else "np.base_repr(number, BASE)"
        spell = block(f'''
            def spell(number):
                """A number as it is written."""
                return {spelled}
        ''')
        text = kind.text if padded else _unpadded(kind.text)
        hashed = [_SCRAMBLE, kind.key] if self.held_out else []
        return [spell, *self._drawing(draws, curriculum), text, kind.answer, *hashed]

    @property
    def rows_source(self) -> str:
        return self._kind.rows

    @property
    def _kind(self) -> _Kind:
        if self.operators == SQUARE:
            return _SQUARED
        return _SUM if self.sums else _EXPRESSION

    def _drawing(self, draws: Sequence[str], curriculum: bool) -> list[str]:
        """Blocks that define how a question is drawn."""
        several = len(draws) > 1
        functions = [DRAWS[draw].source for draw in draws]
        if several:
            own = {draw: f"{draw.replace('-', '_')}_drawn" for draw in draws}
            functions = [DRAWS[draw].source.replace("draw_numbers", name) for draw, name in own.items()]
            functions.append(f"DRAWS = {{{', '.join(f'{json.dumps(draw)}: {name}' for draw, name in own.items())}}}")
        if curriculum or "by_length(" in "".join(functions):
            functions.insert(0, _BY_LENGTH)
        if self._kind is _EXPRESSION:
            functions.append(_BRACKETINGS)
        if curriculum:
            functions.append(_LIMITS)

        given = f"rng{', draw' * several}{', level' * curriculum}"
        parameters = given.replace("level", "level=LEVELS")
        large = [draw for draw in draws if DRAWS[draw].large_answers]
        head = [f"def {'candidate' if large else 'draw_question'}({parameters}):", '    """One question."""']
        functions.append("\n".join([*head, *(f"    {line}" for line in self._one_question(draws, curriculum))]))
        if large:
            only = f"draw == {json.dumps(large[0])} and " * several + "level == LEVELS and " * curriculum
            functions.append(
                block(f'''
                    def draw_question({parameters}):
                        """One question; in half of the draws the one with the largest answer of several."""
                        count = {CANDIDATES} if {only}rng.random() < 0.5 else 1
                        return max((candidate({given}) for _ in range(count)), key=lambda each: abs(answer(each)))
                ''')
            )
        return functions

    def _one_question(self, draws: Sequence[str], curriculum: bool) -> Iterator[str]:
        """Lines that draw how many numbers a question has, and then the numbers."""
        kind, varies = self._kind, len(self.term_counts) > 1
        terms = "rng.randint(FEWEST_TERMS, TERMS)" if varies else "TERMS"
        alike = [draw for draw in draws if DRAWS[draw].forms_alike]
        if varies and kind is _EXPRESSION and alike:
            yield "counts = range(FEWEST_TERMS, TERMS + 1)"
            yield "forms = [len(SHAPES[terms]) * len(OPERATORS) ** (terms - 1) for terms in counts]"
            by_form = "rng.choices(counts, forms)[0]"  # Most forms are hard, so few questions are easy.
            terms = f"{by_form} if draw == {json.dumps(alike[0])} else {terms}" if len(alike) < len(draws) else by_form
        numbers = "DRAWS[draw](rng, terms)" if len(draws) > 1 else "draw_numbers(rng, terms)"
        if curriculum:
            yield "if level < LEVELS:  # All lengths are asked, so that none is forgotten."
            yield "    largest, most = limits(level)"
            yield "    terms = rng.randint(FEWEST_TERMS, most)"
            yield "    numbers = [by_length(rng, SMALLEST, largest) for _ in range(terms)]"
            yield "else:"
            yield f"    terms = {terms}"
            yield f"    numbers = {numbers}"
            numbers = "numbers"
        elif varies or kind is _EXPRESSION:
            yield f"terms = {terms}"
        else:
            numbers = numbers.replace("terms", "TERMS")
        yield f"return {kind.drawn.format(numbers)}"


def _unpadded(text: str) -> str:
    """A block that writes a question, where numbers have no width of their own."""
    for padding, none in ((", width=0", ""), (".rjust(width, FILL)", ""), (", width)", ")")):
        text = text.replace(padding, none)
    return text.replace(", each number padded to a width", "").replace(", the number padded to a width", "")
