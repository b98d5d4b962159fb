"""The choices of a visitor in the steps: kept for the session, and taken from the address with which it began.

A choice may come only after a guess, when the page has long written another address; so the first one is kept.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

import streamlit as st

from adder.ui.language import say

_FIRST_ADDRESS = "lesson address"


def begin() -> None:
    """Keep the address with which the session begins."""
    st.session_state.setdefault(_FIRST_ADDRESS, st.query_params.to_dict())


def one_of(name: str, title: str, labels: Mapping[str, str], default: str) -> str:
    """Draw a choice of one, and return it.

    Args:
        name: What the choice is called in the address.
        title: What stands above it, in the session's language.
        labels: The choices by their names in the address, with labels that are not translated yet.
        default: What is chosen at first.
    """
    chosen = st.segmented_control(
        title,
        list(labels),
        format_func=lambda each: say(labels[each]),
        key=start(name, default, labels, kind="choice"),
        required=True,
        wrap=True,
        persist_state="session",
    )
    return default if chosen is None else chosen


def start(name: str, default: str, allowed: Container[str] | None = None, kind: str = "field") -> str:
    """The key of the widget for a choice; the choice has a value from here on.

    Args:
        name: What the choice is called in the address.
        default: What is chosen at first.
        allowed: The values that may stand in an address; None for any text.
        kind: What the widget is to `page.css`, which keeps room for each kind.
    """
    key = f"lesson {kind} {name}"
    if key not in st.session_state:
        given = given_at_first(name, default)
        st.session_state[key] = given if allowed is None or given in allowed else default
    return key


def given_at_first(name: str, default: str = "") -> str:
    """What the first address said of a choice."""
    given: str = st.session_state[_FIRST_ADDRESS].get(name, default)
    return given


def switch(name: str) -> str:
    """The key of a switch, which is off at first; the address turns it on with `NAME=1`."""
    key = f"lesson {name}"
    if key not in st.session_state:
        st.session_state[key] = given_at_first(name) == "1"
    return key


def count(name: str) -> int:
    """A number that starts at 1 and that a button raises, such as the seed of what is drawn."""
    key = f"lesson {name}"
    if key not in st.session_state:
        given = given_at_first(name)
        st.session_state[key] = int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else 1
    number: int = st.session_state[key]
    return number


def raise_count(name: str) -> None:
    """Raise that number by one."""
    st.session_state[f"lesson {name}"] = count(name) + 1
