"""What a server may be told by its environment, and how it refuses the rest."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from adder import ExperimentError
from adder.base.server_settings import server_settings, variable, variables_table, warn_of_misspelt
from adder.base.settings import settings_of

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("ADDER_")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("workers", " 2 ", 2),
        ("workers", "", None),
        ("worker_bytes", "4GB", 4 * 10**9),
        ("worker_bytes", "4 GiB", 2**32),
        ("worker_bytes", "500m", 5 * 10**8),
        ("store_bytes", "1.5 TB", 15 * 10**11),
        ("store_bytes", "12345", 12_345),
        ("scheduler", "tls://host:8786", "tls://host:8786"),
        ("scheduler", "tcp://[::1]:8786", "tcp://[::1]:8786"),
        ("database", "postgresql+psycopg://adder:p#w:d@host/adder", "postgresql+psycopg://adder:p#w:d@host/adder"),
        ("database", "postgresql:///adder?host=/run", "postgresql:///adder?host=/run"),
        ("database", "sqlite:////srv/a b/runs.sqlite", "sqlite:////srv/a b/runs.sqlite"),
        ("warm_up", "OFF", False),
        ("xla_cache", "on", True),
        ("run_seconds", "600", 600),
        ("home", "~/adder", str(Path.home() / "adder")),
        ("embedded_in", "https://a.example https://*.b:8443", ("https://a.example", "https://*.b:8443")),
        ("url", "https://school.example/adder", "https://school.example/adder"),
    ],
)
def test_what_a_setting_takes(monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: Any) -> None:
    monkeypatch.setenv(variable(name), text)
    assert getattr(server_settings(), name) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("workers", text) for text in ("0", "65", "two", "2.5", "9" * 5_000)),
        *(("worker_bytes", text) for text in ("99MB", "1e9", "4 apples", "GB", "-4GB", "4PB", "9" * 5_000)),
        *(("scheduler", text) for text in ("foo", "http://host:8786", "host:8786", "tls://", "tls://host", "tls://:1")),
        *(("scheduler", text) for text in ("tls://host:0", "tls://host:65536", "tls://host:port", "tls:// host:1")),
        *(("database", text) for text in ("foo", "mysql://host/adder", "postgresql://", "postgresql://host:x/adder")),
        *(("database", text) for text in ("sqlite://", "postgres://host/adder")),
        *(("warm_up", text) for text in ("of", "1", "false")),
        ("store_bytes", "0"),
        ("xla_cache", "no"),
        *(("run_seconds", text) for text in ("59", "1h", "1e3")),
        ("home", __file__),
        *(("embedded_in", text) for text in ("*", "school.example", "https://a.example; script-src *")),
        *(("url", text) for text in ("school.example", "ftp://school.example", "https://", "https://host:0")),
    ],
)
def test_what_a_setting_refuses(monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    monkeypatch.setenv(variable(name), text)
    with pytest.raises(ExperimentError, match=f"{variable(name)} must be .*; received: ") as refused:
        server_settings()
    assert len(str(refused.value)) < 300


def test_every_setting_is_tried_here() -> None:
    marks = [mark for test in (test_what_a_setting_takes, test_what_a_setting_refuses) for mark in test.pytestmark]
    for mark in marks:
        assert {case[0] for case in mark.args[1]} == set(settings_of(type(server_settings())))


@pytest.mark.parametrize(
    "text",
    [
        "mysql://adder:hush@host/adder",
        "postgresql://adder:hush@host:x/adder?sslmode=require",
        "postgres://adder:hu?hush@host/adder",
        "mysql://host/adder?password=some@hush",
        "adder:hush@host",
    ],
)
def test_a_refusal_tells_no_secrets(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("ADDER_DATABASE", text)
    with pytest.raises(ExperimentError) as refused:
        server_settings()
    assert "hush" not in str(refused.value)
    assert refused.value.__suppress_context__, "a log shows no error before it"


def test_a_misspelt_setting_is_told(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("ADDER_WORKER", "2")
    monkeypatch.setenv("ADDER_CHROMIUM", "/usr/bin/chromium")
    warn_of_misspelt()
    assert caplog.messages == ["ADDER_WORKER is no setting of adder; ADDER_WORKERS is"]


def test_the_hosting_guide_lists_the_settings() -> None:
    """Put the lines of `variables_table` there where this fails."""
    guide = (ROOT / "assets" / "guides" / "hosting.md").read_text("utf-8")
    assert "\n".join(variables_table()) in guide
