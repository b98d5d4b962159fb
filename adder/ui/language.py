"""The languages of the page, the catalogues that hold its texts, and which language a session reads.

English texts stand in the code, where they are used. Every other language has one catalogue,
`assets/locale/LANGUAGE/LC_MESSAGES/adder.po`, which `make texts` brings up to date with the code and compiles.
"""

from __future__ import annotations

import gettext
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import streamlit as st

from adder.base.messages import Sentence
from adder.base.paths import ASSETS

LANGUAGE = "lang"
DOMAIN = "adder"
LOCALE = ASSETS / "locale"
_CHOSEN = "language_chosen"


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the page.

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


LANGUAGES: dict[str, Language] = {
    language.code: language for language in (Language("en", "English"), Language("zh", "简体中文"))
}


def session_language() -> Language:
    """The language that this session reads: the address's, else the browser's, else English."""
    if LANGUAGE not in st.session_state:
        given, browsers = (
            tag.strip().lower().replace("_", "-").partition("-")[0]  # `zh` of `zh-CN`
            for tag in (st.query_params.get(LANGUAGE, ""), st.context.locale or "")
        )
        st.session_state[LANGUAGE] = next((code for code in (given, browsers) if code in LANGUAGES), "en")
        st.session_state[_CHOSEN] = given in LANGUAGES
    return LANGUAGES[st.session_state[LANGUAGE]]


def choose_language(code: str) -> None:
    """Read in another language from now on, here and behind the links copied here."""
    st.session_state[LANGUAGE] = code
    st.session_state[_CHOSEN] = True


def language_is_chosen() -> bool:
    """Whether the language was asked for, by the address or by a press, and so stands in the address."""
    return bool(st.session_state.get(_CHOSEN))


def say(text: str, /, **values: Any) -> str:
    """`text` in the session's language; see `Language.say`."""
    return session_language().say(text, **values)


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, LOCALE, [code], fallback=code == "en")
