"""The text in a file's bytes, whatever program saved it."""

from __future__ import annotations

import re

from adder.base.errors import QuestionFileError

_MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_CHINESE_SIGN = re.compile("[\u3000-\u3002\u3008-\u3011\uff01-\uff5e\u2010-\u2026\u00d7\u00f7\u00b7\u2018-\u201d]")


def decoded(data: bytes) -> str:
    r"""The text in a file's bytes: UTF-8, UTF-16 or UTF-32, or what Chinese and Western European Windows write.

    Raises:
        QuestionFileError: It cannot be told which it is.

    >>> decoded("二,2".encode("gb18030")), decoded("déjà,1".encode("cp1252"))
    ('二,2', 'déjà,1')
    """
    marked = next((encoding for mark, encoding in _MARKS.items() if data.startswith(mark)), None)
    unicode = marked or _utf_16_unmarked(data) or "utf-8"
    for encoding, fits in ((unicode, lambda _: True), ("gb18030", _is_chinese), ("cp1252", _is_western)):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if fits(text):
            return text
    raise QuestionFileError("it must be text in a known encoding; save it as CSV UTF-8")


def _utf_16_unmarked(data: bytes) -> str | None:
    """The kind of UTF-16 without a mark, told by its ASCII, of which every other byte is zero; None for other bytes."""
    zeros = [data[start::2].count(0) for start in (0, 1)]
    if len(data) % 2 or min(zeros) or 20 * max(zeros) < len(data):
        return None
    return "utf-16-le" if zeros[1] else "utf-16-be"


def _is_chinese(text: str) -> bool:
    """Whether what was read as GB18030 is that: most of what is not ASCII in it must be common Chinese."""
    strange = [each for each in text if not each.isascii()]
    signs = sum(bool(_CHINESE_SIGN.match(each)) for each in strange)
    first_bytes = [each.encode("gb18030")[0] for each in strange if each > "\u33ff"]
    common = sum(0xB0 <= first <= 0xD7 for first in first_bytes)  # GB 2312 begins common ones like this.
    korean = common >= 12 and all(first <= 0xC8 for first in first_bytes)  # EUC-KR has its syllables there.
    return 10 * (common + signs) >= 9 * len(strange) and not korean


def _is_western(text: str) -> bool:
    """Whether what was read as Windows-1252 is that: seldom two letters with accents in a row, and never three."""
    return not re.search(r"[^\x00-\x7f]{3}|\0", text)
