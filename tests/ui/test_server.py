"""How the server starts, and what it sends with every answer."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psutil
import pytest

from adder.base.server_settings import ServerSettings
from adder.ui import server
from tests.bench.session import completed, opened
from tests.serving import ROOT, served


@pytest.fixture(autouse=True)
def unused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that has not started yet."""
    monkeypatch.setattr(server, "_settings", ServerSettings())
    monkeypatch.setattr(server, "_refused", [])


def answered(status: int = 200, *given: tuple[bytes, bytes]) -> dict[str, str]:
    """The headers of an answer that has gone through the middleware, with those that it was given before."""
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(
            {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/html"), *given]}
        )
        await send({"type": "http.response.body", "body": b""})

    async def send(message: Any) -> None:
        sent.append(message)

    assert server.MIDDLEWARE[0].cls is server.SafeHeaders, "whoever answers"
    completed(server.SafeHeaders(app)({"type": "http"}, None, send))
    start, body = sent
    assert "headers" not in body
    return {name.decode(): value.decode() for name, value in start["headers"]}


@pytest.mark.parametrize("status", [200, 404])
def test_every_answer_says_what_pages_may_load_and_who_may_show_them(status: int) -> None:
    headers = answered(status)
    policy = {part.split()[0]: part.split()[1:] for part in headers["content-security-policy"].split(";")}
    assert policy["default-src"] == policy["connect-src"] == ["'self'"]
    sources = {source for each in policy.values() for source in each}
    assert not {source for source in sources if source.startswith("http") or "*" in source}, "no other host"
    assert "'unsafe-inline'" not in policy["script-src"]
    assert policy["frame-ancestors"] == ["'self'"]
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_a_page_that_needs_less_keeps_its_own_policy() -> None:
    headers = answered(200, (b"content-security-policy", b"default-src 'none'"))
    assert headers["content-security-policy"] == "default-src 'none'"
    assert headers["x-content-type-options"] == "nosniff"


def test_sites_that_may_embed_it_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_settings", ServerSettings(embedded_in=("https://school.example",)))
    headers = answered()
    assert "frame-ancestors 'self' https://school.example" in headers["content-security-policy"]
    assert "x-frame-options" not in headers, "it cannot name a site"


@pytest.mark.parametrize(
    ("soft", "hard", "raised", "told"),
    [
        (1_024, 1_048_576, (65_536, 1_048_576), ""),
        (1_024, resource.RLIM_INFINITY, (65_536, resource.RLIM_INFINITY), ""),
        (1_024, 4_096, (4_096, 4_096), ""),
        (1_024, 1_024, None, "at most 1,024 files and connections open at once, enough for some 250 sessions"),
        (100_000, 200_000, None, ""),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, None, ""),
    ],
)
def test_the_limit_of_descriptors_is_raised(
    soft: int,
    hard: int,
    raised: tuple[int, int] | None,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    limits: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, given: limits.append(given))
    server.raise_descriptor_limit()
    assert limits == ([raised] if raised else [])
    assert told in caplog.text
    assert bool(told) == bool(caplog.text)


KEEPING = """
import ctypes, sys
import psutil
from adder.ui.server import return_large_blocks

assert hasattr(ctypes.CDLL(None), "mallopt") or sys.exit("no glibc")
if sys.argv[1] == "returned":
    return_large_blocks()
bytes(20_000_000)  # From its end on glibc keeps such blocks.
blocks, small = [], []
for _ in range(4):
    blocks.append(bytearray(20_000_000))
    small.append(bytearray(100_000))  # What lies behind a block keeps it from shrinking.
before = psutil.Process().memory_info().rss
blocks.clear()
print(before - psutil.Process().memory_info().rss)
"""


def test_large_blocks_go_back_to_the_system() -> None:
    freed = {}
    for how in ("kept", "returned"):
        found = subprocess.run([sys.executable, "-c", KEEPING, how], capture_output=True, text=True, check=False)
        if "no glibc" in found.stderr:
            pytest.skip("this machine has another C library")
        freed[how] = int(found.stdout)
    assert freed["returned"] > 79_000_000
    assert freed["kept"] < 1_000_000, "glibc learned to do without"


@pytest.mark.parametrize(
    ("variable", "given", "told"),
    [
        ("ADDER_WORKER_BYTES", "4 apples", "ADDER_WORKER_BYTES must be a whole number from"),
        ("ADDER_SCHEDULER", "tls://127.0.0.1:8786", "ADDER_SCHEDULER must be given with certificates"),
        ("ADDER_HOME", __file__, "ADDER_HOME must be a folder"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_at_the_start(
    variable: str, given: str, told: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for of_every_process in ("os.umask", "logs.begin", "threadpool_limits"):
        monkeypatch.setattr(f"adder.ui.server.{of_every_process}", lambda *_, **__: None)
    monkeypatch.setenv(variable, given)
    server._start()
    assert str(server.refusal()).startswith(told)
    assert "received: " in caplog.text


@pytest.mark.slow
def test_a_server_with_a_setting_that_cannot_work_says_so_and_ends_when_told(tmp_path: Path) -> None:
    given, shown = "http://adder:hush@host:1", "ADDER_SCHEDULER must be an address that begins with tls://"

    async def read(address: str) -> str:
        async with opened(address, page="about") as session:
            return session.text

    log = tmp_path / "log"
    with served(ROOT / "app.py", log=log, ADDER_HOME=str(tmp_path), ADDER_SCHEDULER=given) as running:
        text = completed(read(running.address)).replace("\\", "").replace("\u2060", "")
        assert shown in text
        assert given not in text, "what it was is for the log"
        app = psutil.Process(running.process_id)
        began = time.monotonic()
        app.send_signal(signal.SIGTERM)
        assert psutil.wait_procs([app], timeout=20)[1] == []
        assert time.monotonic() - began < 5
    told = log.read_text("utf-8")
    assert shown in told
    assert "received: " in told
    assert "hush" not in told
    assert "Traceback" not in told


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/", "/quiz", "/_stcore/health", "/favicon.png", "/media/none.png", "/_stcore/none"])
def test_a_real_server_sends_the_headers_with_everything(address: str, path: str) -> None:
    try:
        with urllib.request.urlopen(f"{address}{path}") as answer:
            headers = answer.headers
    except urllib.error.HTTPError as refusal:
        headers = refusal.headers
    for name in server.headers():
        assert headers.get_all(name) == [server.headers()[name]], name


@pytest.mark.slow
def test_a_phone_gets_its_own_stricter_policy_and_no_cookie(address: str) -> None:
    with urllib.request.urlopen(f"{address}/join") as answer:
        (policy,) = answer.headers.get_all("content-security-policy")
        assert answer.headers.get("set-cookie") is None
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in policy
