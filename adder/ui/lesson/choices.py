"""What a person chose in a step: kept for the session, and taken from the address where the session begins there."""

from __future__ import annotations

from collections.abc import Container

import streamlit as st


def start(name: str, default: str, allowed: Container[str] | None = None) -> str:
    """The key of the widget that holds a choice, which now has a value.

    Args:
        name: What the choice is called in the address.
        default: What is chosen before anybody chooses.
        allowed: The values that may stand in an address; None for any text.
    """
    key = f"lesson {name}"
    if key not in st.session_state:
        given = st.query_params.get(name, default)
        st.session_state[key] = given if allowed is None or given in allowed else default
    return key


def switch(name: str) -> str:
    """The same for a switch, which is off until somebody turns it on: `NAME=1` in the address."""
    key = f"lesson {name}"
    if key not in st.session_state:
        st.session_state[key] = st.query_params.get(name) == "1"
    return key


def count(name: str) -> int:
    """A number that a button raises, from 1: a seed of what is drawn."""
    key = f"lesson {name}"
    if key not in st.session_state:
        given = st.query_params.get(name, "")
        st.session_state[key] = int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else 1
    number: int = st.session_state[key]
    return number


def raise_count(name: str) -> None:
    """Draw from the next seed."""
    st.session_state[f"lesson {name}"] = count(name) + 1
