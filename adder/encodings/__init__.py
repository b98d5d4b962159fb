"""How questions become the arrays that a network reads, and how what it writes becomes text again.

With `TextEncoding` a network reads a question character by character. With `ColumnsEncoding` it reads a sum as it
stands on paper, place under place. `ScaledEncoding` hands over the numbers themselves, divided by the largest answer:
the beginner's mistake. `Encoding` is what each offers. Settings are frozen, every method takes the task whose questions
it encodes, and text always comes back in the order people write.

    >>> from adder.tasks.arithmetic import Task
    >>> task, text = Task(smallest=1, largest=10, terms=2), TextEncoding()
    >>> question = task.read(["3+10"])
    >>> text.encode_questions(task, question)
    array([[11,  3, 10,  1,  0]], dtype=int32)
    >>> text.encode_answers(task, question)
    array([[1, 3]], dtype=int32)
    >>> ColumnsEncoding().encode_questions(task, question).tolist()       # 3 over 0, nothing over 1
    [[[3, 0], [11, 1]]]
"""

from __future__ import annotations

from adder.encodings.columns import ColumnsEncoding
from adder.encodings.encoding import FILLS, INPUTS, ORDERS, CharacterEncoding, Encoding, one_hot
from adder.encodings.scaled import ScaledEncoding
from adder.encodings.text import PADDINGS, TextEncoding

_KINDS: tuple[type[Encoding], ...] = (
    TextEncoding,
    ColumnsEncoding,
    ScaledEncoding,
)

ENCODINGS: dict[str, type[Encoding]] = {kind.name: kind for kind in _KINDS}

__all__ = [
    "ENCODINGS", "FILLS", "INPUTS", "ORDERS", "PADDINGS", "CharacterEncoding", "ColumnsEncoding", "Encoding",
    "ScaledEncoding", "TextEncoding", "one_hot",
]  # fmt: skip
