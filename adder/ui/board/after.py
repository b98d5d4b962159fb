"""What a game came to: the class against the network by round and by carries, the hardest sums, and a file."""

from __future__ import annotations

import streamlit as st

from adder.base.csv_files import csv_file
from adder.rooms import results
from adder.rooms.room import Room
from adder.rooms.round import Round
from adder.ui import run_service, take_home
from adder.ui.board import led_room, opponent, screens
from adder.ui.formats import percent, printed, typeset
from adder.ui.language import say
from adder.ui.markdown import plain


def show(room: Room) -> None:
    """Draw the summary, which can be printed as it stands."""
    share, right = results.share_of(room.counted), results.network_right(room)
    rounds = sum(each.network_right is not None for each in room.counted)  # It was ready to answer in these.
    if share is None:
        st.header(say("The game is over"), anchor=False)
        st.markdown(say("Nobody has answered."))
        _ways(room)
        return
    st.header(_outcome(share, right / rounds if rounds else 0.0), anchor=False)
    line = say(
        "The class had **{share}** of its answers right, the network ({name}) **{right}** of {rounds}.",
        share=percent(share),
        name=plain(opponent.name(room)),
        right=right,
        rounds=rounds,
    )
    both = results.race(room)
    if both.overtaking:
        after = say("It overtook you after round {round}.", round=int(both.overtaking.at))
        line = f"{line} {after}"
    st.markdown(line)
    _ways(room)
    screens.race(room, both, 280)
    left, right_half = st.columns(2, gap="large")
    with left:
        st.subheader(say("Hardest for the class"), anchor=False)
        hardest = results.hardest(room)
        if hardest:
            st.table([_row(room, each) for each in hardest], hide_index=True)
        else:
            st.markdown(say("None: every answer was right."))
    with right_half:
        if kinds := results.by_carries(room):
            st.subheader(say("By carries"), anchor=False)
            st.table(
                [
                    {
                        say("Carries"): each.kind,
                        say("Rounds"): each.rounds,
                        say("The class"): "–" if each.class_share is None else percent(each.class_share),
                        say("Network"): f"{each.network_right} / {each.rounds}",
                    }
                    for each in kinds
                ],
                hide_index=True,
            )
    st.subheader(say("Round by round"), anchor=False)
    st.table([{say("Round"): n, **_row(room, each)} for n, each in enumerate(room.counted, start=1)], hide_index=True)
    st.caption(say("Ctrl+P prints this page. Everyone sees their own result on their phone."))


def _ways(room: Room) -> None:
    with st.container(horizontal=True, key="class_ways"):
        st.button(
            say("Another game"), type="primary", icon=":material/replay:", on_click=led_room.leave, key="class again"
        )
        st.download_button(
            say("Download as CSV"),
            lambda: csv_file(results.csv_rows(room)),
            f"class-{room.code}.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
        if network := opponent.solver(room):
            take_home.show("class", network)
        elif opponent.is_loading(room):
            run_service.draw_again_once(lambda: not opponent.is_loading(room))


def _outcome(own: float, network: float) -> str:
    if abs(own - network) < 1e-9:
        return say("A draw")
    return say("The class won") if own > network else say("The network won")


def _row(room: Room, each: Round) -> dict[str, str]:
    task = room.task
    written = plain(typeset(task, each.written)) or say("nothing")
    return {
        say("Question"): printed(task, each.question),
        say("Truth"): plain(typeset(task, each.truth)),
        say("The class"): "–" if each.accuracy is None else percent(each.accuracy),
        say("Network"): "–" if each.network_right is None else f"{'✓' if each.network_right else '✗'} {written}",
    }
