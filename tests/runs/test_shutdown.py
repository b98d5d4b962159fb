"""The real app, told to end in the middle of a run."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import psutil
import pytest

from adder.query import to_query
from adder.runs.store import Store
from tests.bench.session import Session, completed, opened
from tests.runs.slow_epochs import ENDLESS_EPOCHS
from tests.runs.support import LONG, PATIENCE, eventually, with_seed
from tests.serving import ROOT, served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # A server and its workers start.

ENDLESS = with_seed(LONG, 71).replaced({"training.epochs": ENDLESS_EPOCHS})
END_SECONDS = 5.0
BUSY = """

def work(number: int) -> None:
    \"\"\"Stands for an evaluation that people ask for, once they do.\"\"\"
    home = Path(os.environ["ADDER_HOME"])
    while not (home / "asked").exists():
        time.sleep(0.1)
    (home / f"busy {number}").touch()
    while True:
        sum(range(10_000))


if __name__ != "__main__":
    import os
    import threading
    import time
    from pathlib import Path

    for number in range(4):
        threading.Thread(target=work, args=(number,)).start()
"""


def epoch(page: Session) -> int:
    found = re.search(r"Epoch (\d+) of", page.text)
    return int(found[1]) if found else 0


def test_a_server_that_ends_keeps_what_its_runs_have_learned_whatever_else_it_does(tmp_path: Path) -> None:
    (tmp_path / "xla").symlink_to(Path(os.environ["ADDER_HOME"]) / "xla")
    (tmp_path / "app.py").write_text((ROOT / "app.py").read_text("utf-8") + BUSY, "utf-8")
    log = tmp_path / "log"

    async def train(address: str) -> int:
        async with opened(address, to_query(ENDLESS)) as session:
            session.press("Train")
            return await session.until(epoch, PATIENCE)

    with served(tmp_path / "app.py", log=log, ADDER_HOME=str(tmp_path), ADDER_WORKERS="1") as server:
        epochs = completed(train(server.address))
        app = psutil.Process(server.process_id)
        family = [app, *app.children(recursive=True)]
        assert len(family) > 3, "the engine, its worker and the nanny"
        (tmp_path / "asked").touch()
        eventually(lambda: len(list(tmp_path.glob("busy *"))) == 4)
        began = time.monotonic()
        app.send_signal(signal.SIGTERM)
        psutil.wait_procs([app], timeout=30)
        assert time.monotonic() - began < END_SECONDS + 2, "and no more than a slow machine needs"
        _, alive = psutil.wait_procs(family, timeout=30)
        assert alive == [], "nothing stays behind"
    assert "Traceback" not in log.read_text()
    store = Store(tmp_path)
    store.open()
    (run,) = store.runs()
    store.close()
    assert run.record.status == "paused"
    assert run.record.epochs >= epochs
    assert run.message == f"The server was restarted; Continue goes on from epoch {run.record.epochs}"
