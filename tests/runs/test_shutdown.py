"""The real app, told to end in the middle of a run."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from adder.query import to_query
from adder.runs.store import Store
from tests.bench.session import completed, opened
from tests.runs.support import LONG, with_seed
from tests.serving import ROOT, served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # a server and its workers start


def test_a_server_that_ends_keeps_what_its_runs_have_learned(tmp_path: Path) -> None:
    experiment = with_seed(LONG, 71)
    (tmp_path / "xla").symlink_to(Path(os.environ["ADDER_HOME"]) / "xla")
    log = tmp_path / "log"

    async def train(address: str) -> int:
        async with opened(address, to_query(experiment)) as session:
            session.press("Train")
            return await session.until(lambda page: len(page.values("Loss by epoch", "x")), 120)

    with served(ROOT / "app.py", log=log, ADDER_HOME=str(tmp_path), ADDER_WORKERS="1") as server:
        epochs = completed(train(server.address))
        app = psutil.Process(server.process_id)
        family = [app, *app.children(recursive=True)]
        assert len(family) > 3, "the engine, its worker and the nanny"
        began = time.monotonic()
        app.send_signal(signal.SIGTERM)
        _, alive = psutil.wait_procs(family, timeout=30)
        assert alive == [], "nothing stays behind"
        assert time.monotonic() - began < 20
    assert "Traceback" not in log.read_text()
    store = Store(tmp_path)
    store.open()
    (run,) = store.runs()
    store.close()
    assert run.record.status == "paused"
    assert run.record.epochs >= epochs
    assert run.message == f"The server was restarted; Continue goes on from epoch {run.record.epochs}"
