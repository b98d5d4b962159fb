from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adder.runs.store import Store
from tests.runs.fake_engine import FakeCluster
from tests.runs.support import Served

Serve = Callable[..., Served]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Serve]:
    """Makes services on fake engines, which have their ticks within milliseconds."""
    monkeypatch.setattr("adder.runs.dispatcher.TICK_SECONDS", 0.005)
    monkeypatch.setattr("adder.runs.dispatcher.SUSPEND_SECONDS", 0.02)
    monkeypatch.setattr("adder.runs.saver.REFRESH_SECONDS", 0.02)
    monkeypatch.setattr("adder.runs.saver.CHECKPOINT_SECONDS", 0.02)
    made: list[Served] = []

    def make(cluster: FakeCluster | None = None, *, stored: bool = False, **engine: bool) -> Served:
        made.append(Served(cluster, Store(tmp_path) if stored else None, **engine))
        return made[-1]

    yield make
    for each in made:
        each.engine.answers.set()
        each.service.close()


@pytest.fixture
def served(serve: Serve) -> Served:
    """One service on a fake engine with one worker."""
    return serve()
