"""A network's training as the stage tells it: plain data, shared by everybody who looks at the same network.

A story has a scene, which stays the same from its first epoch to its last: the twenty questions, and the cells of the
map. It has figures of every epoch. And it has moments and maps: what the network answered to the twenty, and to the
cells, after one of those epochs whose weights are kept. Each is worked out when somebody first looks at it.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adder.analysis.error_map import Cells, cells_of
from adder.analysis.picture import arrangement
from adder.analysis.picture import picture as drawn
from adder.base.errors import AdderError, RunError
from adder.base.language import Language
from adder.experiment import Experiment
from adder.experiment.training import CHANGEABLE
from adder.presets import PRESETS
from adder.query import nearest_preset
from adder.solvers import evaluation
from adder.solvers.cost import answers_in_a_moment
from adder.solvers.results import Epoch
from adder.solvers.shipped import shipped_snapshots, shipped_solver
from adder.solvers.solver import Solver
from adder.tasks.questions import Questions
from adder.training import trainer
from adder.ui import run_service
from adder.ui.formats import menu_label, pretty, typeset
from adder.ui.stage.once import Once

RUN, SHIPPED, LENT = "run", "shipped", "lent"  # An address of a story names the kind of its network.
# Cells on a side of the map; there are fewer if each stands for a span of numbers.
MOST_SIDE, FEWER_CELLS = 25, 20
LEAST_CELLS = 9  # A map with fewer cells shows nothing.
MAP_SECONDS = 0.1  # The map may take this long after each epoch.
TWENTY_SECONDS = 0.5  # A network that needs longer for the twenty questions is asked fewer.
BATCH_SECONDS = 0.15  # A browser gets an answer after this much work, and asks for the rest.
MOST_CHARACTERS_DRAWN = 250  # The answer to a longer question is not drawn.

_scenes, _moments, _maps, _answers, _arrangements = Once(200), Once(6_000), Once(6_000), Once(3_000), Once(100)
_lent: weakref.WeakValueDictionary[str, Lent] = weakref.WeakValueDictionary()


@dataclass(frozen=True, slots=True)
class Story:
    """A network's training as far as it is known.

    Attributes:
        experiment: What is or was trained.
        kept: The epochs whose network can be asked, ascending; 0 is the untrained one.
        epochs: The figures of all epochs.
        active: Whether more may come by itself.
        network: The network of one of the kept epochs; None if it is not in memory.
    """

    experiment: Experiment
    kept: tuple[int, ...]
    epochs: Sequence[Epoch]
    active: bool
    network: Callable[[int], Solver | None]


class Lent:
    """A network that a visitor brought, to be looked at for as long as the visitor's session holds this.

    Args:
        name: The name by which the stage finds it; nobody can guess it.
        solver: The network.
    """

    __slots__ = ("__weakref__", "name", "solver")

    def __init__(self, name: str, solver: Solver) -> None:
        self.name, self.solver = name, solver
        _lent[name] = self


def story_of(kind: str, name: str) -> Story | None:
    """The story of a network as it stands; None if there is none of that name."""
    if kind == RUN:
        return _of_run(name)
    if kind == SHIPPED and name in PRESETS:
        return _of_shipped(name)
    if kind == LENT and (lent := _lent.get(name)):
        return _of_solver(lent.solver)
    return None


def _of_run(run: str) -> Story | None:
    service = run_service.get()
    try:
        view = service.view(run)
        latest = None if view.snapshots else service.solver(run)  # An earlier adder kept no snapshots of its runs.
    except RunError:
        return None
    if not (latest or view.snapshots) and (first := _first(view.experiment)):
        return Story(view.experiment, (0,), view.events, view.active, lambda _: first)
    kept = (len(latest.history),) if latest else view.snapshots

    def network(epoch: int) -> Solver | None:
        return latest or service.snapshot(run, epoch)

    return Story(view.experiment, kept, view.events, view.active, network)


def _first(experiment: Experiment) -> Solver | None:
    """The untrained network of a run that has not begun: equal seeds start from equal weights. None if none ships."""
    shipped = shipped_snapshots(nearest_preset(experiment))
    return shipped.solver(0) if shipped and shipped.experiment == experiment else None


def _of_shipped(name: str) -> Story:
    solver, snapshots = shipped_solver(name), shipped_snapshots(name)
    last = len(solver.history)
    kept = (*(epoch for epoch in snapshots.epochs if epoch != last), last) if snapshots else (last,)

    def network(epoch: int) -> Solver | None:
        return solver if epoch == last or snapshots is None else snapshots.solver(epoch)

    return Story(solver.experiment, kept, solver.history, active=False, network=network)


def _of_solver(solver: Solver) -> Story:
    return Story(solver.experiment, (len(solver.history),), solver.history, active=False, network=lambda _: solver)


@dataclass(frozen=True, slots=True)
class _Scene:
    """What is asked of a network after every epoch.

    Attributes:
        twenty: The first of the check questions, each a different one; fewer if the network is slow.
        cells: One question for each cell of the map, row by row; empty without a map.
        plain: The scene for JSON, as a browser gets it.
    """

    twenty: Questions
    cells: Questions
    plain: dict[str, Any]


def scene_of(experiment: Experiment) -> _Scene:
    """The scene of all networks of an experiment."""
    return _scenes.get(experiment.digest, lambda: _made(experiment))


def _made(experiment: Experiment) -> _Scene:
    task = experiment.task
    checked = trainer.check_questions(experiment)
    twenty = checked[trainer.examples_among(checked)[: asked(experiment)]]
    truths = experiment.encoding.true_texts(task, twenty)
    exact, _ = evaluation.final_guess(experiment)
    plain: dict[str, Any] = {
        "twenty": [[text, truth] for text, truth in zip(task.texts(twenty), truths, strict=True)],
        "heldOut": bool(task.held_out),
        "asked": len(checked),
        "guess": exact,
        "example": task.example,
        "map": None,
    }
    cells = twenty[:0]
    if (found := _map(experiment)) is not None:
        cells = found.questions
        plain["map"] = {
            "starts": found.edges[:-1].tolist(),
            "ends": (found.edges[1:] - 1).tolist(),
            "questions": task.texts(cells),
            "heldOut": _bits(task.is_held_out(cells)) if task.held_out and found.whole else "",
        }
    return _Scene(twenty, cells, plain)


def is_slow(experiment: Experiment) -> bool:
    """Whether a network takes so long to answer that it is asked only some of the twenty questions."""
    return asked(experiment) < trainer.EXAMPLES


def asked(experiment: Experiment) -> int:
    """How many of the twenty questions a network is asked after each epoch."""
    return answers_in_a_moment(experiment, trainer.EXAMPLES, TWENTY_SECONDS)


def _map(experiment: Experiment) -> Cells | None:
    """One question for each pair of numbers, or of spans of numbers; fewer, or none, if the network is slow."""
    side = MOST_SIDE if experiment.task.grid and len(experiment.task.grid) <= MOST_SIDE else FEWER_CELLS
    most = answers_in_a_moment(experiment, side**2, MAP_SECONDS)
    return cells_of(experiment.task, most, side) if most >= LEAST_CELLS else None


def outline(story: Story, known: int, language: Language) -> dict[str, Any]:
    """How far a story is, what changes in it, and the figures that a browser does not know yet.

    A browser that has too many figures gets all of them.
    """
    begin = known if known <= len(story.epochs) else 0
    return {
        "active": story.active,
        "kept": story.kept,
        "planned": story.experiment.training.epochs,
        "changes": [
            {"epoch": each.start, "said": ", ".join(_changed(story.experiment, each.start, language))}
            for each in story.experiment.training.stretches[1:]
        ],
        "from": begin,
        "figures": [
            {
                "epoch": each.epoch,
                "exact": each.exact_match,
                "loss": each.loss,
                "checkLoss": each.check_loss,
                "places": each.by_place,
            }
            for each in story.epochs[begin:]
        ],
    }


def _changed(experiment: Experiment, epoch: int, language: Language) -> list[str]:
    """What changes with an epoch: each setting with its new value."""
    changes = [change for change in experiment.training.changes if change.epoch == epoch]
    declared = [CHANGEABLE[change.setting] for change in changes]
    values = [menu_label(each, change.value) for each, change in zip(declared, changes, strict=True)]
    return [f"{language.say(each.label)} {language.say(value)}" for each, value in zip(declared, values, strict=True)]


def look(
    story: Story,
    key: str,
    *,
    question: str,
    language: Language,
    wanted: Sequence[int] = (),
    mapped: Sequence[int] = (),
    asked: Sequence[int] = (),
) -> dict[str, Any]:
    """What a browser lacks, as much as can be worked out in a moment.

    Args:
        story: The story of the network.
        key: Names the network.
        question: What the visitor asks it.
        language: The language of refusals.
        wanted: The epochs whose moments it lacks, the most urgent first.
        mapped: The epochs whose maps it lacks, the most urgent first.
        asked: The epochs whose answer to the question it lacks, the most urgent first.
    """
    found: dict[str, Any] = {"moments": [], "maps": [], "answers": [], "trouble": ""}
    until = time.monotonic() + BATCH_SECONDS
    asks = _Asking(story, key, question, language)
    if trouble := _trouble(story.experiment, question, language):
        found["trouble"], asked = trouble, ()
    for place in range(max(len(wanted), len(mapped), len(asked))):
        for kind, epochs in (("answers", asked), ("moments", wanted), ("maps", mapped)):
            if place < len(epochs) and (each := asks.looked_up(kind, epochs[place])):
                found[kind].append(each)
        if time.monotonic() > until:
            break
    return found


@dataclass(frozen=True, slots=True)
class _Asking:
    """One question to one network, at any of its epochs."""

    story: Story
    key: str
    question: str
    language: Language

    def looked_up(self, kind: str, epoch: int) -> dict[str, Any] | None:
        """A moment, a map or an answer, made now unless somebody has looked at it before; None without a network."""
        if epoch not in self.story.kept or (solver := self.story.network(epoch)) is None:
            return None
        if kind == "moments":
            return _moments.get((self.key, epoch), lambda: _moment(solver, epoch))
        if kind == "maps":
            return _maps.get((self.key, epoch), lambda: _map_after(solver, epoch))
        named = (self.key, epoch, self.question, self.language.code, self._age)
        return _answers.get(named, lambda: self._answer(solver, epoch))

    @property
    def _age(self) -> int:
        """A number for the network by which units are arranged: the last one, or a recent one during training."""
        newest = self.story.kept[-1]
        return -newest.bit_length() if self.story.active else newest

    def _answer(self, solver: Solver, epoch: int) -> dict[str, Any]:
        answer, task = solver.solve(self.question), solver.experiment.task
        expected = answer.expected_unpadded
        picture = None
        if len(self.question) <= MOST_CHARACTERS_DRAWN:
            newest = self.story.network(self.story.kept[-1]) or solver
            arranged = _arrangements.get((self.key, self._age), lambda: arrangement(newest))
            picture = drawn(solver, self.question, arranged).plain(self.language.say)
        return {
            "epoch": epoch,
            "question": pretty(task, answer.question),
            "written": typeset(task, answer.unpadded),
            "expected": None if expected is None else typeset(task, expected),
            "right": answer.correct,
            "sure": None if answer.number is not None else answer.confidence,
            "number": answer.number,
            "picture": picture,
        }


def _moment(solver: Solver, epoch: int) -> dict[str, Any]:
    said = evaluation.ask_all(solver, scene_of(solver.experiment).twenty, solver.experiment.task).texts
    return {"epoch": epoch, "said": said}


def _map_after(solver: Solver, epoch: int) -> dict[str, Any]:
    cells = scene_of(solver.experiment).cells
    right = evaluation.ask_all(solver, cells, solver.experiment.task).correct if len(cells) else np.array([])
    return {"epoch": epoch, "right": _bits(right)}


def _trouble(experiment: Experiment, question: str, language: Language) -> str:
    """Why a question cannot be asked, as a sentence in the visitor's language, or an empty text."""
    try:
        experiment.task_of([question]).read([question])
    except AdderError as error:
        return language.sentence(error.sentence)
    return ""


def _bits(flags: np.ndarray) -> str:
    return "".join("1" if each else "0" for each in flags.tolist())
