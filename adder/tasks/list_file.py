r"""A list of questions as a file, read as spreadsheets and people write it.

Bytes become text in `adder.tasks.file_text`. Here, text becomes rows of cells, and `adder.tasks.plain_cell` cleans each
cell. `adder.tasks.list_columns` finds the question and the answer in a row. What they are for is left to the reader:
`adder.tasks.pairs` makes a task of them, `adder.analysis.question_csv` asks them.

    >>> read = read_list('\n"Roman";"Integer"\n"XII";12\n"IV";4\n')
    >>> read.heading, read.rows
    (('Roman', 'Integer'), ((3, ('XII', '12')), (4, ('IV', '4'))))
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from adder.base.csv_files import unshielded
from adder.base.errors import QuestionError, QuestionFileError, shorten
from adder.tasks import list_columns, typed_text
from adder.tasks.expression import parse, tree, work_out
from adder.tasks.plain_cell import plain_cell

MOST_ROWS = 100_000

_SEPARATORS = ("\t", ";", ",", "；", "，")  # The first of those that fit best is taken.
_QUOTED_OR_WIDE = re.compile('"[^"]*"|，')
_SAMPLE_CHARACTERS = 20_000  # The separator is told from these.
_MOST_CELLS_CLEANED = 100
_MOST_PARTS = 8  # Commas part a question and its answer into no more cells.
_END = "\x1eend of the list"

_PARTED = re.compile("[0-9][,，] ?[0-9]{3}(?![0-9])")  # Its comma may group thousands.
_BEFORE_COMMA = re.compile("(?:.*[^0-9.])?[1-9][0-9]{0,2}")
_GOES_ON = re.compile("[0-9]{3}[-+*^=]")
_ONE_CELL = re.compile("(?:[^,]*(?<![0-9.,])[1-9][0-9]{0,2}(?:,[0-9]{3}(?![0-9]))+)*[^,]*")  # It could be quoted.


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
    has_heading = bool(rows) and (list_columns.has_heading([row for _, row in rows]) if heading is None else heading)
    names = tuple(rows.pop(0)[1]) if has_heading else None
    if separator in ",，" and _PARTED.search(text):
        _refuse_parted_numbers(rows, names or ())
    return ListFile(tuple(list_columns.question_first(rows, names)), names, separator)


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


def _refuse_parted_numbers(rows: Sequence[tuple[int, list[str]]], names: Sequence[str]) -> None:
    """Refuse a row such as `1,000+2` or `2+1,000,1002`, which lacks the quotation marks around its number.

    What its cells are worth tells it from `123,100+20+3` and `500+4,504`, which are questions with their answers. A row
    that fits a heading of several columns is as it should be.
    """
    start = int(rows[0][1][0]) if rows and re.fullmatch("[0-9]{1,9}", rows[0][1][0]) else -1
    numbered = start >= 0 and all(cells[0] == str(at) for at, (_, cells) in enumerate(rows, start))
    for number, cells in rows:
        if len(cells) < 2 or 2 < len(names) >= len(cells):
            continue
        for parts in _in_two(cells):
            question, answer = (_worth(part.replace(",", "")) for part in parts)
            if question is not None and question == answer and all(map(_ONE_CELL.fullmatch, parts)):
                raise _parted(number, max(parts, key=lambda part: part.count(",")).strip())
        if _BEFORE_COMMA.fullmatch(cells[0]) and _GOES_ON.match(typed_text.plain(cells[1][:20])):
            is_row_number = numbered and not cells[1].startswith("0") and (start < 2 or len(cells) > 2)
            is_question = len(cells) == 2 and _worth(cells[0]) == _worth(cells[1])
            if not is_row_number and not is_question:
                raise _parted(number, ",".join(cells[:2]))
        for before, after in itertools.pairwise(cells[1:]) if 0 < len(names) < len(cells) else ():
            if _BEFORE_COMMA.fullmatch(before) and re.match("[0-9]{3}(?![0-9])", after):
                raise _parted(number, f"{before},{after}")


def _in_two(cells: Sequence[str]) -> list[list[str]]:
    """The ways to read the cells of a row as a question and its answer with commas in them."""
    if len(cells) > _MOST_PARTS:
        return []
    parts = [[",".join(cells[:at]), ",".join(cells[at:])] for at in range(1, len(cells) if len(cells) > 2 else 1)]
    equation = ",".join(cells).split("=")
    return [*parts, equation] if len(equation) == 2 else parts


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
