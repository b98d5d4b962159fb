r"""A list of questions as a file, read as spreadsheets and people write it.

Bytes become text (`decoded`), text becomes rows of cells (`read_list`), and a cell becomes plain text (`plain_cell`).
What a row means is left to the reader: `adder.tasks.pairs` makes a task of it, `adder.analysis.question_csv` asks it.

    >>> read = read_list('\n"Roman";"Integer"\n"XII";12\n"IV";4\n')
    >>> read.heading, read.rows
    (('Roman', 'Integer'), ((3, ('XII', '12')), (4, ('IV', '4'))))
"""

from __future__ import annotations

import csv
import io
import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adder.base.csv_files import unshielded
from adder.base.errors import QuestionError, QuestionFileError, shorten
from adder.tasks import typed_text
from adder.tasks.expression import parse, tree, work_out

MOST_ROWS = 100_000

_SEPARATORS = ("\t", ";", ",", "；", "，")  # The first of those that fit best is taken.
_QUOTED_OR_WIDE = re.compile('"[^"]*"|，')
_SAMPLE_CHARACTERS = 20_000  # The separator is told from these.
_MOST_CELLS_CLEANED = 100
_MOST_PARTS = 8  # Commas part a question and its answer into no more cells.
_LONGEST_CELL_CLEANED = 1_000  # A longer cell is no question, and cleaning it would take long.
_END = "\x1eend of the list"

_QUESTIONS = {
    "question", "questions", "input", "source", "prompt", "problem", "问题", "問題", "题目", "題目", "输入", "輸入",
    "算式", "frage", "aufgabe", "eingabe", "pregunta", "entrada", "pergunta", "domanda", "entrée", "вопрос",
}  # fmt: skip
_ANSWERS = (  # Where several are there, the first of these is meant.
    "answer", "expected", "truth", "output", "target", "solution", "result", "answers", "答案", "回答", "正确答案",
    "输出", "輸出", "结果", "結果", "antwort", "lösung", "ergebnis", "ausgabe", "respuesta", "resposta", "réponse",
    "salida", "sortie", "risposta", "ответ",
)  # fmt: skip
_NUMBERS = {"", "#", "no", "no.", "nr", "nr.", "id", "row", "line", "number", "index", "序号", "编号", "行"}

_PARTED = re.compile("[0-9][,，] ?[0-9]{3}(?![0-9])")  # Its comma may group thousands.
_BEFORE_COMMA = re.compile("(?:.*[^0-9.])?[1-9][0-9]{0,2}")
_GOES_ON = re.compile("[0-9]{3}[-+*^]")
_ONE_CELL = re.compile("(?:[^,]*(?<![0-9.,])[1-9][0-9]{0,2}(?:,[0-9]{3}(?![0-9]))+)*[^,]*")  # It could be quoted.

_HEADING_CELL = re.compile(r"[^\W\d_][\w .?:/()#-]*")
_DECODED = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_NOT_ASCII = re.compile(rb"[\x80-\xff]+")
_CHINESE_SIGN = re.compile("[\u3000-\u3002\u3008-\u3011\uff01-\uff5e\u2010-\u2026\u00d7\u00f7\u00b7\u2018-\u201d]")

_RUN = re.compile("  +")
_BLANK = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0001-\U000e007f\U000e0100-\U000e01ef]"
)
_KEYCAP = "\u20e3"


@dataclass(frozen=True, slots=True)
class ListFile:
    """What a file was read as.

    Attributes:
        rows: Each row that holds something, below the heading: its number, counted from 1 as a spreadsheet does, and
            its cells, the question first. What else the file has beside question and answer is left out.
        heading: The cells of the heading, or None where there is none.
        separator: What stands between cells.
    """

    rows: tuple[tuple[int, tuple[str, ...]], ...]
    heading: tuple[str, ...] | None
    separator: str


