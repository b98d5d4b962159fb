"""Attacks on the machine under the server: its file descriptors, its engine, its settings, its end and its pages."""

from __future__ import annotations

import asyncio
import contextlib
import re
import resource
import signal
import socket
import ssl
import time
import urllib.request

import psutil

from adder.query import encoded
from adder.runs.store import Store
from tests.bench.attacks.stage import Attack, Stage
from tests.bench.session import Session, opened
from tests.bench.visitors import APP, TRAIN
from tests.serving import served

DESCRIPTOR_TABS = 300  # Each takes four descriptors, and many machines allow 1,024 at first.
END_SECONDS = 5.0
IMAGE = "![](//127.0.0.1:9/x)"
BAD_SETTINGS = {
    "ADDER_WORKER_BYTES": "4 apples",
    "ADDER_SCHEDULER": "http://127.0.0.1:8786",
    "ADDER_DATABASE": "mysql://adder:hush@127.0.0.1/adder",
    "ADDER_WORKERS": "many",
}


async def descriptors(stage: Stage) -> str:
    """More tabs stay open than file descriptors last for where nobody raises the limit."""
    tabs = stage.size or DESCRIPTOR_TABS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # This process holds the other ends.
    try:
        coming = asyncio.Semaphore(8)

        async def come() -> None:
            async with coming:
                await stage.tab("preset=two-digits")

        await asyncio.gather(*(come() for _ in range(tabs)))
        used = psutil.Process(stage.server.process_id).num_fds()
        await stage.leave()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return f"{tabs} tabs were open at once, and {used} descriptors"


async def stranger(stage: Stage) -> str:
    """Another program on the machine speaks to every port of the engine, as another user could."""
    app = psutil.Process(stage.server.process_id)
    engine = [each for child in app.children() for each in (child, *child.children(recursive=True))]
    ports = sorted(
        {
            each.laddr.port
            for process in engine
            for each in process.net_connections("inet")
            if each.status == psutil.CONN_LISTEN
        }
    )
    assert ports
    spoke = [port for port in ports if await asyncio.to_thread(_speaks, port)]
    assert not spoke, f"ports {spoke} of the engine speak with a stranger"
    return f"none of the engine's {len(ports)} ports spoke with a stranger, encrypted or not"


def _speaks(port: int) -> bool:
    """Whether a port begins a conversation, as Dask does with whoever may run code in it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for encrypted in (False, True):
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), timeout=1) as plain,
            context.wrap_socket(plain) if encrypted else plain as connection,
        ):
            if connection.recv(1):
                return True
    return False


async def settings(stage: Stage) -> str:
    """Servers beside it are started with settings that cannot work, and told to end."""
    longest = 0.0
    for name, given in BAD_SETTINGS.items():
        log = stage.home / f"log of {name}"
        with served(APP, log=log, ADDER_HOME=str(stage.home / name), **{name: given}) as running:
            async with opened(running.address) as page:
                assert f"{name} must be" in page.text.replace("\\", ""), page.text
                assert given not in page.text
            longest = max(longest, await asyncio.to_thread(_ended, running.process_id))
        logged = log.read_text("utf-8")
        assert f"{name} must be" in logged
        assert "hush" not in logged
    return f"{len(BAD_SETTINGS)} settings were refused on the page and in the log; SIGTERM took up to {longest:.1f} s"


async def end(stage: Stage) -> str:
    """A server beside it is told to end while it trains and while people have it evaluate."""
    home, log = stage.home / "end", stage.home / "log of the end"
    with served(APP, log=log, ADDER_HOME=str(home), ADDER_WORKERS="1") as running:
        async with contextlib.AsyncExitStack() as tabs:

            async def tab(query: str) -> Session:
                return await tabs.enter_async_context(opened(running.address, query))

            training = await tab("preset=seq2seq&training.epochs=1000")
            training.press(TRAIN)
            await training.until(lambda page: re.search(r"Epoch [1-9]", page.text), 120)
            for name in ("columns", "calculator", "five-digits"):
                await tab(f"preset={name}&panel=errors")
            seconds = await asyncio.to_thread(_ended, running.process_id)
    store = Store(home)
    store.open()
    (run,) = store.runs()
    store.close()
    assert (str(run.record.status), run.record.epochs > 0) == ("paused", True)
    return f"SIGTERM took {seconds:.1f} s; the run was kept after epoch {run.record.epochs}"


def _ended(process_id: int) -> float:
    """The seconds that a process takes to end."""
    process, began = psutil.Process(process_id), time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, alive = psutil.wait_procs([process], timeout=60)
    seconds = time.monotonic() - began
    assert not alive
    assert seconds < END_SECONDS, f"SIGTERM took {seconds:.1f} s"
    return seconds


async def image(stage: Stage) -> str:
    """A link holds a list whose question is an image of another host."""
    query = encoded({"task.name": "rule", "task.pairs": f"{IMAGE},1\na,2", "panel": "runs"})
    page = await stage.tab(query)
    page.press(TRAIN)
    await page.until(lambda shown: re.search(r"Epoch [1-9]|Done", shown.text), 120)
    for panel in ("runs", "batch", "inside", "compare", "errors", "files", "board"):
        shown = await stage.tab(f"{page.query.replace('panel=runs', f'panel={panel}')}")
        assert "![" not in shown.text.replace("\\[", ""), shown.text
    with urllib.request.urlopen(stage.server.address) as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert "img-src 'self' data: blob:" in policy
    return "the image stayed text in every panel, and the policy lets pages load nothing from other hosts"


ATTACKS: tuple[Attack, ...] = (descriptors, stranger, settings, end, image)
