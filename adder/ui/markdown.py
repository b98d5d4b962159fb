"""Escapes what visitors typed, so that Markdown shows it as it is and does nothing else."""

from __future__ import annotations

import re

from adder.base.errors import AdderError
from adder.ui.language import session_language

_WORD_JOINER = "\u2060"  # It is invisible, and breaks up addresses and names of icons, which no backslash does.


def plain(text: str) -> str:
    r"""`text`, with everything escaped that Streamlit's Markdown would act on.

    >>> print(plain("$3+10$"))
    \$3+10\$
    """
    text = re.sub(r":(?=\S)", f":{_WORD_JOINER}", text)
    text = re.sub(r"(?i)www(?=\.)", rf"\g<0>{_WORD_JOINER}", text).replace("@", f"{_WORD_JOINER}@")
    text = re.sub(r"([\\`*_$\[\]<>:~|])", r"\\\1", text)
    return re.sub(r"(?m)^(\s*\d*)([-+#.)])(?=\s)", r"\1\\\2", text)


def code(text: str) -> str:
    r"""`text` in monospace, or merely escaped where it holds a backtick itself.

    >>> print(code("3+10"), code("a`b"))
    `3+10` a\`b
    """
    return plain(text) if "`" in text or not text.strip() else f"`{text}`"


def sentence(told: AdderError | str) -> str:
    """An error's text, or another that has no full stop yet, as a sentence in the session's language, escaped.

    >>> sentence(AdderError("the queue is full"))
    'The queue is full.'
    """
    return plain(session_language().sentence(told.sentence if isinstance(told, AdderError) else told))
