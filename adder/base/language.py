"""The languages that adder speaks to people, and the catalogues that hold its texts.

English texts stand in the code, where they are used. Every other language has one catalogue,
`assets/locale/LANGUAGE/LC_MESSAGES/adder.po`, which `make texts` brings up to date with the code and compiles.
"""

from __future__ import annotations

import gettext
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from adder.base.messages import Sentence
from adder.base.paths import ASSETS

DOMAIN = "adder"
LOCALE = ASSETS / "locale"


@dataclass(frozen=True, slots=True)
class Language:
    """A language that adder speaks.

    Attributes:
        code: Its name in addresses, and that of its catalogue.
        label: Its name in its own words.
        thousands: What it groups thousands with, a comma or a point.
    """

    code: str
    label: str
    thousands: str = ","

    def say(self, text: str, /, **values: Any) -> str:
        """`text` in this language, with `values` filled in as `str.format` does.

        A `Sentence` brings its own values; those of them that are sentences are said in this language too. A text
        that the catalogue does not hold stays English.

        >>> LANGUAGES["en"].say("Epoch {done} of {epochs}", done=3, epochs=30)
        'Epoch 3 of 30'
        >>> from adder.base.messages import counted
        >>> LANGUAGES["en"].say(counted("{n} run", "{n} runs", n=2))
        '2 runs'
        """
        catalogue, template, forms = _catalogue(self.code), text, None
        if isinstance(text, Sentence):
            template, values, forms = text.template, text.values, text.forms
        said = catalogue.gettext(template) if template else ""
        if forms:
            said = catalogue.ngettext(*forms, values["n"])
        if not values:
            return said
        return said.format(
            **{name: self.say(value) if isinstance(value, Sentence) else value for name, value in values.items()}
        )

    def sentence(self, text: str) -> str:
        """A text as a sentence of its own in this language, with a capital letter and a full stop.

        >>> LANGUAGES["en"].sentence("the queue is full")
        'The queue is full.'
        """
        said = self.say(text)
        if "." not in said.partition(" ")[0]:  # The name of a setting keeps its small letter.
            said = f"{said[:1].upper()}{said[1:]}"
        return said + self.say(".")

    def template(self, form: str, forms: tuple[str, ...]) -> str:
        """A template in this language, not filled in: one of two where they count something.

        >>> LANGUAGES["en"].template("{n} runs", ("{n} run", "{n} runs"))
        '{n} runs'
        """
        if len(forms) == 1:
            return _catalogue(self.code).gettext(form)
        return _catalogue(self.code).ngettext(forms[0], forms[1], 1 + forms.index(form))


LANGUAGES: dict[str, Language] = {
    language.code: language for language in (Language("en", "English"), Language("zh", "简体中文"))
}


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, LOCALE, [code], fallback=code == "en")
