from __future__ import annotations

import pytest

from adder.ui import run_service
from tests.ui.fake_runs import FakeRuns


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> FakeRuns:
    """The run service of the pages in a test."""
    fake = FakeRuns()
    monkeypatch.setattr(run_service, "get", lambda: fake)
    return fake