def decoded(data: bytes) -> str:
    r"""The text in a file's bytes: UTF-8, UTF-16 or UTF-32, or what Chinese and Western European Windows write.

    Raises:
        QuestionFileError: It cannot be told which it is.

    >>> decoded("二,2".encode("gb18030")), decoded("déjà,1".encode("cp1252"))
    ('二,2', 'déjà,1')
    """
    try:
        for mark, encoding in _DECODED.items():
            if data.startswith(mark):
                return data.decode(encoding)
        return data.decode(_utf_16_unmarked(data) or "utf-8")
    except UnicodeDecodeError as error:
        if _is_chinese(data):
            return data.decode("gb18030")
        if _is_western(data):
            return data.decode("cp1252")
        raise QuestionFileError("it must be text in a known encoding; save it as CSV UTF-8") from error


def _utf_16_unmarked(data: bytes) -> str | None:
    """The kind of UTF-16 without a mark, told by its ASCII, of which every other byte is zero; None for other bytes."""
    zeros = [data[start::2].count(0) for start in (0, 1)]
    if len(data) % 2 or min(zeros) or 20 * max(zeros) < len(data):
        return None
    return "utf-16-le" if zeros[1] else "utf-16-be"


def _is_chinese(data: bytes) -> bool:
    """Whether bytes are GB18030: most of what is not ASCII in them must be common Chinese."""
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    strange = [each for each in text if not each.isascii()]
    signs = sum(bool(_CHINESE_SIGN.match(each)) for each in strange)
    first_bytes = [each.encode("gb18030")[0] for each in strange if each > "\u33ff"]
    common = sum(0xB0 <= first <= 0xD7 for first in first_bytes)  # GB 2312 begins common ones like this.
    korean = common >= 12 and all(first <= 0xC8 for first in first_bytes)  # EUC-KR has its syllables there.
    return 10 * (common + signs) >= 9 * len(strange) and not korean


