"""The language of a session: the address's, the browser's, or English."""

from __future__ import annotations

from typing import Any

import streamlit as st

from adder.base.language import LANGUAGES, Language

LANGUAGE = "lang"
_CHOSEN = "language_chosen"


def session_language() -> Language:
    """The language that this session reads: the address's, else the browser's, else English."""
    code = st.session_state.get(LANGUAGE)  # It is looked up once, for a page asks a hundred times.
    if code is None:
        given, browsers = (
            tag.strip().lower().replace("_", "-").partition("-")[0]  # Both `zh-CN` and `zh_TW` become `zh`.
            for tag in (st.query_params.get(LANGUAGE, ""), st.context.locale or "")
        )
        code = next((code for code in (given, browsers) if code in LANGUAGES), "en")
        st.session_state[LANGUAGE] = code
        st.session_state[_CHOSEN] = given in LANGUAGES
    return LANGUAGES[code]


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
