"""A run service without an engine: its runs are recordings of the networks that ship."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
from collections.abc import Iterable
from typing import Any

from streamlit.testing.v1 import AppTest

import adder
from adder.base.errors import RunError
from adder.base.messages import Sentence
from adder.experiment import Experiment
from adder.query import nearest_preset
from adder.runs.run import RunRecord, RunView
from adder.runs.status import Status
from adder.runs.visitors import NOBODY, Visitor
from adder.solvers.results import Example
from adder.solvers.solver import Solver
from adder.training import trainer
from adder.training.trainer import EpochEvent

WHEN = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
PROSE = (
    "title", "header", "subheader", "markdown", "caption", "success", "warning", "info", "error", "progress", "code",
)  # fmt: skip


class FakeRuns:
    """The part of a run service that pages call.

    Attributes:
        experiments: The runs, by the ids that `submit` gave them.
        calls: What was asked for, in order.
        status: What all runs are now, with `seen` of their epochs over, and a `message`.
        alone: Whether a run that is left is nobody else's.
        copy: The id that pausing or stopping leads to where the run is not the visitor's alone.
        held: The runs that the session has before it.
        trained: The network of all runs, in place of the one that ships.
        refused: Why no experiment may be trained.
        wanted: What changes with the next epoch of any run.
        kept: Of how many epochs the weights are kept at most.
        elsewhere: Whether another process trains all runs.
    """

    store_trouble = ""
    watching = 1

    def __init__(self) -> None:
        self.experiments: dict[str, Experiment] = {}
        self.calls: list[str] = []
        self.status, self.seen, self.message = "running", 0, ""
        self.alone = True
        self.copy = ""
        self.held: set[str] = set()
        self.wait: float | None = None
        self.watchers = 1
        self.trained: Solver | None = None
        self.refused: Sentence | None = None
        self.wanted: dict[str, Any] = {}
        self.kept = 60
        self.elsewhere = False

    def show(self, status: str, seen: int, message: str = "") -> None:
        self.status, self.seen, self.message = status, seen, message

    def network(self, experiment: Experiment) -> Solver:
        shipped = adder.shipped_solver(nearest_preset(experiment))
        return self.trained or dataclasses.replace(shipped, experiment=experiment)

    def events(self, experiment: Experiment) -> tuple[EpochEvent, ...]:
        solver = self.network(experiment)
        found = [EpochEvent(**dataclasses.asdict(epoch)) for epoch in solver.history[: self.seen]]
        if found:
            questions = trainer.check_questions(experiment)[:20]
            said = solver.predict(questions)
            asked = zip(experiment.task.texts(questions), said.expected, said.texts, strict=True)
            found[-1] = dataclasses.replace(found[-1], examples=tuple(Example(*each) for each in asked))
        return tuple(found)

    def submit(
        self, experiment: Experiment, *, again: bool = False, only: int | None = None, asker: Visitor = NOBODY
    ) -> str:
        assert asker.session
        if self.refused:
            raise RunError(self.refused)
        self.calls.append("again" if again else "submit" if only is None else f"submit {only}")
        run = f"run{len(self.experiments) + 1}"
        self.experiments[run] = experiment
        return run

    def watch(self, visitor: Visitor, runs: Iterable[str]) -> None:
        assert visitor.session
        self.held = set(runs)

    def refusal(self, experiment: Experiment) -> Sentence | None:
        return self.refused

    def view(self, run: str) -> RunView:
        if run not in self.experiments:
            raise RunError("this run is not on the server any more; press Train to run its experiment again")
        experiment = self.experiments[run]
        events = self.events(experiment)
        return RunView(
            run,
            experiment,
            Status(self.status),
            2 if self.status == "queued" else 0,
            events,
            self.message,
            moving=bool(events),
            wait=self.wait,
            watchers=self.watchers,
            wanted=self.wanted,
            elsewhere=self.elsewhere,
            snapshots=tuple(range(self.seen + 1))[-self.kept :] if self.seen else (),
        )

    def unknown(self, run: str) -> bool:
        return False

    def solver(self, run: str) -> Solver | None:
        if run not in self.experiments:
            raise RunError("this run is not on the server any more")
        return self.network(self.experiments[run]) if self.seen else None

    def snapshot(self, run: str, epoch: int) -> Solver | None:
        return self.solver(run) if epoch <= self.seen else None

    def pause(self, run: str, asker: Visitor = NOBODY) -> str:
        return self._left("pause", run, asker)

    def stop(self, run: str, asker: Visitor = NOBODY) -> str:
        return self._left("stop", run, asker)

    def _left(self, call: str, run: str, asker: Visitor) -> str:
        assert asker.session
        self.calls.append(call)
        if not self.copy:
            return run
        self.experiments[self.copy] = self.experiments[run]
        return self.copy

    def resume(self, run: str, *, epochs: int | None = None, only: int | None = None, asker: Visitor = NOBODY) -> str:
        assert asker.session
        self.calls.append("resume" if epochs is None and only is None else f"resume {epochs} {only}")
        if epochs is not None:
            self.experiments[run] = self.experiments[run].replaced({"training.epochs": epochs})
        return run

    def change(self, run: str, values: dict[str, Any], asker: Visitor = NOBODY) -> str:
        own = self._left(f"change {values}", run, asker)
        self.wanted = values
        return own

    def leave(self, run: str, asker: Visitor) -> bool:
        assert asker.session
        self.calls.append(f"leave {run}")
        return self.alone

    def runs(self) -> tuple[RunRecord, ...]:
        return tuple(
            RunRecord.of(run, each, "done", WHEN, self.events(each), self.network(each).report)
            for run, each in self.experiments.items()
        )

    def keras_file(self, solver: Solver) -> bytes | None:
        self.calls.append("keras")
        return b"a model" if self.calls.count("keras") > 1 else None

    def keras_file_ready(self, solver: Solver) -> bool:
        return self.calls.count("keras") > 0


def opened(page: str, **address: str) -> AppTest:
    """A page alone, at an address; `__` in a name stands for a dot."""
    app = AppTest.from_string(f"from adder.ui.pages import {page} as page\n\npage.show()", default_timeout=60)
    for key, value in address.items():
        app.query_params[key.replace("__", ".")] = value
    return drawn(app.run())


def drawn(page: AppTest) -> AppTest:
    """The page, which was drawn without an error."""
    assert not page.exception, page.exception
    return page


def click(page: AppTest, label: str) -> AppTest:
    """Press the button of this label or key, or choose it in a menu; `panel NAME` opens a panel."""
    for button in page.button:
        if label in (button.label, button.key):
            return drawn(button.click().run())
    if label.startswith("panel "):
        return drawn(page.menu_button(key="panels").click(label.removeprefix("panel ")).run())
    menu = next(each for each in page.menu_button if label in each.options)
    return drawn(menu.click_index(menu.options.index(label)).run())


def staged(page: AppTest) -> dict[str, Any]:
    """What the page hands to the stage."""
    protos = [each.proto for each in page.get("bidi_component")]
    (stage,) = (each for each in protos if each.component_name == "adder_stage")
    found: dict[str, Any] = json.loads(stage.json)
    return found


def texts(page: AppTest) -> str:
    """All prose of the page, as Markdown shows what was escaped."""
    elements = [element for kind in PROSE for element in page.get(kind)]
    shown = "\n".join(str(getattr(each, "value", "")) + getattr(each.proto, "text", "") for each in elements)
    return re.sub(r"\\(.)", r"\1", shown)


def uploader(page: AppTest, label: str) -> Any:
    return next(each for each in page.file_uploader if each.label == label)
