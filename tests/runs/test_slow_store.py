"""No page waits for disk or engine: a store whose calls do not return, and an engine that does not answer."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.scriptrunner import ScriptRunner
from streamlit.testing.v1 import AppTest

from adder import RunError, evaluate
from adder.runs.run import RunRecord
from adder.runs.service import RunService
from adder.runs.status import Status
from adder.runs.store import Store, StoredRun
from adder.ui import run_service
from tests.runs.fake_engine import FakeCluster, FakeEngine, checkpoint_after
from tests.runs.support import SIX, eventually
from tests.runs.test_store import CREATED

DRAW_SECONDS = 1.0
CALLS = ("open", "save", "touch", "runs", "load", "solver", "checkpoint", "recover", "total_bytes", "prune")

# A page, its address, and a button on it.
VISITS: tuple[tuple[str, dict[str, str], str], ...] = (
    ("playground", {}, "Train"),
    ("playground", {"run": "stored"}, "Settings"),
    ("playground", {"panel": "board"}, "Train"),
    ("playground", {"panel": "runs", "runs": "stored,other"}, "Train"),
    ("lesson", {"step": "5", "run": "stored"}, "Train"),
    ("quiz", {}, "Start"),
    ("quiz", {"opponent": "run stored"}, ""),
    ("status", {}, ""),
    ("about", {}, ""),
)


class SlowStore(Store):
    """A store on a disk that answers nothing from `slow` on, until `closing`."""

    slow = threading.Event()
    closing = threading.Event()


def _slowly(name: str) -> Callable[..., Any]:
    def call(self: SlowStore, *arguments: Any) -> Any:
        if self.slow.is_set():
            self.closing.wait()
        return getattr(Store, name)(self, *arguments)

    return call


for _name in CALLS:
    setattr(SlowStore, _name, _slowly(_name))


def stored(run_id: str) -> StoredRun:
    checkpoint = checkpoint_after(SIX, 6)
    report = evaluate(checkpoint.solver(), 50)
    record = RunRecord.of(run_id, SIX, Status.DONE, CREATED, checkpoint.history, report)
    return StoredRun(record, "", report, (), checkpoint.solver(), checkpoint)


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], RunService]]:
    """Starts a server on a store with two runs, whose engine does not answer; pages use the latest."""
    monkeypatch.setattr("adder.runs.saver.REFRESH_SECONDS", 0.05)
    monkeypatch.setattr("adder.runs.dispatcher.SUSPEND_SECONDS", 0.1)
    fast = Store(tmp_path)
    fast.open()
    for run_id in ("stored", "other"):
        fast.save(stored(run_id))
    fast.close()
    SlowStore.slow.clear()
    SlowStore.closing.clear()
    engine = FakeEngine(FakeCluster())
    engine.answers.clear()
    made: list[RunService] = []

    def start() -> RunService:
        made.append(RunService(store=SlowStore(tmp_path), make_engine=lambda: engine))
        monkeypatch.setattr(run_service, "get", lambda: made[-1])
        return made[-1]

    yield start
    engine.answers.set()
    SlowStore.closing.set()
    for service in made:
        service.close()


def waited_for_a_core() -> float:
    """How long this thread was ready to run while other programs had the cores, in seconds."""
    return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each draw took, callbacks of buttons included and what other programs took left out, in seconds."""
    found: list[float] = []
    run = ScriptRunner._run_script_thread

    def measured(self: ScriptRunner) -> None:
        started, waited = time.perf_counter(), waited_for_a_core()
        run(self)
        found.append(time.perf_counter() - started - (waited_for_a_core() - waited))

    monkeypatch.setattr(ScriptRunner, "_run_script_thread", measured)
    return found


def visit(page: str, address: dict[str, str], button: str) -> None:
    """Open a page and press a button on it."""
    app = AppTest.from_string(f"from adder.ui.pages import {page}\n\n{page}.show()", default_timeout=60)
    for name, value in address.items():
        app.query_params[name] = value
    app.session_state["lesson guess train"] = 0  # The lesson asks for a guess before it trains.
    app.run()
    assert not app.exception
    if button:
        next(each for each in app.button if each.label == button).click().run()
        assert not app.exception


def test_every_page_draws_and_reacts_at_once(serve: Callable[[], RunService], draws: list[float]) -> None:
    def visit_all() -> None:
        draws.clear()
        for each in VISITS:
            visit(*each)

    def known() -> RunService:
        service = serve()
        eventually(lambda: not service.unknown("stored"))
        return service

    known()
    visit_all()  # This imports everything, and reads the networks that ship.
    service = known()
    SlowStore.slow.set()
    visit_all()
    assert max(draws) < DRAW_SECONDS, ("while runs are read", draws)
    assert not service.unknown("stored")
    service = serve()
    visit_all()
    assert max(draws) < DRAW_SECONDS, ("while the store opens", draws)
    assert service.unknown("stored")


MOST_LOOK_SECONDS = 0.1


def test_curves_move_on_while_others_press_more_epochs_and_the_disk_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adder.runs.dispatcher.TICK_SECONDS", 0.005)
    monkeypatch.setattr("adder.runs.dispatcher.SUSPEND_SECONDS", 0.02)
    monkeypatch.setattr("adder.runs.saver.CHECKPOINT_SECONDS", 0.02)
    SlowStore.slow.clear()
    SlowStore.closing.clear()
    fast = Store(tmp_path)
    fast.open()
    fast.save(stored("stored"))
    fast.close()
    engine = FakeEngine(FakeCluster(workers=2))
    service = RunService(store=SlowStore(tmp_path), make_engine=lambda: engine)
    try:
        eventually(lambda: not service.unknown("stored"))
        watched, finished = (service.submit(SIX.replaced({"seed": seed})) for seed in (2, 3))
        eventually(lambda: len(engine.attempts) == 2)
        engine.cluster.step(finished, 6)
        eventually(lambda: not service.view(finished).active)
        SlowStore.slow.set()
        gaps: list[float] = []
        presses: list[Callable[[], object]] = [
            lambda: service.resume("stored", epochs=12),
            lambda: service.resume(finished, epochs=12),
            lambda: service.solver("stored"),
            lambda: service.view("nowhere"),
            lambda: service.stop(watched),
        ]
        for press in presses:
            thread = threading.Thread(target=_pressed, args=(press,))
            thread.start()
            engine.cluster.step(watched)
            started, waited = time.perf_counter(), waited_for_a_core()
            view = service.view(watched)
            service.runs()
            service.load()
            gaps.append(time.perf_counter() - started - (waited_for_a_core() - waited))
            assert view.events
            thread.join(20)
            assert not thread.is_alive(), "whoever presses waits for no disk"
        assert max(gaps) < MOST_LOOK_SECONDS, gaps
    finally:
        SlowStore.closing.set()
        service.close()


def _pressed(press: Callable[[], object]) -> None:
    with contextlib.suppress(RunError):  # What is on disk alone is still being read.
        press()
