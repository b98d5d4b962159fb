"""What one phone shows of a room, in the room's language: every sentence, and what can be tapped."""

from __future__ import annotations

from typing import Any

from adder.base.language import LANGUAGES, Language
from adder.rooms.room import ASKED, BREAK, LOBBY, OVER, Room
from adder.rooms.round import CELLS, GUESS, SUM, Answer, Round
from adder.ui.formats import pretty, typeset

OUTSIDE, GONE = "outside", "gone"


def language_of(room: Room) -> Language:
    """The language of a room."""
    return LANGUAGES.get(room.language, LANGUAGES["en"])


def view(room: Room, player: str, now: float) -> dict[str, Any]:
    """What a phone shows.

    Args:
        room: The room.
        player: Whose phone it is; anybody who is not in the room is asked for a name.
        now: The time, in seconds since 1970.

    Returns:
        Plain values: `phase` is the part of the page to show, `said` is what happens, in a sentence, and `note` is
        what else there is to read. A field that the phase does not need is missing.
    """
    language = language_of(room)
    known = room.players.get(player)
    if known is None or known.removed:
        said = language.say("Your teacher has taken you out of this room.") if known else ""
        return {"phase": GONE if known else OUTSIDE, "said": said}
    told: dict[str, Any] = {"version": room.version, "name": known.name}
    asked = room.round
    if room.state == OVER:
        return told | _over(room, player, language)
    if room.state in (LOBBY, BREAK) or asked is None:
        return told | _waiting(room, player, language)
    told |= {"head": _head(room, asked, language), "number": asked.number}
    if asked.picture:
        told |= {"picture": f"picture/{asked.number}.svg", "described": asked.described}
    answer = asked.answers.get(player)
    if room.state == ASKED and answer is None:
        return told | _asked(room, asked, language, now)
    if room.state == ASKED and answer is not None:
        return told | {
            "phase": "in",
            "said": language.say("Your answer is in: {given}", given=_shown(room, asked, answer.given)),
            "note": language.say("You may put the phone down. It goes on by itself."),
        }
    place = {"place": _place(room, player, language)} if asked.kind == SUM else {}  # A guess is worth no point.
    return told | _revealed(room, asked, answer, language) | place


def _head(room: Room, asked: Round, language: Language) -> str:
    if asked.kind == CELLS:
        return language.say("Hold sums out")
    if asked.kind == GUESS:
        return language.say("What do you think?")
    number = sum(each.kind == SUM and not each.skipped for each in room.rounds)
    return language.say("Round {number} of {planned}", number=number, planned=max(number, room.planned))


def _waiting(room: Room, player: str, language: Language) -> dict[str, Any]:
    if room.state == LOBBY:
        return {
            "phase": "waiting",
            "said": language.say("You are in."),
            "note": language.say("The first sum comes when your teacher begins."),
        }
    skipped = room.round is not None and room.round.skipped
    return {
        "phase": "waiting",
        "said": language.say("This sum was left out.")
        if skipped
        else language.say("The network practises. Watch the board!"),
        "note": language.say("The next sum comes by itself."),
        "place": _place(room, player, language),
    }


def _asked(room: Room, asked: Round, language: Language, now: float) -> dict[str, Any]:
    task = room.task
    told: dict[str, Any] = {"phase": "asked", "kind": asked.kind, "left": room.left(now)}
    if asked.kind == GUESS:
        return told | {"said": asked.question, "options": asked.options}
    if asked.kind == CELLS:
        note = language.say("Tap up to {most} sums. The network will never practise them.", most=asked.most)
        table = {"smallest": asked.smallest, "largest": asked.largest, "most": asked.most}
        return told | table | {"said": asked.question, "note": note}
    minus = "" if task.operators == "+" else "−"
    pad = (
        [*"123456789", minus, "0"] if task.operators and task.base == 10 else []
    )  # Otherwise the phone's own keys are needed.
    return told | {"said": f"{pretty(task, asked.question)} = ?", "pad": pad}


def _revealed(room: Room, asked: Round, answer: Answer | None, language: Language) -> dict[str, Any]:
    told: dict[str, Any] = {"phase": "revealed", "right": None if answer is None else answer.right, "note": ""}
    given = "" if answer is None else _shown(room, asked, answer.given)
    if asked.kind == CELLS:
        none = language.say("The answers are closed. You chose nothing.")
        said = language.say("Held out: {sums}", sums=given) if answer else none
        return told | {"said": said, "note": language.say("Watch the board: what does it make of them?")}
    truth = _shown(room, asked, asked.truth)
    question = pretty(room.task, asked.question)
    if asked.kind == GUESS:
        said = language.say("Your guess: {given}.", given=given) if answer else language.say("You did not guess.")
        if truth:
            told["note"] = language.say("It is: {truth}.", truth=truth)
        return told | {"said": said}
    if answer is None:
        said = language.say("{question} is {truth}. No answer came from you.", question=question, truth=truth)
    elif answer.right:
        said = language.say("Right! {question} is {truth}.", question=question, truth=truth)
    else:
        said = language.say(
            "Not this time: {question} is {truth}. You wrote {given}.", question=question, truth=truth, given=given
        )
    if asked.network_right is None:
        return told | {"said": said}
    written = typeset(room.task, asked.written) or language.say("nothing")
    if asked.network_right:
        note = language.say("The network wrote {written}: right.", written=written)
    else:
        note = language.say("The network wrote {written}: wrong.", written=written)
    return told | {"said": said, "note": note}


def _over(room: Room, player: str, language: Language) -> dict[str, Any]:
    network = [each.network_right for each in room.counted if each.network_right is not None]
    rows = []
    for each in room.counted:
        answer = each.answers.get(player)
        rows.append(
            {
                "question": f"{pretty(room.task, each.question)} = {_shown(room, each, each.truth)}",
                "given": typeset(room.task, answer.given) if answer else "–",
                "right": bool(answer and answer.right),
                "written": typeset(room.task, each.written) or "–",
                "network": each.network_right,
            }
        )
    note = language.say("The network had {right} of {n} right.", right=sum(network), n=len(network)) if network else ""
    said = language.say("The game is over. Thank you for playing!")
    return {"phase": "over", "said": said, "note": note, "place": _place(room, player, language), "rows": rows}


def _place(room: Room, player: str, language: Language) -> str:
    rounds = len(room.counted)
    if not rounds:
        return ""
    return language.say(
        "{right} of {n} right: place {place} of {all}",
        right=room.right_of(player),
        n=rounds,
        place=room.place_of(player),
        all=len(room.present),
    )


def _shown(room: Room, asked: Round, answer: str) -> str:
    """An answer as it is printed."""
    if asked.kind == GUESS:
        return asked.options[int(answer)] if answer.isdecimal() and int(answer) < len(asked.options) else ""
    if asked.kind == CELLS:  # A line breaks between sums, not within one.
        return ", ".join(pretty(room.task, each).replace(" ", "\u00a0") for each in answer.split())
    return typeset(room.task, answer)
