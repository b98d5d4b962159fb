"""The room that this session leads.

The address holds its code alone, since a whole class may read it. A reload finds the room by the browser's cookie,
which is one of the teacher's secrets from then on; a browser that sends no cookie keeps a secret in the address.
Another machine comes by a link with a secret of its own, which is made when somebody asks for it.
"""

from __future__ import annotations

import secrets

import streamlit as st

from adder.base.errors import AdderError
from adder.base.messages import counted
from adder.rooms import codes
from adder.rooms.events import AnyEvent, Entrusted
from adder.rooms.room import Room, digest_of
from adder.ui import room_service, visitors
from adder.ui.language import say
from adder.ui.markdown import sentence

ROOM, KEY = "room", "key"
_LED = "led room"
_SECRET_BYTES = 18


def answered(n: int, present: int) -> str:
    """How many of those who are there have answered."""
    return say(counted("{n} of {present} has answered", "{n} of {present} have answered", n=n, present=present))


def begin() -> str:
    """Take the room from the address when a session begins.

    Returns:
        Why there is no such room, as a sentence, or an empty text.
    """
    if _LED not in st.session_state:
        st.session_state[_LED] = None
        given = st.query_params.get(ROOM, "")
        if given:
            try:
                found = room_service.get().room(codes.read_code(given))
                known = (each for each in (visitors.proof(), st.query_params.get(KEY, "")) if found.teaches(each))
                if (secret := next(known, None)) is None:
                    return say("This address does not lead the room. Open it by a link that its teacher made.")
                lead(found.code, secret)
            except AdderError as error:
                return sentence(error)
    return ""


def lead(code: str, secret: str) -> None:
    """Lead this room from now on, with the browser's cookie in place of a secret that could be read."""
    st.session_state[_LED] = (code, secret)
    if (proof := visitors.proof()) and (proof == secret or tell(Entrusted(digest_of(proof)))):
        st.session_state[_LED] = (code, proof)


def leave() -> None:
    """Lead no room. The room itself stays."""
    st.session_state[_LED] = None


def address() -> dict[str, str]:
    """The room as the address holds it."""
    led: tuple[str, str] | None = st.session_state.get(_LED)
    if led is None:
        return {}
    return {ROOM: led[0]} if led[1] == visitors.proof() else {ROOM: led[0], KEY: led[1]}


def link() -> dict[str, str]:
    """What leads the room from another machine, as an address holds it: each time with another secret."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    return {**address(), KEY: secret} if tell(Entrusted(digest_of(secret))) else {}


def room() -> Room | None:
    """The room as it is now, or None if this session leads none."""
    led: tuple[str, str] | None = st.session_state.get(_LED)
    if led is None:
        return None
    try:
        return room_service.get().room(led[0])
    except AdderError as error:
        leave()
        st.toast(sentence(error), icon=":material/error:")
        return None


def tell(*events: AnyEvent) -> bool:
    """Tell the room what happens; if it refuses, a toast says why.

    Returns:
        Whether all of it happened.
    """
    try:
        code, secret = st.session_state[_LED]
        for event in events:
            room_service.get().tell(code, event, secret=secret)
    except AdderError as error:
        st.toast(sentence(error), icon=":material/error:")
        return False
    return True


def send(*events: AnyEvent) -> None:
    """As `tell`, without waiting: for what is told again if it is lost."""
    code, secret = st.session_state[_LED]
    for event in events:
        room_service.get().send(code, event, secret=secret)


def forget() -> None:
    """Delete everything of the room, for everybody and at once."""
    try:
        room_service.get().forget(*st.session_state[_LED])
    except AdderError as error:
        st.toast(sentence(error), icon=":material/error:")
        return
    leave()
