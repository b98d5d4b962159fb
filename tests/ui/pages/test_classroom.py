"""A teacher's board; its rooms are real, and its network is a recording of one that ships."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pytest
from streamlit.testing.v1 import AppTest

from adder.base.messages import Sentence
from adder.rooms import codes
from adder.rooms.events import Answered, Joined, Revealed
from adder.rooms.room import Room
from adder.rooms.service import RoomService
from adder.ui import room_service, visitors
from adder.ui.board import screens
from adder.ui.pages import classroom
from adder.ui.phone_address import PhoneAddress
from tests.ui.fake_runs import FakeRuns, click, drawn, texts
from tests.ui.fake_runs import opened as opened_page
from tests.ui.test_hostile import ALL_AT_ONCE, check_shown
from tests.ui.test_language import ENGLISH, english

MIA, TOM = "a" * 32, "b" * 32
BASE = "http://192.168.1.20:8501"


@pytest.fixture
def rooms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runs: FakeRuns) -> Iterator[RoomService]:
    service = RoomService(tmp_path / "rooms.sqlite")
    monkeypatch.setattr(room_service, "get", lambda: service)
    monkeypatch.setattr(classroom, "phone_address", lambda: PhoneAddress(BASE, ""))
    yield service
    service.close()


def opened(**address: str) -> AppTest:
    return opened_page("classroom", **address)


def room_of(page: AppTest, rooms: RoomService) -> Room:
    return rooms.room(page.query_params["room"])


def join(page: AppTest, rooms: RoomService) -> None:
    for player, name in ((MIA, "*Mia*"), (TOM, "Tom")):
        rooms.tell(page.query_params["room"], Joined(player, name))


def answer(page: AppTest, rooms: RoomService, mia: str, tom: str) -> None:
    number = len(room_of(page, rooms).rounds)
    for player, given in ((MIA, mia), (TOM, tom)):
        rooms.tell(page.query_params["room"], Answered(player, number, given))


def charts(page: AppTest) -> list[Any]:
    return [json.loads(each.proto.spec) for each in page.get("vega_lite_chart")]


def press(page: AppTest, label: str) -> AppTest:
    return drawn(click(page, label))


def test_a_whole_game_against_a_network_that_learns(rooms: RoomService, runs: FakeRuns) -> None:
    page = opened()
    page.slider(key="class rounds").set_value(5)
    page = press(page, "Open the room")
    room = room_of(page, rooms)
    assert (room.planned, room.notes["opponent"], runs.calls) == (5, "two-digits", ["submit 1"])
    assert "192.168.1.20:8501/join" in texts(page).replace("\u2060", "")
    assert f"{room.code[:3]} {room.code[3:]}" in texts(page)
    assert page.get("image")[0].proto.imgs[0].alt == f"QR code: opens {BASE}/j/{room.code}"
    join(page, rooms)
    runs.show("paused", 1)
    page = drawn(page.run())
    assert "**2** are in" in texts(page)
    for number in range(1, 6):
        page = press(page, "class next break" if number > 1 else "First sum")
        asked = room_of(page, rooms).rounds[-1]
        assert asked.question.replace("+", " + ") in texts(page)
        assert asked.truth not in page.markdown[-1].value
        answer(page, rooms, asked.truth, str(int(asked.truth) + 1))
        assert "2 of 2 have answered" in texts(drawn(page.run()))
        page = press(page, "Show the answers")
        assert "**1 of 2** right: 50%" in texts(page)
        assert room_of(page, rooms).rounds[-1].network_right is not None
        if number < 5:
            page = press(page, "Let it practise")
            assert runs.calls[-1].startswith("resume None ")
            until = int(room_of(page, rooms).notes["until"])
            runs.show("paused", until)
            page = drawn(page.run())
            while room_of(page, rooms).progress[-1].epoch < until:
                page = drawn(page.run())
            assert charts(page)
    page = press(page, "See the result")
    assert "The class had **50%** of its answers right, the network (Two digits)" in texts(page)
    assert room_of(page, rooms).state == "over"
    assert [button.label for button in page.get("download_button")] == ["Download as CSV", "Take it home"]
    assert len(page.table) == 3


def test_a_teacher_takes_back_skips_locks_removes_and_hides_names(rooms: RoomService) -> None:
    page = press(opened(), "Open the room")
    join(page, rooms)
    page = drawn(page.run())
    assert "Mia" in texts(page)
    page = drawn(page.toggle(key="class names hidden").set_value(True).run())
    assert "Mia" not in "".join(each.value for each in page.markdown)
    page = drawn(page.toggle(key="class locked").set_value(True).run())
    assert room_of(page, rooms).locked
    assert not page.toggle(key="class locked").proto.set_value, "the page would undo a click that comes meanwhile"
    page.selectbox(key="class gone").set_value(TOM)
    page = press(drawn(page.run()), "Take out")
    assert [each.name for each in room_of(page, rooms).present] == ["*Mia*"]
    page = press(page, "First sum")
    page = press(press(page, "Show the answers"), "class back")
    assert room_of(page, rooms).state == "asked"
    page = press(page, "class skip")
    assert room_of(page, rooms).rounds[-1].skipped
    page = press(page, "class end")
    assert "Nobody has answered" in texts(page)
    code = page.query_params["room"]
    page = press(page, "class delete")
    assert room_of(page, rooms).code == code, "it asks first"
    page = press(page, "Yes, delete it")
    assert "room" not in page.query_params
    with pytest.raises(Exception, match="there is no room"):
        rooms.room(code)


def test_the_secret_link_finds_the_room_again_and_nothing_else_does(rooms: RoomService) -> None:
    page = press(opened(), "Open the room")
    code, key = page.query_params["room"], page.query_params["key"]
    join(page, rooms)
    page = press(page, "First sum")
    again = opened(room=code, key=key)
    assert room_of(again, rooms).rounds[-1].question.replace("+", " + ") in texts(again)
    for wrong in (opened(room=code, key="x"), opened(room=code), opened(room="QX74KF", key=key), opened(room="<b>")):
        assert wrong.warning
        assert "key" not in wrong.query_params
        assert [button.label for button in wrong.button if button.label == "Open the room"]


def test_the_address_has_no_secret_where_the_browser_has_a_cookie(
    rooms: RoomService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitors, "proof", lambda: "the cookie of the teacher's browser")
    page = press(opened(), "Open the room")
    code = page.query_params["room"]
    assert "key" not in page.query_params
    assert room_of(press(opened(room=code), "First sum"), rooms).state == "asked", "a reload leads it"
    page = press(page, "class link")
    (link,) = (each.value for each in page.code)
    key = parse_qs(urlsplit(link).query)["key"][0]
    assert not drawn(page.run()).code, "it is shown once"
    monkeypatch.setattr(visitors, "proof", lambda: "of another machine")
    assert opened(room=code).warning
    elsewhere = opened(room=code, key=key)
    assert "key" not in elsewhere.query_params
    press(elsewhere, "Show the answers")
    assert room_of(opened(room=code), rooms).state == "revealed"
    monkeypatch.setattr(visitors, "proof", lambda: "")
    assert opened(room=code, key=key).query_params["key"] == key, "without cookies the address keeps it"


def test_a_list_of_ones_own_against_an_opponent_that_is_done(rooms: RoomService, runs: FakeRuns) -> None:
    page = opened()
    page = drawn(page.button_group(key="class kind").set_value("done").run())
    page = drawn(page.selectbox(key="class level").set_value(-1).run())
    page = press(page, "Open the room")
    assert "room" not in page.query_params, "there is no sum in the list"
    page.text_area(key="class list").set_value("27 + 15\n57+68\n")
    page = press(drawn(page.run()), "Open the room")
    assert room_of(page, rooms).planned == 2
    join(page, rooms)
    page = press(page, "First sum")
    answer(page, rooms, "32", "32")
    page = press(page, "Show the answers")
    assert "27 + 15 = 42" in texts(page)
    frame = page.get("vega_lite_chart")[0]
    assert "32 ✗: 2 forgot the carry" in frame.proto.alt
    page = press(page, "Next sum")
    answer(page, rooms, "125", "25")
    page = press(press(page, "Show the answers"), "See the result")
    assert runs.calls == []
    assert len(room_of(page, rooms).counted) == 2


def test_a_run_that_the_server_lost_is_trained_anew(rooms: RoomService, runs: FakeRuns) -> None:
    page = press(opened(), "Open the room")
    join(page, rooms)
    page = press(page, "First sum")
    answer(page, rooms, "1", "2")
    page = press(page, "Show the answers")
    runs.experiments.clear()
    page = press(page, "Let it practise")
    assert runs.calls[-1].startswith("submit ")
    assert int(runs.calls[-1].removeprefix("submit ")) == int(room_of(page, rooms).notes["until"])


def test_a_server_that_refuses_to_train_says_why_for_as_long_as_it_does(rooms: RoomService, runs: FakeRuns) -> None:
    page = press(opened(), "Open the room")
    page = press(press(page, "First sum"), "Show the answers")
    runs.experiments.clear()
    runs.refused = Sentence("too many runs are waiting")
    page = press(page, "Let it practise")
    page = drawn(page.run())
    assert [each.value for each in page.warning] == ["Too many runs are waiting."]
    assert not page.toast
    runs.refused = None
    page = drawn(page.run())
    assert not page.warning


def test_a_server_that_was_started_again_gets_the_network_back_before_it_answers(
    rooms: RoomService, runs: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened()
    page.selectbox(key="class seconds").set_value(15)
    page = press(page, "Open the room")
    join(page, rooms)
    runs.show("paused", 1)
    while not room_of(page, rooms).progress:
        page = drawn(page.run())
    page = press(page, "First sum")
    led = {each: page.query_params[each] for each in ("room", "key")}
    monkeypatch.setattr(screens, "time", SimpleNamespace(time=lambda: time.time() + 60))  # Its time is up.

    def until_the_network_is_back(page: AppTest, *now: Any) -> AppTest:
        for status in now:
            runs.show(status, 0)
            page = drawn(page.run())
            assert "getting the network back" in texts(page)
            (on,) = (each for each in page.button if (each.key or "").startswith("class next"))
            assert on.disabled
        runs.show("paused", 1)
        return drawn(page.run())

    runs.show("loading", 0)
    page = until_the_network_is_back(opened(**led), "loading")
    asked = room_of(page, rooms).rounds[-1]
    assert asked.revealed
    assert asked.network_right is not None, "it is read from the disk, and answers"
    page = press(page, "class back")
    runs.experiments.clear()
    page = until_the_network_is_back(opened(**led), "queued", "running")
    assert runs.calls[-1] == "submit 1", "nothing was on the disk"
    page = press(page, "Show the answers")
    assert room_of(page, rooms).rounds[-1].network_right is not None
    page = until_the_network_is_back(page, "loading")
    page = press(page, "Let it practise")
    until = int(room_of(page, rooms).notes["until"])
    assert until > 1
    assert runs.calls[-1] == f"resume None {until - 1}", "it goes on from where it was"
    runs.show("paused", until)
    while room_of(page, rooms).progress[-1].epoch < until:
        page = drawn(page.run())
    page = press(page, "Next sum")
    runs.show("running", 1)
    runs.elsewhere = True
    assert "getting the network back" not in texts(opened(**led)), "what was saved answers"
    assert room_of(page, rooms).rounds[-1].network_right is not None


def test_where_no_phone_can_come_the_board_says_so(rooms: RoomService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classroom, "phone_address", lambda: PhoneAddress("", "This computer is in no network."))
    page = press(opened(), "Open the room")
    assert page.warning[0].value == "This computer is in no network."
    assert not page.get("image")


def test_every_screen_speaks_chinese_and_shows_names_as_they_are(rooms: RoomService, runs: FakeRuns) -> None:
    page = opened(lang="zh")
    page = drawn(page.toggle(key="class hold out").set_value(True).run())
    page.slider(key="class rounds").set_value(5)
    page = press(page, "class open")
    code = set(ENGLISH.findall(codes.spoken(page.query_params["room"])))
    for number, name in enumerate(ALL_AT_ONCE):
        rooms.tell(page.query_params["room"], Joined(f"{number:032x}", name))
    page = drawn(page.run())
    for player in room_of(page, rooms).present:
        assert check_shown(page, player.name)
    assert not english(page) - code
    for key, given in (("class next lobby", ""), ("class next asked", "3+4"), ("class next revealed", "")):
        if given:
            rooms.tell(page.query_params["room"], Answered(f"{0:032x}", 1, given))
        page = press(page, key)
        assert not english(page) - code
    asked = room_of(page, rooms).rounds[-1]
    assert (asked.number, asked.kind) == (2, "sum")
    rooms.tell(page.query_params["room"], Answered(f"{0:032x}", 2, "1"))
    for key in ("class next asked", "class next revealed", "class end"):
        page = press(page, key)
        assert not english(page) - code


def test_the_class_keeps_sums_away_and_sees_what_becomes_of_them(rooms: RoomService, runs: FakeRuns) -> None:
    page = opened()
    page = drawn(page.toggle(key="class hold out").set_value(True).run())
    page = press(press(page, "Open the room"), "Hold sums out")
    join(page, rooms)
    page = press(page, "Train on the others")
    assert room_of(page, rooms).state == "asked", "nobody has tapped a sum yet"
    answer(page, rooms, "1+2 3+4", "3+4")
    page = press(page, "Train on the others")
    experiment = list(runs.experiments.values())[-1]
    assert not experiment.task.knows("3+4")
    assert not experiment.task.knows("2+1")
    assert experiment.task.knows("5+6")
    calls = list(runs.calls)
    runs.show("paused", 3)
    drawn(page.run())
    assert runs.calls == [*calls, "resume"], "the server was started again"
    runs.experiments.clear()
    runs.show("running", 0)
    drawn(page.run())
    assert (runs.calls[-1], list(runs.experiments.values())) == ("submit", [experiment]), "its run was lost"
    runs.show("done", 30)
    assert "Held out: **" in texts(drawn(page.run()))
    assert "of 4 right." in texts(page)
    page = press(page, "First sum")
    assert room_of(page, rooms).rounds[-1].kind == "sum"


def test_phones_follow_the_lesson(rooms: RoomService, runs: FakeRuns) -> None:
    page = press(opened(), "Open the room")
    join(page, rooms)
    led = {each: page.query_params[each] for each in ("room", "key")}
    lesson = AppTest.from_string(LESSON, default_timeout=60)
    for key, value in {**led, "step": "5"}.items():
        lesson.query_params[key] = value
    lesson = press(drawn(lesson.run()), "Ask the phones")
    asked = rooms.room(led["room"]).rounds[-1]
    assert (asked.kind, asked.question) == ("guess", "Train it: Which digit of an answer comes right first?")
    assert "=" in asked.described
    for player, given in ((MIA, "0"), (TOM, "1")):
        rooms.tell(led["room"], Answered(player, 1, given))
    assert "The tens **1** · The ones **1** · Both at once **0**" in texts(drawn(lesson.run()))
    assert "The tens **1**" in texts(opened(**led)), "the board shows it too"
    press(lesson, "Close")
    assert rooms.room(led["room"]).state == "revealed"
    for step, shown in SHOWN.items():
        lesson.session_state["step"] = step
        press(drawn(lesson.run()), "Ask the phones")
        asked = rooms.room(led["room"]).rounds[-1]
        texts_of_picture = [each.text for each in ET.fromstring(asked.picture).iter(f"{SVG}text")]
        assert "?:" not in asked.question
        assert (shown in texts_of_picture, bool(asked.described)) == (True, True), step
        rooms.tell(led["room"], Revealed(asked.number), secret=led["key"])


SVG = "{http://www.w3.org/2000/svg}"
SHOWN = {1: "?", 2: "62 ± ?", 3: "+", 4: "2 × 100", 5: "8+10 = ␣␣", 6: "9", 7: "=", 8: "55791289338438346511"}
LESSON = """
from adder.ui.board import led_room
from adder.ui.pages import lesson

led_room.begin()
lesson.show()
"""
