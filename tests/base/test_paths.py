"""What adder keeps is its owner's alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from adder.base.paths import close_home, private_folder
from adder.runs.store import Store


def mode(path: Path) -> str:
    return oct(path.stat().st_mode & 0o777)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ADDER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_new_home_is_its_owners_alone(home: Path) -> None:
    assert private_folder("xla") == home / "xla"
    store = Store()
    store.open()
    store.close()
    assert {mode(each) for each in (home, home / "xla", home / "runs")} == {"0o700"}


def test_a_home_that_was_open_is_closed_at_the_start(home: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    for folder in (home / "runs", home / "xla" / "programs", elsewhere):
        folder.mkdir(parents=True)
    kept = [home / "runs.sqlite", home / "runs.sqlite-wal", home / "runs" / "x.adder", home / "xla" / "programs" / "p"]
    for file in (*kept, elsewhere / "other"):
        file.write_text("")
        file.chmod(0o666)
    (home / "xla" / "linked").symlink_to(elsewhere)
    for folder in (home, *(each for each in home.rglob("*") if each.is_dir()), elsewhere):
        folder.chmod(0o777)
    close_home()
    assert {mode(file) for file in kept} == {"0o600"}
    assert {mode(each) for each in (home, home / "runs", home / "xla", home / "xla" / "programs")} == {"0o700"}
    assert (mode(elsewhere), mode(elsewhere / "other")) == ("0o777", "0o666"), "what is linked belongs to others"


def test_a_folder_that_holds_other_things_too_stays_open(home: Path) -> None:
    (home / "runs").mkdir(parents=True)
    (home / "thesis").mkdir()
    for each in (home, home / "runs", home / "thesis"):
        each.chmod(0o755)
    close_home()
    assert [mode(each) for each in (home, home / "runs", home / "thesis")] == ["0o755", "0o700", "0o755"]


def test_there_may_be_no_home_yet(home: Path) -> None:
    close_home()
    assert not home.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may change everything")
def test_a_home_that_is_somebody_elses_is_told(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("ADDER_HOME", "/usr/lib")
    monkeypatch.setattr("adder.base.paths._KEPT_PREFIXES", ("",))
    close_home()
    assert "others may read what adder keeps in /usr/lib" in caplog.text
