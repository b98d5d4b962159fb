"""What is on the board while a class comes in, works out a sum, sees the answers, and watches the network practise."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import segno
import streamlit as st

from adder.base.messages import counted
from adder.plots import class_answers, class_race
from adder.plots.class_answers import OTHERS, RIGHT, WRONG, Bar
from adder.quiz.slips import slip
from adder.rooms import codes, results
from adder.rooms.room import Player, Room
from adder.rooms.round import Round
from adder.ui import training_view
from adder.ui.board import led_room, opponent, steps
from adder.ui.drawing import draw, specification
from adder.ui.formats import percent, printed, typeset
from adder.ui.language import say, session_language
from adder.ui.markdown import plain
from adder.ui.phone_address import PhoneAddress

SECONDS_BETWEEN_LOOKS = 0.6
_MOST_BARS = 6
_MOST_NAMES = 60


def lobby(room: Room, where: PhoneAddress) -> Callable[[Room], None]:
    """The way in, and who is in."""
    left, right = st.columns([2, 3], gap="large", vertical_alignment="center")
    with left:
        if where.base:
            picture = segno.make(f"{where.base}/j/{room.code}", micro=False).svg_inline(
                border=2, light="#fff", omitsize=True
            )
            alt = say("QR code: opens {address}", address=f"{where.base}/j/{room.code}")
            st.image(picture, width="stretch", alt=alt)
    with right, st.container(key="class_way", gap="small"):
        if where.base:
            st.markdown(say("Scan the code, or open"))
            st.markdown(f"**{way_in(where)}**")
            st.markdown(say("and type"))
        with st.container(key="class_code"):
            st.markdown(f"**{codes.spoken(room.code)}**")
        if where.base:
            st.caption(say(where.note))
        else:
            st.warning(say(where.note), icon=":material/link_off:")

    def who(now: Room) -> None:
        opponent.catch_up(now)
        st.markdown(_how_many_in(now))
        st.markdown(" ".join(f":blue-background[{plain(_name(now, each))}]" for each in now.present[-_MOST_NAMES:]))

    return who


def asked(room: Room) -> Callable[[Room], None]:
    """The sum, and how many have answered."""
    question = _round(room)
    _number(room)
    with st.container(key="class_sum"):
        shown = printed(room.task, question.question)
        st.markdown(f"**{shown} =**" if room.task.operators else f"**{shown}**")

    def answered(now: Room) -> None:
        count, present = _round(now).answered, len(now.present)
        text = led_room.answered(count, present)
        left = now.left(time.time())
        if left is not None:
            text = say("{text} · {seconds} s left", text=text, seconds=math.ceil(left))
        st.progress(min(1.0, count / present) if present else 0.0, text)
        if left == 0 and not steps.waits(now):
            steps.reveal()
            st.rerun()

    return answered


def revealed(room: Room) -> Callable[[Room], None]:
    """How the class answered, what the network wrote, and the truth."""
    question, task = _round(room), room.task
    _number(room)
    with st.container(key="live_class_truth"):
        truth = plain(typeset(task, question.truth))
        shown = printed(task, question.question)
        st.markdown(f"**{shown} = {truth}**" if task.operators else f"**{shown}: {truth}**")
    left, right = st.columns([3, 2], gap="large")
    with left:
        _bars(room, question)
    with right, st.container(key="class_network", gap="small"):
        st.markdown(say("The network"))
        if question.network_right is None:
            st.markdown(say("It gave no answer."))
        else:
            written = plain(typeset(task, question.written)) or say("nothing")
            colour = "green" if question.network_right else "red"
            st.markdown(f":{colour}[**{written}**]")
            sign = say(":green[✓ right]") if question.network_right else say(":red[✗ wrong]")
            sure = say("{share} sure", share=percent(question.confidence)) if question.confidence is not None else ""
            st.markdown(f"{sign} · {sure}" if sure else sign)
        if not opponent.learns(room):
            race(room, results.race(room), 200)
    return lambda now: None


def practising(room: Room) -> Callable[[Room], None]:
    """The network while it practises, and how it compares with the class."""

    def watch(now: Room) -> None:
        if opponent.learns(now) and (why := opponent.keep_on(now)):
            st.warning(why, icon=":material/hourglass_disabled:")
        view = opponent.view(now)
        if view is not None:
            every = max(1, math.ceil(opponent.to_tell(now) * SECONDS_BETWEEN_LOOKS / opponent.SHOWN_SECONDS))
            opponent.catch_up(now, every)
            now = led_room.room() or now
        both = results.race(now, _in_this_break(now))
        with st.container(key="live_class_race"):
            passed = both.overtaking
            if now.round and now.round.skipped:
                st.markdown(say("This sum was left out."))
            elif view is not None and view.active and not view.moving:
                training_view.progress(view)
            elif passed:
                st.markdown(
                    say("**The network has overtaken you.** It gets {share} right.", share=percent(passed.share))
                )
            elif opponent.to_tell(now):
                st.markdown(say("The network practises …"))
            else:
                st.markdown(say("You are ahead. It will practise again after the next sum."))
        race(now, both, 410)

    return watch


def race(room: Room, both: results.Race, height: int) -> None:
    """Draw what both sides had right so far, and of what."""
    language = session_language()
    frame = class_race.race_frame(language, both.own, both.network, both.overtaking)
    chart = {**specification(class_race.race_chart, language, room.planned), "height": height}
    alt = say("What the class and the network had right so far, by round")
    if both.own and both.network:
        shares = percent(both.own[-1].share), percent(both.network[-1].share)
        alt = say("{alt}: class {own}, network {network}", alt=alt, own=shares[0], network=shares[1])
    draw(frame, chart, alt, projected=height)
    if room.progress:
        st.caption(say("Class: all of its answers so far. Network: tested with other sums while it practises."))


def _in_this_break(room: Room) -> int:
    """How many epochs the present break has; breaks without a round between them count as one."""
    if room.state != "break" or not room.progress:
        return 0
    after = len(room.rounds)
    return sum(each.after == after for each in room.progress) + opponent.to_tell(room)


def _bars(room: Room, question: Round) -> None:
    """How the class answered, and why the commonest wrong answers are wrong."""
    task = room.task.widened_for([question.question])
    bars: list[Bar] = []
    for given, n in question.commonest[:_MOST_BARS]:
        right = any(each.right for each in question.answers.values() if each.given == given)
        shown = typeset(task, given)
        why = "" if right else slip(task, question.question, given, question.truth)
        bars.append((f"{shown} ✓" if right else f"{shown} ✗", n, RIGHT if right else WRONG, why))
    if rest := sum(n for _, n in question.commonest[_MOST_BARS:]):
        bars.append((say("others"), rest, OTHERS, ""))
    if not bars:
        st.markdown(say("Nobody has answered."))
        return
    language, answers = session_language(), tuple(bar[0] for bar in bars)
    chart = specification(class_answers.answers_chart, language, answers, max(n for _, n, _, _ in bars))
    alt = "; ".join(f"{answer}: {n} {say(why)}".strip() if why else f"{answer}: {n}" for answer, n, _, why in bars)
    draw(class_answers.answers_frame(language, bars), chart, alt, projected=chart["height"])
    share = question.accuracy or 0.0
    st.markdown(
        say("**{right} of {n}** right: {share}", right=question.right, n=question.answered, share=percent(share))
    )


def _number(room: Room) -> None:
    number = min(room.planned, len(room.counted) + (room.state == "asked"))
    st.caption(say("Round {number} of {planned}", number=number, planned=room.planned))


def _how_many_in(room: Room) -> str:
    return say(counted("**{n}** is in", "**{n}** are in", n=len(room.present)))


def _name(room: Room, player: Player) -> str:
    return say("No. {n}", n=player.number) if room.names_hidden else player.name


def _round(room: Room) -> Round:
    assert room.round is not None  # These states have a round.
    return room.round


def way_in(where: PhoneAddress) -> str:
    """The address that phones open without the QR code, in a form to be read out."""
    return plain(f"{where.base.removeprefix('http://')}/join")