def _is_western(data: bytes) -> bool:
    """Whether bytes are Windows-1252: seldom two letters with accents in a row, and never three."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return max(map(len, _NOT_ASCII.findall(data))) <= 2 and "\0" not in text


def plain_cell(text: str) -> str:
    r"""A cell's text in one form: composed (NFC), with spaces for all blanks, without what cannot be seen.

    Joiners and marks that a letter or an emoji needs stay.

    >>> plain_cell(" ab\u00a0cd\u200b "), plain_cell("👩\u200d🚀"), plain_cell("a\u200db")
    ('ab cd', '👩\u200d🚀', 'ab')
    """
    if len(text) > _LONGEST_CELL_CLEANED or (text.isascii() and text.isprintable()):
        return text.strip()
    text = unicodedata.normalize("NFC", _INVISIBLE.sub(_kept, _BLANK.sub(" ", text)))
    return text.strip()


def plain_question(text: str) -> str:
    """A question in one form: that of `plain_cell`, with every run of blanks as one.

    >>> plain_question(" ab  cd ")
    'ab cd'
    """
    plain = plain_cell(text)
    return _RUN.sub(" ", plain) if "  " in plain else plain


def _kept(found: re.Match[str]) -> str:
    """An invisible character where the characters around it need it; otherwise nothing."""
    text, at, it = found.string, found.start(), found[0]
    before, after = (text[at - 1] if at else " "), text[at + 1 : at + 2] or " "
    if it in "\u200c\u200d":  # They join or part letters, and make one emoji of several.
        shaped = any(unicodedata.bidirectional(each) == "AL" for each in (before, after))
        joined = any(unicodedata.combining(each) == _VIRAMA_CLASS for each in (before, after))
        emoji = it == "\u200d" and _pictured(before) and unicodedata.category(after) == "So"
        return it if shaped or joined or emoji else ""
    if "\ufe00" <= it <= "\ufe0f":
        return it if _pictured(before) or after == _KEYCAP else ""
    if "\U000e0020" <= it <= "\U000e007f":  # They are the letters of a flag.
        return it if _pictured(before) or "\U000e0020" <= before <= "\U000e007f" else ""
    return ""


_VIRAMA_CLASS = 9  # A sign of this class takes a letter's vowel away.


def _pictured(character: str) -> bool:
    """Whether a character is a picture, or changes how one looks."""
    return unicodedata.category(character) in ("So", "Sk", "Sm") or character == "\ufe0f"


def read_list(text: str, heading: bool | None = None) -> ListFile:
    r"""The rows of a list.

    The separator is the one that gives most rows at least two cells and all of them equally many, or the one that a
    first line such as `sep=;` names. The first row is a heading if it holds the usual names, such as
    `question,answer`, or if it has words where all rows below have figures, or letters of another script.

    Args:
        text: The file's text.
        heading: Whether the first row is a heading; None to tell by the rule above.

    Raises:
        QuestionFileError: It has more than 100,000 rows, or one that commas part within a number, as in `1,000+2`.
        csv.Error: A quotation mark is never closed, or a cell has no end.

    >>> read_list("sep=|\n1|3 + 4=7\n").rows
    ((1, ('1', '3 + 4=7')),)
    >>> read_list("12+50=62\n3+4＝7").rows
    ((1, ('12+50', '62')), (2, ('3+4', '7')))
    """
    text = text.lstrip("\ufeff")
    named = re.match(r'"?sep=([^\w"\r\n])"?[ \t]*(?:\r\n|\r|\n|$)', text, re.IGNORECASE)
    if named:
        text, separator = text[named.end() :], named[1]
    else:
        separator, fit = _separator(text)
        if fit < (1, True) and "，" in text and separator in ",，":  # People mix both commas when they type a list.
            narrow = _QUOTED_OR_WIDE.sub(lambda found: "," if found[0] == "，" else found[0], text)
            if _separator(narrow)[1] > fit:
                text, separator = narrow, ","
    rows = [(number, row) for number, record in enumerate(_records(text, separator), 1) if (row := _cells(record))]
    has_heading = bool(rows) and (_has_heading([row for _, row in rows]) if heading is None else heading)
    names = tuple(rows.pop(0)[1]) if has_heading else None
    chosen = tuple(_chosen(rows, names))
    if separator in ",，" and _PARTED.search(text):
        _refuse_parted_numbers(chosen)
    return ListFile(chosen, names, separator)


def _records(text: str, separator: str) -> list[list[str]]:
    """The records of a text, an empty list for a blank line."""
    lines = itertools.chain(io.StringIO(text, newline=None), [_END])
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=separator != "\t")
    records = list(itertools.islice(reader, MOST_ROWS + 2))
    if len(records) > MOST_ROWS + 1:
        raise QuestionFileError("it may have {most:,} rows, and it has more", most=MOST_ROWS)
    if records.pop() != [_END]:
        raise csv.Error("unexpected end of data")
    return records


def _separator(text: str) -> tuple[str, tuple[float, bool]]:
    """The separator of a text that does not name it, and how well it fits: in which share of rows, and in all alike."""
    sample = text.lstrip()[:_SAMPLE_CHARACTERS]
    if len(sample) == _SAMPLE_CHARACTERS:
        sample = sample[: sample.rfind("\n") + 1] or sample
    best, most = ",", (0.0, False)
    for separator in _SEPARATORS:
        if separator not in sample:
            continue
        try:
            counts = [len(record) for record in csv.reader(io.StringIO(sample), delimiter=separator) if record]
        except csv.Error:
            continue
        fit = (sum(count > 1 for count in counts) / len(counts), len(set(counts)) == 1)
        if fit > most:
            best, most = separator, fit
    return best, most


def _refuse_parted_numbers(rows: Sequence[tuple[int, tuple[str, ...]]]) -> None:
    """Refuse a row such as `1,000+2` or `2+1,000,1002`, which lacks the quotation marks around its number.

    What its cells are worth tells it from `123,100+20+3` and `500+4,504`, which are questions with their answers.
    """
    first = int(rows[0][1][0] == "1") if rows else 0
    numbered = all(cells[0] == str(at) for at, (_, cells) in enumerate(rows, first))
    for number, cells in rows:
        for at in range(1, len(cells)) if 2 < len(cells) <= _MOST_PARTS else ():
            parts = [",".join(part) for part in (cells[:at], cells[at:])]
            question, answer = (_worth(part.replace(",", "")) for part in parts)
            if question is not None and question == answer and all(map(_ONE_CELL.fullmatch, parts)):
                raise _parted(number, max(parts, key=lambda part: part.count(",")))
        if len(cells) > 1 and _BEFORE_COMMA.fullmatch(cells[0]) and _GOES_ON.match(typed_text.plain(cells[1][:20])):
            is_row_number = numbered and not cells[1].startswith("0")
            is_question = len(cells) == 2 and _worth(cells[0]) == _worth(cells[1])
            if not is_row_number and not is_question:
                raise _parted(number, ",".join(cells[:2]))


def _parted(number: int, written: str) -> QuestionFileError:
    return QuestionFileError(
        "row {number} has {written} in it, which its comma parts into cells; put quotation marks around it, or leave "
        "the comma out",
        number=number,
        written=shorten(written),
    )


def _worth(text: str) -> int | None:
    """What a number or a question of arithmetic is worth; None where it is neither."""
    try:
        parsed = parse(typed_text.read(text))
    except QuestionError:
        return None
    return int(work_out(tree(parsed.form), parsed.numbers))


def _cells(record: list[str]) -> list[str]:
    """The plain cells of a record without empty ones at its end, but two if it has two; none if all are empty."""
    last = len(record)
    while last and not record[last - 1].strip():
        last -= 1
    if not last:
        return []
    cells = [plain_cell(cell) for cell in record[: max(min(last, _MOST_CELLS_CLEANED), 2)]]
    cells = [unshielded(cell) if cell.startswith(("'", '="')) else cell for cell in cells]
    cells += record[_MOST_CELLS_CLEANED:last]
    return cells if any(cells) else []


def _has_heading(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row is a heading, as `read_list` says."""
    first, below = rows[0], rows[1:]
    names = [cell.lower() for cell in first]
    if names[0] == "question" or (_QUESTIONS & set(names) and (len(names) == 1 or set(_ANSWERS) & set(names))):
        return True
    if not all(_HEADING_CELL.fullmatch(cell) or name in _NUMBERS for cell, name in zip(first, names, strict=True)):
        return False
    evidence = 0
    for at, cell in enumerate(first):
        others = [row[at] for row in below if at < len(row) and row[at]]
        scripts = _scripts(cell)
        if scripts and all(not scripts & _scripts(other) for other in others):
            evidence += len(others)
    return evidence >= 2


