"""The class holds sums out: a network practises all others and then is asked for exactly those."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from adder.rooms.room import Room
from adder.rooms.round import CELLS
from adder.runs.status import Status
from adder.ui import run_service, training_view
from adder.ui.board import led_room, opponent, steps
from adder.ui.language import say
from adder.ui.lesson import pair_map


def choosing(room: Room) -> Callable[[Room], None]:
    """The table that the phones show too, with what was tapped so far."""
    st.markdown(
        say(
            "On your phones: tap up to {most} sums that the network shall **never** practise.",
            most=room.rounds[-1].most,
        )
    )

    def tapped(now: Room) -> None:
        st.caption(led_room.answered(now.rounds[-1].answered, len(now.present)))
        pair_map.show(_away(now), [], locked=True, chosen=lambda: None)

    return tapped


def practising(room: Room) -> Callable[[Room], None]:
    """What the network makes of the table while it practises, and of the sums that it never saw."""

    def watch(now: Room) -> None:
        if why := _keep_on(now):
            st.warning(why, icon=":material/hourglass_disabled:")
        run, solver = opponent.run(led_room.room() or now, opponent.AWAY_RUN), None
        if run:
            training_view.progress(run)
            solver = run_service.get().solver(run.id)
        pair_map.show_results(solver, _away(now), locked=True, chosen=lambda: None)

    return watch


def train() -> None:
    """Close the table, and train a network on all other sums."""
    room = led_room.room()
    if room is None or not _away(room):
        st.toast(say("Nobody has tapped a sum yet."), icon=":material/grid_on:")
        return
    steps.reveal()
    _keep_on(room)


def _keep_on(room: Room) -> str:
    """Train the network, also if its run was lost, or is paused because the server was started again.

    Returns:
        Why the server refuses to train it, as a sentence, or an empty text.
    """
    run = opponent.run(room, opponent.AWAY_RUN)
    if run and not run.lost and run.status is not Status.PAUSED:
        return ""
    return opponent.train(room, opponent.AWAY_RUN, pair_map.without(_away(room)))


def _away(room: Room) -> tuple[str, ...]:
    """The sums that most have tapped."""
    cells = next((each.cells for each in reversed(room.rounds) if each.kind == CELLS), None)
    ranked = sorted(cells.items(), key=lambda cell: (-cell[1], cell[0])) if cells else []
    return tuple(sorted(pair_map.named(*cell) for cell, _ in ranked[: pair_map.MOST_KEPT_AWAY]))
