"""What the columns of a list mean: which row is its heading, and where its questions and its answers stand."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence

from adder.tasks import typed_text
from adder.tasks.plain_cell import LONGEST_CELL

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
_HEADING_CELL = re.compile(r"[^\W\d_][\w .?:/()#-]*")


def has_heading(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row is a heading, as `read_list` of `adder.tasks.list_file` says."""
    first, below = rows[0], rows[1:]
    names = [cell.lower() for cell in first]
    if names[0] == "question" or (_QUESTIONS & set(names) and (len(names) == 1 or set(_ANSWERS) & set(names))):
        return True
    if len(first) > 2 and names[0] in _NUMBERS and below and all(row[0].isdecimal() for row in below):
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


def question_first(
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
    if not equals and len(cell) <= LONGEST_CELL:
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
