"""Sentences that can be translated: a text that remembers its template and the values in it.

The package itself speaks English, and a `Sentence` is a plain `str` to code that does not translate. The page looks
up the template in the catalogue of its language and fills it in again. Babel finds the texts to translate by the
names `Sentence`, `counted` and `marked` in the source code, and by the others that pyproject.toml lists, so a template
is always written out in full where it is used.

    >>> said = Sentence("{text} ends with an operator; write a number after it", text='"12+"')
    >>> said
    '"12+" ends with an operator; write a number after it'
    >>> said.template, said.values
    ('{text} ends with an operator; write a number after it', {'text': '"12+"'})
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any


class Sentence(str):
    """A text with the template it was made from and the values in it. A value may be a sentence too.

    Attributes:
        template: What it was made from, in English.
        values: What the template was filled in with.
        forms: Where it counts something, its English templates for one and for many; see `counted`.
    """

    __slots__ = ("forms", "template", "values")

    template: str
    values: dict[str, Any]
    forms: tuple[str, str] | None

    def __new__(cls, template: str, /, **values: Any) -> Sentence:
        """Fill in the template as `str.format` does; without values it stays as it is."""
        sentence = super().__new__(cls, template.format(**values) if values else template)
        sentence.template = template
        sentence.values = values
        sentence.forms = None
        return sentence

    def to_dict(self) -> dict[str, Any]:
        """The template and its values for JSON; a value that is neither text nor a number becomes text."""
        described = {"template": self.template, "values": {name: _plain(value) for name, value in self.values.items()}}
        return described | ({"forms": list(self.forms)} if self.forms else {})

    @classmethod
    def from_dict(cls, described: dict[str, Any]) -> Sentence:
        """The sentence that `to_dict` described.

        >>> inner = Sentence("{n} runs are waiting", n=3)
        >>> again = Sentence.from_dict(Sentence("{why}; please try again", why=inner).to_dict())
        >>> again, again.values["why"].template
        ('3 runs are waiting; please try again', '{n} runs are waiting')
        """
        values = {
            name: cls.from_dict(value) if isinstance(value, dict) else value
            for name, value in described["values"].items()
        }
        return _again(described["template"], values, described.get("forms"))

    @classmethod
    def of(cls, text: str) -> Sentence:
        """A `marked` text as a sentence, so that it is translated along with the sentence it stands in."""
        return cls(text)

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.template, self.values, self.forms)


def _plain(value: Any) -> Any:
    if isinstance(value, Sentence):
        return value.to_dict()
    return value if isinstance(value, str | int | float) else str(value)


def _again(template: str, values: dict[str, Any], forms: Sequence[str] | None) -> Sentence:
    return counted(forms[0], forms[1], **values) if forms else Sentence(template, **values)


def counted(one: str, many: str, /, *, n: int, **values: Any) -> Sentence:
    """A sentence that counts something: `one` where English has the singular, and `many` where it has the plural.

    A catalogue has as many forms as its language takes, and says by the rule in its head which one is for which
    number.

    Args:
        one: The template for exactly one.
        many: The template for any other number.
        n: How many there are.
        values: What else the template is filled in with.

    >>> counted("{n:,} run is waiting", "{n:,} runs are waiting", n=1)
    '1 run is waiting'
    >>> counted("{n:,} run is waiting", "{n:,} runs are waiting", n=1_200)
    '1,200 runs are waiting'
    """
    template = one if n == 1 else many
    sentence = Sentence(template, n=n, **values)
    sentence.forms = one, many
    return sentence


def either(texts: Sequence[str]) -> str:
    """The texts with "or" between them.

    >>> either(["text", "columns"])
    'text or columns'
    """
    return reduce(lambda one, other: Sentence("{one} or {other}", one=one, other=other), texts)


def marked(text: str) -> str:
    """`text` unchanged. The call marks it for the catalogues; whoever shows the text looks up its translation.

    >>> marked("Encoder-decoder")
    'Encoder-decoder'
    """
    return text