def _scripts(text: str) -> set[str]:
    """The scripts of a text's letters, such as LATIN and CJK."""
    return {unicodedata.name(each, "").partition(" ")[0] for each in text if each.isalpha()}


def _chosen(
    rows: Sequence[tuple[int, list[str]]], names: Sequence[str] | None
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Rows with their question first, then their answer; an equation in one cell is both."""
    columns = _columns([row for _, row in rows], [name.lower() for name in names or ()])
    for number, row in rows:
        cells = row if columns is None else [row[at] if at < len(row) else "" for at in columns]
        if cells[0] and not any(cells[1:]):
            cells = _equation(cells[0]) or cells
        if any(cells):
            yield number, tuple(cells)


def _equation(cell: str) -> list[str] | None:
    """The question and the answer of an equation in one cell, such as `12+50=62` or `12 plus 50 is 62`."""
    question, equals, answer = cell.replace("＝", "=").rpartition("=")
    if not equals and len(cell) <= _LONGEST_CELL_CLEANED:
        typed = typed_text.read(cell)
        at = typed.plain.rfind("=")
        if all(map(typed_text.ARITHMETIC.fullmatch, (typed.plain[: max(at, 0)], typed.plain[at + 1 :]))):
            question, answer = typed.quoted(0, at), typed.quoted(at + 1, len(typed.plain))
    pair = [question.strip(), answer.strip(" ?？")]
    return pair if all(pair) else None


def _columns(rows: Sequence[Sequence[str]], names: Sequence[str]) -> list[int] | None:
    """The columns of questions and answers; None if all columns are."""
    width = max([*map(len, rows), len(names)], default=0)
    question = next((at for at, name in enumerate(names) if name in _QUESTIONS), None)
    answer = next((names.index(name) for name in _ANSWERS if name in names), None)
    if question is not None and (answer is not None or width > 2 or names[0] in _NUMBERS):
        return [question] if answer is None else [question, answer]
    if width < 3:
        return None
    first = [row[0].rstrip(".)、") for row in rows]
    empty = not any(first)
    counted = len(rows) > 1 and all(each.isdecimal() and len(each) < 10 for each in first)
    if counted:
        numbers = list(map(int, first))
        counted = all(b - a == 1 for a, b in itertools.pairwise(numbers)) or bool(names and names[0] in _NUMBERS)
    return list(range(1, width)) if empty or counted else None
