"""The part of a script that makes questions: what may be asked, how it is drawn, and which side of the split it is on.

A question is in the script what says it most simply: the list of numbers of a sum, the number to square, a nested
list of numbers and operators, or a pair of a list of your own.
"""

from __future__ import annotations

import json

from adder.base.source import Constants, block, string
from adder.experiment import Experiment
from adder.tasks.arithmetic import Task
from adder.tasks.draws import DRAWS
from adder.tasks.expression import SQUARE
from adder.tasks.numerals import digits
from adder.tasks.pairs import Rule

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
        """Every way to put brackets into a row of so many numbers, as nested lists of None."""
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

_SCRAMBLE = block('''
    def scramble(number):
        """A number made unrecognisable, always in the same way (SplitMix64; Steele, Lea & Flood 2014)."""
        number = (number + 0x9E3779B97F4A7C15) % 2**64
        number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        number = (number ^ (number >> 27)) * 0x94D049BB133111EB % 2**64
        return number ^ (number >> 31)
''')

_KEYS = {
    "sum": block('''
        def key(question):
            """A hash of the question. It adds up, so a+b and b+a have the same one."""
            return scramble(sum(scramble(number % 2**64) for number in question) % 2**64)
    '''),
    "square": block('''
        def key(question):
            """A hash of the question."""
            return scramble(scramble(question % 2**64 ^ 0xC3C3 << 40))
    '''),
    "expression": block('''
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


        def key(question):
            """A hash of the question. It adds up, so a+b and b+a have the same one, and a-(b-c) and a+c-b."""

            def mixed(node):
                if isinstance(node, int):
                    return node % 2**64
                if node[0] == "*":
                    parts = [scramble(mixed(factor) ^ 0x5A5A << 40) for factor in factors(node)]
                else:
                    tags = {1: 0, -1: 0xA5A5 << 40}
                    parts = [scramble(mixed(addend) ^ tags[sign]) for addend, sign in addends(node)]
                return sum(parts) % 2**64

            return scramble(mixed(tree(question)))
    '''),
    "pair": block('''
        def key(question):
            """A hash of the question."""
            return int.from_bytes(hashlib.sha256(question[0].encode()).digest()[:8], "big")
    '''),
}

_IS_HELD_OUT = block('''
    def is_held_out(question):
        """Whether a question is kept away from training, whatever the seed."""
        return key(question) < int(HELD_OUT * 2.0**64)
''')

