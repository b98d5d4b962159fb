from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from adder.base.errors import AdderError
from adder.runs.visitors import Visitor
from adder.ui import holdings, uploads
from adder.ui.holdings import MOST_BYTES, MOST_BYTES_EACH, Holdings
from tests.bench.session import completed

ANN, BOB = Visitor("tab of ann", "ann"), Visitor("tab of bob", "bob")
FIFTH = MOST_BYTES_EACH // 5


class Files:
    """What was uploaded, as Streamlit keeps it."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    def add(self, name: str) -> Callable[[], None]:
        self.kept.append(name)
        return lambda: self.kept.remove(name)


def test_older_files_of_one_person_give_way_to_later_ones() -> None:
    files, held = Files(), Holdings(lambda session: True)
    held.hold(BOB, "his", FIFTH, files.add("his"))
    for n in range(60):
        held.hold(Visitor(f"tab {n % 12}", "ann"), f"file {n}", FIFTH, files.add(f"file {n}"))
    assert files.kept == ["his", *(f"file {n}" for n in range(55, 60))]
    held.hold(ANN, "solver", FIFTH)
    assert files.kept == ["his", *(f"file {n}" for n in range(56, 60))]
    assert held.total("ann") == MOST_BYTES_EACH


def test_what_was_read_has_room_or_not() -> None:
    held = Holdings(lambda session: True)
    for n in range(5):
        held.hold(Visitor(f"tab {n}", "ann"), "solver", FIFTH)
    held.hold(Visitor("tab 0", "ann"), "solver", FIFTH)
    with pytest.raises(AdderError, match="your tabs hold as many uploaded files as they may; please close some"):
        held.hold(Visitor("tab 6", "ann"), "solver", 1)
    held.hold(BOB, "solver", MOST_BYTES_EACH)


def test_all_together_hold_no_more_than_the_server_has_room_for() -> None:
    files, held = Files(), Holdings(lambda session: True)
    held.hold(ANN, "hers", FIFTH, files.add("hers"))
    crowd = [Visitor(f"tab {n}", f"browser {n}") for n in range(20)]
    for visitor in crowd:
        held.hold(visitor, "first", 3 * FIFTH, files.add(f"first of {visitor.browser}"))
        held.hold(visitor, "second", FIFTH, files.add(f"second of {visitor.browser}"))
        assert held.total() <= MOST_BYTES
        assert "hers" in files.kept, "who holds most gives way"
    full = Holdings(lambda session: True)
    for n in range(5):
        full.hold(crowd[n], "solver", MOST_BYTES_EACH)
    with pytest.raises(AdderError, match="the server holds as many uploaded files as it can"):
        full.hold(ANN, "solver", 1)


def test_all_goes_a_while_after_its_session(monkeypatch: pytest.MonkeyPatch) -> None:
    connected = {"tab of ann", "tab of bob"}
    held = Holdings(connected.__contains__)
    for visitor in (ANN, BOB):
        held.hold(visitor, "file", FIFTH, lambda: None)
    connected.remove("tab of ann")
    assert held.gone() == [], "she may come back"
    connected.add("tab of ann")
    assert held.gone() == []
    monkeypatch.setattr(holdings, "GONE_SECONDS", 0.0)
    connected.remove("tab of ann")
    assert held.gone() == ["tab of ann"]
    assert held.gone() == []
    assert (held.total("ann"), held.total()) == (0, FIFTH)


def test_uploads_are_noted_as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: dict[tuple[str, str], int] = {}
    monkeypatch.setattr(uploads, "HOLDINGS", Holdings(lambda session: True))
    monkeypatch.setattr(uploads, "upload_bytes", lambda *key: sizes.get(key, 0))
    monkeypatch.setattr(uploads, "forget_upload", lambda *key: sizes.pop(key))

    async def takes(scope: Scope, receive: Receive, send: Send) -> None:
        _, _, session, file = scope["path"].lstrip("/").split("/")
        if scope["method"] == "PUT":
            sizes[session, file] = FIFTH

    def upload(file: str, method: str = "PUT") -> None:
        scope: dict[str, Any] = {
            "type": "http",
            "method": method,
            "path": f"/_stcore/upload_file/a-tab/{file}",
            "headers": [],
        }
        completed(uploads.BoundedUploads(takes)({**scope, "client": ("203.0.113.7", 1)}, None, None))  # type: ignore[arg-type]

    for n in range(60):
        upload(f"file-{n}")
    upload("file-60", "DELETE")
    assert list(sizes) == [("a-tab", f"file-{n}") for n in range(55, 60)]
    assert uploads.HOLDINGS.total("203.0.113.7") == MOST_BYTES_EACH
