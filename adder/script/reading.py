"""The part of a script that turns questions into arrays, and arrays into answers."""

from __future__ import annotations

from adder.base.source import Constants, block, string
from adder.encodings import TextEncoding
from adder.experiment import Experiment
from adder.script.questions import kind

_SYMBOL = "SYMBOL = {character: place for place, character in enumerate(ALPHABET)}"

_COLUMNS = block('''
    def columns(question):
        """The digits of each place, least significant first: what stands one under another on paper."""
        rows = [spell(number).rjust(QUESTION_STEPS, FILL)[::-1] for number in question]
        return list(zip(*rows, strict=True))
''')

_RAGGED_COLUMNS = block('''
    def columns(question):
        """The digits of each place, least significant first: what stands one under another on paper."""
        rows = [spell(number).rjust(QUESTION_STEPS, FILL)[::-1] for number in question]
        rows += [FILL * QUESTION_STEPS] * (TERMS - len(question))
        return list(zip(*rows, strict=True))
''')

_ENCODE_COLUMNS = block('''
    def encode(questions):
        """Symbols to read, (n, QUESTION_STEPS, TERMS), and to write, (n, ANSWER_STEPS)."""
        inputs = [[[SYMBOL[digit] for digit in column] for column in columns(question)] for question in questions]
        answers = [[SYMBOL[character] for character in written(question)] for question in questions]
        return np.array(inputs, "int32"), np.array(answers, "int32")
''')

_ENCODE_TEXT = block('''
    def encode(questions):
        """Symbols to read, (n, QUESTION_STEPS), and to write, (n, ANSWER_STEPS)."""
        inputs = [[SYMBOL[character] for character in read(question)] for question in questions]
        answers = [[SYMBOL[character] for character in written(question)] for question in questions]
        return np.array(inputs, "int32"), np.array(answers, "int32")
''')


def constants(experiment: Experiment) -> Constants:
    """The encoding's settings, with the lengths that follow from them."""
    task, encoding = experiment.task, experiment.encoding
    if not encoding.writes_characters:
        return {
            "TERMS": (encoding.question_length(task), "numbers in a question"),
            "SCALE": (encoding.scale(task), "what numbers are divided by: no answer is larger"),
            "FILL": ('" "', None),
        }
    full = isinstance(encoding, TextEncoding) and encoding.full_length
    width = max(task.longest_question, task.longest_answer) if full else task.longest_question
    return {
        "ALPHABET": (string(task.alphabet), None),
        "SYMBOLS": ("len(ALPHABET)", None),
        "BLANK": ('ALPHABET.index(" ")', "the symbol that pads"),
        "FILL": ('"0"' if encoding.fill == "zero" else '" "', "what stands where a number has no digit"),
        "LONGEST_QUESTION": (task.longest_question, None),
        "WIDTH": (width, "characters of a padded question"),
        "QUESTION_STEPS": (encoding.question_length(task), "what is read"),
        "ANSWER_STEPS": (encoding.answer_length(task), "what is written"),
        "EMBEDDING_SIZE": (encoding.embedding_size, "numbers in the learned vector of a character"),
    }


def blocks(experiment: Experiment) -> list[str]:
    """Functions that encode questions and read answers."""
    encoding = experiment.encoding
    if not encoding.writes_characters:
        numbers = {"sum": "questions", "square": "[[question] for question in questions]"}
        given = numbers.get(kind(experiment), "[question[::2] for question in questions]")
        backwards = encoding.question_order == "reversed"
        turn, order = ("[:, ::-1]", ", the last one first") if backwards else ("", "")
        return [
            block(f'''
                def encode(questions):
                    """Scaled numbers, (n, TERMS){order}, and scaled answers, (n,)."""
                    answers = [answer(question) for question in questions]
                    return np.array({given}){turn} / SCALE, np.array(answers) / SCALE
            ''')
        ]
    backwards = encoding.answer_order == "reversed"
    turn = "[::-1]" if backwards else ""
    given = "answer(question)" if experiment.task.own_list else "spell(answer(question))"
    # zfill knows that the sign comes first
    padded = f"{given}.zfill(ANSWER_STEPS)" if encoding.fill == "zero" else f"{given}.rjust(ANSWER_STEPS)"
    written = block(f'''
        def written(question):
            """The true answer{", from its last character as it is written" if backwards else ""}."""
            return {padded}{turn}
    ''')
    decode = block(f'''
        def decode(symbols):
            """Symbols that were written, as a person reads them."""
            return "".join(ALPHABET[symbol] for symbol in symbols{turn})
    ''')
    if isinstance(encoding, TextEncoding):  # Only it has these many settings of its own.
        return [_SYMBOL, _read(experiment, encoding), written, _ENCODE_TEXT, decode]
    ragged = len(experiment.task.term_counts) > 1
    return [_SYMBOL, _RAGGED_COLUMNS if ragged else _COLUMNS, written, _ENCODE_COLUMNS, decode]


def _read(experiment: Experiment, encoding: TextEncoding) -> str:
    terms = encoding.padding == "terms"
    characters = "text(question, NUMBER_WIDTH)" if terms else "text(question)"
    if terms and len(experiment.task.term_counts) > 1:
        characters += ".ljust(LONGEST_QUESTION)"
    fill = ", FILL" if encoding.fill == "zero" else ""
    characters += ".ljust(WIDTH)" if encoding.padding == "right" else f".rjust(WIDTH{fill})"
    backwards = encoding.question_order == "reversed"
    twice = ", twice" if encoding.doubled else ""
    return "\n".join(
        [
            "def read(question):",
            f'    """The characters of a padded question{", the last one first" * backwards}{twice}."""',
            f"    return {characters}{'[::-1]' * backwards}{' * 2' * encoding.doubled}",
        ]
    )
