from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from adder.base.language import LANGUAGES, Language
from adder.base.messages import Sentence
from adder.plots.runs_per_hour import traffic_chart, traffic_frame
from adder.runs.run import RunRecord
from adder.runs.server_load import ServerLoad, WorkerLoad
from adder.ui import run_service
from adder.ui.drawing import specification
from adder.ui.menu import PAGES, UNLISTED
from adder.ui.pages import status
from tests.experiments import TINY_TEXT

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
QUIET = ServerLoad(started=datetime.now(UTC) - timedelta(hours=50), most_disk_bytes=2_000_000_000)
BUSY = dataclasses.replace(
    QUIET,
    workers=(WorkerLoad(1_500_000_000, 4_000_000_000, busy=True), WorkerLoad(250_000_000, None, busy=False)),
    waiting=3,
    training=1,
    longest_wait=75.0,
    disk_bytes=1_200_000,
    most_disk_bytes=5_000_000,
)


class LoadedRuns:
    """A run service whose load is given."""

    store_trouble = ""

    def __init__(self) -> None:
        self.now = QUIET
        self.kept: tuple[RunRecord, ...] = ()

    def load(self) -> ServerLoad:
        return self.now

    def runs(self) -> tuple[RunRecord, ...]:
        return self.kept


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> LoadedRuns:
    loaded = LoadedRuns()
    monkeypatch.setattr(run_service, "get", lambda: loaded)
    return loaded


def shown(language: str = "en") -> AppTest:
    page = AppTest.from_string("from adder.ui.pages import status\n\nstatus.show()", default_timeout=30)
    page.session_state["lang"] = language
    page.run()
    assert not page.exception
    return page


def figures(page: AppTest) -> dict[str, str]:
    return {metric.label: str(metric.value) for metric in page.metric}


def test_a_quiet_server_says_so(service: LoadedRuns) -> None:
    page = shown()
    found = figures(page)
    assert [found[name] for name in ("Runs in training", "Runs waiting", "Longest wait")] == ["0", "0", "–"]
    assert found["Up for"] == "2 d 2 h"
    assert found["Memory of the app"].endswith("B")
    assert found["Disk used by runs"] == "0.0 MB of 2.0 GB"
    assert not page.table
    assert [info.value for info in page.info] == ["The training engine has no worker, or has not told of any yet."]
    assert page.caption[-1].value == "Nobody has asked for a run in the last 24 hours."
    assert not page.warning


def test_a_busy_server_counts_workers_and_never_names_them(service: LoadedRuns) -> None:
    service.now = BUSY
    service.kept = (RunRecord.of("secret", TINY_TEXT, "running", datetime.now(UTC), (), None),)
    page = shown()
    found = figures(page)
    assert [found[name] for name in ("Runs in training", "Runs waiting", "Longest wait")] == ["1", "3", "1 min 15 s"]
    assert found["Disk used by runs"] == "1.2 MB of 5.0 MB"
    assert page.table[0].value.to_dict("list") == {
        "Worker": ["1", "2"],
        "Busy": ["in training", "idle"],
        "Memory": ["1.5 GB of 4.0 GB", "250.0 MB"],
    }
    (chart,) = page.get("vega_lite_chart")
    assert chart.proto.alt == "Runs in the last 24 hours: 1"
    assert "secret" not in str(page.main)


def test_what_is_the_matter_is_said(service: LoadedRuns) -> None:
    service.now = dataclasses.replace(
        QUIET,
        trouble=Sentence("The training engine is starting"),
        store_trouble=Sentence("the store of runs is closed"),
    )
    assert [warning.value for warning in shown().warning] == [
        "The training engine is starting.",
        "The store of runs is closed.",
    ]
    assert "训练" in shown("zh").warning[0].value


def test_only_its_address_leads_to_the_page() -> None:
    assert status not in PAGES
    assert status in UNLISTED


def test_runs_are_counted_by_the_hour_they_began_in() -> None:
    begun = [NOW, NOW - timedelta(minutes=3), NOW - timedelta(minutes=5), NOW - timedelta(hours=23, minutes=4)]
    frame = traffic_frame([*begun, NOW - timedelta(hours=24)], NOW)
    assert len(frame) == 24
    assert frame["runs"].sum() == 4
    assert frame["runs"].tolist()[-2:] == [1, 2]
    assert frame["hour"].iloc[-1].to_pydatetime() == NOW.replace(minute=0, second=0)
    assert frame["runs"].iloc[0] == 1


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_the_chart_carries_no_data_of_its_own(language: Language) -> None:
    assert not {"data", "datasets"} & set(specification(traffic_chart, language))
