"""The network that a class plays against: one that learns between the rounds, or one that is done.

What is not in the room's events stands in its notes. The run of an opponent that learns belongs to the room, whoever
leads it, so that a teacher goes on with it on another machine.
"""

from __future__ import annotations

import dataclasses

import streamlit as st

from adder.base.errors import AdderError, RunError
from adder.experiment import Experiment
from adder.presets import PRESETS
from adder.rooms.events import Noted, Trained
from adder.rooms.pace import Pace
from adder.rooms.room import Room
from adder.runs.registry import RunLoading
from adder.runs.run import RunView
from adder.runs.status import Status
from adder.runs.visitors import Visitor
from adder.solvers.shipped import shipped_snapshots, shipped_solver
from adder.solvers.solver import Solver
from adder.ui import run_service, solver_choice, visitors
from adder.ui.board import led_room
from adder.ui.language import say
from adder.ui.markdown import sentence

OPPONENT, CROSSING, RUN, UNTIL = "opponent", "crossing", "run", "until"  # The notes of a room have these names.
AWAY_RUN = "run that keeps away"  # This note names the run from which the class kept sums away.
SHOWN_SECONDS = 5.0  # The epochs of a break take this long on the board, even if they are trained faster.


def learns(room: Room) -> bool:
    """Whether the network practises between the rounds."""
    return bool(room.notes.get(CROSSING))


def name(room: Room) -> str:
    """What the network is called."""
    key = room.notes.get(OPPONENT, "")
    return say(PRESETS[key].label) if key in PRESETS else solver_choice.name(key)


def pace(preset: str, rounds: int, crossing: float) -> Pace:
    """How a preset's network learns in a game."""
    return Pace(shipped_solver(preset).history, rounds, crossing)


def held() -> list[str]:
    """The runs that this session watches, because it leads their room."""
    room = led_room.room()
    return [room.notes[each] for each in (RUN, AWAY_RUN) if each in room.notes] if room else []


def begin(room: Room) -> None:
    """Train a first epoch, so that a worker is ready when the game begins."""
    if learns(room) and led_room.tell(Noted({UNTIL: "1"})) and (now := led_room.room()) and (why := keep_on(now)):
        st.toast(why, icon=":material/error:")


def practise(room: Room) -> None:
    """Train what the pace asks for before the next round."""
    if not learns(room):
        return
    catch_up(room)
    found = view(room)
    done = found.events if found else ()
    rounds = [each.accuracy for each in room.counted if each.accuracy is not None]
    paced = pace(room.notes[OPPONENT], room.planned, float(room.notes[CROSSING]))
    epochs = paced.epochs(len(room.counted) + 1, room.experiment, done, rounds)
    if led_room.tell(Noted({UNTIL: str(len(done) + epochs)})) and (now := led_room.room()):
        keep_on(now)


def returning(room: Room) -> bool:
    """Whether the network that the class has seen is not here, but on its way.

    A server that was started again reads it from the disk. If nothing was saved yet, it is trained again as far as it
    was, and learns the same. One that still counts as trained elsewhere, as for a minute in a new container, answers
    as it was saved.
    """
    told = room.progress[-1].epoch if room.progress else 0
    if not (learns(room) and told):
        return False
    found = run(room, RUN)
    if found is None or not (found.events or found.active):
        keep_on(room)
        found = run(led_room.room() or room, RUN)
    if found is None or not found.active or (found.elsewhere and found.events):
        return False
    return len(found.events) < told


def keep_on(room: Room) -> str:
    """Have the network trained as far as it is to be, even if its run was lost, or was busy before.

    A run whose worker is getting ready is left alone, however soon the class goes on: it pauses by itself.

    Returns:
        Why the server refuses to train it, as a sentence, or an empty text.
    """
    found, epochs = run(room, RUN), until(room)
    missing = epochs - (len(found.events) if found and not found.lost else 0)
    if missing <= 0 or (found and (found.active or found.status is Status.FAILED)):
        return ""
    return train(room, RUN, room.experiment, missing)


def train(room: Room, name: str, experiment: Experiment, epochs: int | None = None) -> str:
    """Train the run that a note of the room names for more epochs, or anew if there is none, and note which it is.

    Args:
        room: The room.
        name: The name of the note.
        experiment: What is trained anew.
        epochs: How many more epochs; by default all that are left.

    Returns:
        Why the server refuses to train it, as a sentence, or an empty text.
    """
    found, service, who = run(room, name), run_service.get(), asker(room)
    try:
        if found is None or found.lost:
            goes_on = service.submit(experiment, only=epochs, asker=who)
        else:
            goes_on = service.resume(found.id, only=epochs, asker=who)
    except AdderError as error:
        return sentence(error)
    if goes_on != room.notes.get(name):
        led_room.tell(Noted({name: goes_on}))
    return ""


def view(room: Room) -> RunView | None:
    """The run of a network that learns, as it stands; None if there is none."""
    return run(room, RUN) if learns(room) else None


def is_loading(room: Room) -> bool:
    """Whether a network that learns is being read from the disk."""
    found = view(room)
    return found is not None and found.status is Status.LOADING


def catch_up(room: Room, most: int | None = None) -> None:
    """Tell the room of the epochs that are over.

    Args:
        room: The room.
        most: How many to tell of at once, so that they can be watched; by default all.
    """
    found = view(room)
    told = room.progress[-1].epoch if room.progress else 0
    new = [event for event in (found.events if found else ()) if event.epoch > told][:most]
    if new:
        led_room.send(*(Trained(each.epoch, each.exact_match, each.samples) for each in new))


def to_tell(room: Room) -> int:
    """How many epochs of the present break the room does not know of yet."""
    return max(0, until(room) - (room.progress[-1].epoch if room.progress else 0))


def until(room: Room) -> int:
    """The epoch after which the present break is over."""
    return int(room.notes.get(UNTIL) or 0)


def solver(room: Room) -> Solver | None:
    """The network as it is now; before its first epoch an untrained one, as soon as there is one."""
    try:
        if not learns(room):
            return solver_choice.solver(room.notes[OPPONENT])
        service, known = run_service.get(), run(room, RUN)
        if known and (found := service.solver(known.id) or service.snapshot(known.id, 0)):
            return found
        if room.progress:
            return None
        snapshots = shipped_snapshots(room.notes[OPPONENT])
        return snapshots.solver(0) if snapshots else None
    except AdderError as error:
        st.toast(sentence(error), icon=":material/error:")
        return None


def run(room: Room, name: str) -> RunView | None:
    """The run that a note of the room names, as it stands; None if there is none, or if the server has lost it."""
    noted = room.notes.get(name)
    if not noted:
        return None
    try:
        return run_service.get().view(noted)
    except RunLoading:
        return RunView(noted, room.experiment, Status.LOADING)
    except RunError:
        return None


def asker(room: Room) -> Visitor:
    """The visitor to whom the runs of a room belong: whoever leads the room."""
    return dataclasses.replace(visitors.this(), browser=f"class {room.code}")