_TEXTS = {
    "sum": block('''
        def text(question, width=0):
            """A sum as text, each number padded to a width."""
            return "+".join(spell(number).rjust(width, FILL) for number in question)
    '''),
    "square": block('''
        def text(question, width=0):
            """A square as text, the number padded to a width."""
            return spell(question).rjust(width, FILL) + "^2"
    '''),
    "expression": block('''
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
    "pair": block('''
        def text(question):
            """The question of a pair."""
            return question[0]
    '''),
}

_ANSWERS = {
    "sum": block('''
        def answer(question):
            """The true answer."""
            return sum(question)
    '''),
    "square": block('''
        def answer(question):
            """The true answer."""
            return question**2
    '''),
    "expression": _TREE,
    "pair": block('''
        def answer(question):
            """The true answer."""
            return question[1]
    '''),
}


def kind(experiment: Experiment) -> str:
    """What a question is in the script: a `"pair"`, a `"square"`, a `"sum"` or an `"expression"`."""
    task = experiment.task
    if task.own_list:
        return "pair"
    if task.operators == SQUARE:
        return "square"
    return "sum" if task.sums else "expression"


def constants(experiment: Experiment) -> Constants:
    """The task's settings."""
    task, training = experiment.task, experiment.training
    given: Constants = {"HELD_OUT": (task.held_out, "the share of all questions that is never trained on")}
    if isinstance(task, Rule):
        pairs = [f"    ({string(question)}, {string(to)})," for question, to in task.pairs]
        return {"PAIRS": ("\n".join(["[", *pairs, "]"]), None), **given}
    assert isinstance(task, Task)  # The script spells out the settings of each kind of task.
    return {
        "SMALLEST": (task.smallest, None),
        "LARGEST": (task.largest, None),
        "FEWEST_TERMS": (task.term_counts[0], None),
        "TERMS": (task.terms, "numbers in a question"),
        "OPERATORS": (json.dumps(task.operators), None),
        "BRACKETS": (task.brackets, "how deep they nest"),
        "BASE": (task.base, "what numbers are written in"),
        "NUMBER_WIDTH": (task.number_width, "characters of the longest number"),
        "SHORTEST": (digits(task.smallest, task.base), "characters of the shortest one"),
        "LEVELS": (task.levels, "of the curriculum"),
        "TRAINING_DRAW": (json.dumps(training.draw or task.draw), "how questions to train on are drawn"),
        "TEST_DRAW": (json.dumps(task.draw), "how questions to test with are drawn"),
        **given,
    }


def blocks(experiment: Experiment) -> list[str]:
    """Functions that draw, split, write and answer questions."""
    made = kind(experiment)
    padded = getattr(experiment.encoding, "padding", None) == "terms"
    parts = [_TEXTS[made] if padded else _unpadded(_TEXTS[made]), _ANSWERS[made]]
    if experiment.task.held_out:
        parts += [*([] if made == "pair" else [_SCRAMBLE]), _KEYS[made], _IS_HELD_OUT]
    if isinstance(experiment.task, Task):
        return [_spell(experiment.task), *_drawing(experiment, experiment.task), *parts, _sample(experiment)]
    return [*parts, _sample(experiment)]


def several_draws(experiment: Experiment) -> bool:
    """Whether questions are drawn in more than one way."""
    task, training = experiment.task, experiment.training
    another = training.draw is not None and task.drawn_as(training.draw) != task
    return another or training.curriculum != "none"


def _spell(task: Task) -> str:
    how = "str(number)" if task.base == 10 else "np.base_repr(number, BASE)"
    return block(f'''
        def spell(number):
            """A number as it is written."""
            return {how}
    ''')


def _drawing(experiment: Experiment, task: Task) -> list[str]:
    training = experiment.training
    curriculum = training.curriculum != "none"
    several = several_draws(experiment)
    draws = list(dict.fromkeys([training.draw or task.draw, task.draw]))
    functions = [DRAWS[draw].source for draw in draws]
    if several:
        functions = [DRAWS[draw].source.replace("draw_numbers", f"{draw}_drawn") for draw in draws]
        functions.append(f"DRAWS = {{{', '.join(f'{json.dumps(draw)}: {draw}_drawn' for draw in draws)}}}")
    if curriculum or "by_length(" in "".join(functions):
        functions.insert(0, _BY_LENGTH)
    made = kind(experiment)
    if made == "expression":
        functions.append(_BRACKETINGS)
    if curriculum:
        functions.append(_LIMITS)

    given = {
        "sum": "{}",
        "square": "{}[0]",
        "expression": "arranged(rng.choice(SHAPES[terms]), iter({}), rng)",
    }[made]
    lines = ['    """One question."""']
    varies = len(task.term_counts) > 1
    terms = "rng.randint(FEWEST_TERMS, TERMS)" if varies else "TERMS"
    if varies and made == "expression" and "forms" in draws:
        lines += [
            "    counts = range(FEWEST_TERMS, TERMS + 1)",
            "    forms = [len(SHAPES[terms]) * len(OPERATORS) ** (terms - 1) for terms in counts]",
        ]
        by_form = "rng.choices(counts, forms)[0]"  # as many as there are forms, so that few questions are easy
        terms = f'{by_form} if draw == "forms" else {terms}' if len(draws) > 1 else by_form
    numbers = "DRAWS[draw](rng, terms)" if several else "draw_numbers(rng, terms)"
    if curriculum:
        lines += [
            "    if level < LEVELS:  # lengths alike, so that what was learned first is not forgotten",
            "        largest, most = limits(level)",
            "        terms = rng.randint(FEWEST_TERMS, most)",
            "        numbers = [by_length(rng, SMALLEST, largest) for _ in range(terms)]",
            "    else:",
            f"        terms = {terms}",
            f"        numbers = {numbers}",
            f"    return {given.format('numbers')}",
        ]
    elif varies or made == "expression":
        lines += [f"    terms = {terms}", f"    return {given.format(numbers)}"]
    else:
        lines.append(f"    return {given.format(numbers.replace('terms', 'TERMS'))}")
    signature = "rng" + ", draw" * several + ", level=LEVELS" * curriculum
    return [*functions, "\n".join([f"def draw_question({signature}):", *lines])]


def _sample(experiment: Experiment) -> str:
    held_out = bool(experiment.task.held_out)
    if experiment.task.own_list:
        if not held_out:
            return block('''
                def sample(n, rng):
                    """Questions from the list."""
                    return rng.choices(PAIRS, k=n)
            ''')
        return block('''
            def sample(n, rng, held_out=False):
                """Questions from one side of the split."""
                return rng.choices([pair for pair in PAIRS if is_held_out(pair) == held_out], k=n)
        ''')
    curriculum = experiment.training.curriculum != "none"
    draw = ", draw" * several_draws(experiment)
    if curriculum:
        parameters = f"n, rng{draw}" + ", held_out=False" * held_out + ", levels=(LEVELS,)"
        head = [
            f"def sample({parameters}):",
            f'    """Questions{" from one side of the split" * held_out}, of these levels in turn."""',
            "    questions = []",
        ]
        if not held_out:
            return "\n".join(
                [
                    *head,
                    "    for place in range(n):",
                    f"        questions.append(draw_question(rng{draw}, levels[place % len(levels)]))",
                    "    return questions",
                ]
            )
        return "\n".join(
            [
                *head,
                "    misses = 0",
                "    while len(questions) < n:",
                "        # An easy level may lie wholly on the other side; then one of any level takes its place.",
                "        level = levels[len(questions) % len(levels)] if misses < 1_000 else LEVELS",
                f"        question = draw_question(rng{draw}, level)",
                "        misses += 1",
                "        if is_held_out(question) == held_out:",
                "            questions.append(question)",
                "            misses = 0",
                "    return questions",
            ]
        )
    if not held_out:
        return "\n".join(
            [
                f"def sample(n, rng{draw}):",
                '    """So many questions."""',
                f"    return [draw_question(rng{draw}) for _ in range(n)]",
            ]
        )
    return "\n".join(
        [
            f"def sample(n, rng{draw}, held_out=False):",
            '    """Questions from one side of the split."""',
            "    questions = []",
            "    while len(questions) < n:",
            f"        question = draw_question(rng{draw})",
            "        if is_held_out(question) == held_out:",
            "            questions.append(question)",
            "    return questions",
        ]
    )


def _unpadded(text: str) -> str:
    """The function that writes a question, where numbers have no width of their own."""
    for padding, none in ((", width=0", ""), (".rjust(width, FILL)", ""), (", width)", ")")):
        text = text.replace(padding, none)
    return text.replace(", each number padded to a width", "").replace(", the number padded to a width", "")
