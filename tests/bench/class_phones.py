"""The parts of the class benchmark that are about phones: a room of the class against the network."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import numpy as np

from adder.rooms.events import Asked, BreakBegan, Ended, Revealed
from adder.rooms.room import Room
from adder.rooms.service import RoomService
from adder.ui.phones.routes import VERSION
from tests.bench.page import PHONE, SLOW, SLOWER_CPU
from tests.bench.phones import Board, Phone, all_answer, all_in
from tests.bench.session import opened
from tests.bench.visitors import PATIENCE_SECONDS, TRAIN, Row, loaded, spending, troubles
from tests.postgresql import PostgreSQL
from tests.serving import Server, free_port, served

BOARD = Path(__file__).parent / "board.py"
SIZES = (30, 200, 1_000)
ROUNDS = 5
ANSWER_SECONDS = 2.0
ASLEEP_SECONDS = 600.0
ASLEEP_ROUNDS = 6
ASLEEP_PAGES = 3
SHARE_LOST = 0.2
SHARE_OF_PLAYERS = 0.5
POSTED = ("/j/{code}/join", "/j/{code}/answer")
HOSTILE = 100_000
LONGEST_HOSTILE_BYTES = 20_000
_FROM_A_ROOM = (200, 409, 422)  # What is refused earlier has other statuses.


def _served(home: Path, log: str = "log", *, port: int = 0, **environment: str) -> AbstractContextManager[Server]:
    """An app for phones, whose workers start only if something is trained."""
    return served(BOARD, log=home / log, port=port, ADDER_WARM_UP="off", **environment)


def _sum(number: int) -> Asked:
    return Asked(number, f"{number}+{2 * number}", str(3 * number))


async def _round(board: Board, phones: list[Phone], number: int) -> tuple[float, float, list[float]]:
    """Ask and answer one round: seconds until the question and the truth reached all, and those of each answer."""
    began = await board.tell(_sum(number))
    asked = max(await asyncio.gather(*(phone.until("asked", number) for phone in phones))) - began
    waited = await all_answer(phones, number, [str(3 * number)] * len(phones), ANSWER_SECONDS)
    began = await board.tell(Revealed(number, str(3 * number), True))
    shown = max(await asyncio.gather(*(phone.until("revealed", number) for phone in phones))) - began
    return asked, shown, waited


async def phones(home: Path, size: int | None) -> Row:
    """Phones in one room, all answering within two seconds while a run trains."""
    figures: dict[str, Any] = {}
    said = []
    for count in (size,) if size else SIZES:
        folder = home / f"{count}"
        folder.mkdir()
        (folder / "xla").symlink_to((home / "xla").resolve())
        async with AsyncExitStack() as stack:
            server = stack.enter_context(_served(folder, ADDER_HOME=str(folder)))
            board = await Board.opened(server.address)
            there = [Phone(server.address, board.code, seed=seed) for seed in range(count)]
            gc.freeze()  # This process is not to pause for its own garbage.
            began = time.perf_counter()
            await all_in(there)
            joined = time.perf_counter() - began
            session = await stack.enter_async_context(
                opened(server.address, "preset=seq2seq&training.epochs=400&seed=5")
            )
            session.press(TRAIN)  # It trains beyond the last round.
            await session.until(lambda page: "run=" in page.query, PATIENCE_SECONDS)
            run = dict(parse_qsl(session.query))["run"]
            with spending(server) as spent:
                rounds = [await _round(board, there, number) for number in range(1, ROUNDS + 1)]
            assert (await loaded(session, f"run/{run}", question="3+10"))["active"], "the run was over too early"
            for phone in there:
                await phone.sleep()
            waited = np.array([each for *_, several in rounds for each in several])
            reached = max(max(asked, shown) for asked, shown, _ in rounds)
            p95 = float(np.percentile(waited, 95))
            figures[f"{count}"] = {
                "joined_seconds": round(joined, 2),
                "round_reaches_all_seconds": round(reached, 3),
                "answer_p50_seconds": round(float(np.median(waited)), 3),
                "answer_p95_seconds": round(p95, 3),
                **spent,
                **troubles([session], folder),
            }
            said.append(f"{count}: a round reached all within {reached:.2f} s, answers acknowledged p95 {p95:.2f} s")
    wanted = "a round reaches all within 0.3 s; answers p95 0.3 s for 30 and 200 phones, 1 s for 1,000"
    return Row(wanted, "; ".join(said), figures)


async def apps(home: Path, size: int | None) -> Row:
    """Two apps on one PostgreSQL, with phones on both."""
    count = size or 60
    with PostgreSQL() as postgresql:
        database = postgresql.database()
        async with AsyncExitStack() as stack:
            servers = [stack.enter_context(_served(home, f"log{which}", ADDER_DATABASE=database)) for which in "12"]
            board = await Board.opened(servers[0].address)
            there = [Phone(servers[seed % 2].address, board.code, seed=seed) for seed in range(count)]
            await all_in(there)
            rounds = [await _round(board, there, number) for number in range(1, ROUNDS + 1)]
            for phone in there:
                await phone.sleep()
    reached = max(max(asked, shown) for asked, shown, _ in rounds)
    p95 = float(np.percentile([each for *_, waited in rounds for each in waited], 95))
    said = f"{count} phones on two apps: a round reached all within {reached:.2f} s; answers p95 {p95:.2f} s"
    return Row("a round reaches all within 0.6 s", said, {"phones": count, "reached_seconds": round(reached, 3)})


async def restart(home: Path, size: int | None) -> Row:
    """The app is killed in mid-round and started again, while requests are lost and some phones sleep."""
    count, port = size or 30, free_port()
    async with AsyncExitStack() as stack:
        server = stack.enter_context(_served(home, port=port))
        board = await Board.opened(server.address)
        there = [Phone(server.address, board.code, lost=SHARE_LOST, seed=seed) for seed in range(count)]
        await all_in(there)
        await board.tell(_sum(1))
        for phone in there:
            await phone.until("asked", 1)
        asleep, awake = there[: count // 5], there[count // 5 :]
        for phone in asleep:
            await phone.sleep()
        answering = asyncio.create_task(all_answer(awake, 1, ["3"] * len(awake), 2.0))
        await asyncio.sleep(1.0)
        os.kill(server.process_id, signal.SIGKILL)
        began = time.perf_counter()
        await asyncio.to_thread(stack.enter_context, _served(home, port=port))
        away = time.perf_counter() - began
        await answering
        for phone in asleep:
            phone.listen()
        await all_answer(asleep, 1, ["3"] * len(asleep), 1.0)
        await board.tell(Revealed(1, "3", True))
        await asyncio.gather(*(phone.until("revealed", 1) for phone in there))
        for phone in there:
            await phone.sleep()
        room = _recounted(home, board.code)
    counted = room.rounds[0].right
    again = sum(view["phase"] == "outside" for phone in there for _, view in phone.views)
    said = (
        f"{counted} of {count} answers are there after the app was away for {away:.1f} s with {SHARE_LOST:.0%} of "
        f"requests lost; {again} phones were asked to join again"
    )
    figures = {"phones": count, "answers": counted, "asked_again": again, "away_seconds": round(away, 1)}
    return Row("nothing lost, nobody asked to join again", said, figures)


async def asleep(home: Path, size: int | None) -> Row:
    """Phones sleep for ten real minutes while the game goes on.

    A third are cut off. A third keep a connection that they do not read. Pages in Chromium are frozen and offline.
    """
    count = size or 30
    async with AsyncExitStack() as stack:
        server = stack.enter_context(_served(home))
        board = await Board.opened(server.address)
        there = [Phone(server.address, board.code, seed=seed) for seed in range(count)]
        await all_in(there)
        browser, address = await _browser(stack), f"{server.address}/j/{board.code}"
        pages = [await _page(browser, address, f"Page {which}") for which in range(ASLEEP_PAGES)]
        cut, frozen, awake = there[: count // 3], there[count // 3 : 2 * count // 3], there[2 * count // 3 :]
        await board.tell(_sum(1))
        await asyncio.gather(all_answer(there, 1, ["3"] * count, 1.0), *(_type(page, 1, "3") for page in pages))
        for phone in cut:
            await phone.sleep()
        for phone in frozen:
            phone.awake.clear()
        wires = [await page.context.new_cdp_session(page) for page in pages]
        for page, wire in zip(pages, wires, strict=True):
            await page.context.set_offline(True)
            await wire.send("Page.setWebLifecycleState", {"state": "frozen"})
        for number in range(2, ASLEEP_ROUNDS + 1):
            await asyncio.sleep(ASLEEP_SECONDS / (ASLEEP_ROUNDS - 1))
            await board.tell(Revealed(number - 1, str(3 * (number - 1)), True))
            await board.tell(_sum(number))
            await all_answer(awake, number, [str(3 * number)] * len(awake), 1.0)
        began = time.time()
        for phone in cut:
            phone.listen()
        for phone in frozen:
            phone.awake.set()
        for page, wire in zip(pages, wires, strict=True):
            await wire.send("Page.setWebLifecycleState", {"state": "active"})
            await page.context.set_offline(False)
        typed = str(3 * ASLEEP_ROUNDS)
        await asyncio.gather(*(_type(page, ASLEEP_ROUNDS, typed) for page in pages))
        pages_seconds = time.time() - began
        shown = await asyncio.gather(*(phone.until("asked", ASLEEP_ROUNDS) for phone in there))
        await all_answer([*cut, *frozen], ASLEEP_ROUNDS, [typed] * (len(cut) + len(frozen)), 1.0)
        for phone in there:
            await phone.sleep()
        room = _recounted(home, board.code)
    everybody, seconds = count + ASLEEP_PAGES, max(shown) - began
    missing = sum(everybody - room.rounds[number - 1].right for number in (1, ASLEEP_ROUNDS))
    outside = sum(view["phase"] == "outside" for phone in there for _, view in phone.views)
    again = outside + len(room.players) - everybody
    said = (
        f"{len(cut)} phones were cut off, {len(frozen)} read nothing and {ASLEEP_PAGES} pages were frozen for "
        f"{ASLEEP_SECONDS / 60:.0f} minutes: phones showed the open question after {seconds:.1f} s, and pages had "
        f"answered it after {pages_seconds:.1f} s; {missing} answers are missing, {again} had to join again"
    )
    figures = {"phones": everybody, "missing": missing, "asked_again": again, "seconds": round(seconds, 2)}
    return Row("nothing lost, nobody asked to join again", said, figures | {"pages_seconds": round(pages_seconds, 2)})


def _recounted(home: Path, code: str) -> Room:
    """A room made anew of its events in the database."""
    service = RoomService(home / "runs.sqlite")
    try:
        return Room.of(code, service.events(code))
    finally:
        service.close()


async def game(home: Path, size: int | None) -> Row:
    """A whole game of ten rounds, on pages in Chromium and by socket, counted here and recounted from the events."""
    pages, sockets = size or 10, 20
    async with AsyncExitStack() as stack:
        server = stack.enter_context(_served(home))
        board = await Board.opened(server.address)
        there = [Phone(server.address, board.code, seed=seed) for seed in range(sockets)]
        await all_in(there)
        browser = await _browser(stack)
        shown = [await _page(browser, f"{server.address}/j/{board.code}", f"Page {which}") for which in range(pages)]
        rng, right, network = np.random.default_rng(4), np.zeros(pages + sockets, int), 0
        for number in range(1, 11):
            await board.tell(_sum(number))
            known = rng.random(pages + sockets) < 0.7
            typed = [str(3 * number if each else 3 * number + 1) for each in known]
            right += known
            await asyncio.gather(
                all_answer(there, number, typed[pages:], 1.0),
                *(_type(page, number, text) for page, text in zip(shown, typed[:pages], strict=True)),
            )
            network += number > 5
            await board.tell(Revealed(number, str(3 * number), number > 5))
            if number % 3 == 0:
                await board.tell(BreakBegan())
        await board.tell(Ended())
        said = [await page.inner_text("#place") for page in shown if await page.wait_for_selector("#rows")]
        for phone in there:
            await phone.until("over")
            said.append(phone.shown["place"])
            await phone.sleep()
        room = _recounted(home, board.code)
    recounted = {player.name: room.right_of(player.id) for player in room.present}
    names = [*(f"Page {which}" for which in range(pages)), *(f"Phone {which}" for which in range(sockets))]
    wrong = sum(recounted[name] != right[place] for place, name in enumerate(names))
    wrong += sum(not text.startswith(f"{right[place]} of 10 right") for place, text in enumerate(said))
    wrong += sum(each.network_right is True for each in room.counted) != network
    told = f"10 rounds, {pages} pages in Chromium and {sockets} phones by socket: {wrong} counts differ"
    return Row(
        "every count right, recounted from the events", told, {"pages": pages, "sockets": sockets, "wrong": wrong}
    )


async def page(home: Path, size: int | None) -> Row:
    """What the page of a phone takes, and when a slow phone can use it."""
    async with AsyncExitStack() as stack:
        server = stack.enter_context(_served(home))
        board = await Board.opened(server.address)
        browser = await _browser(stack)
        sent: list[float] = []
        seconds = []
        for _ in range(size or 5):
            context = await browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
            one = await context.new_page()
            wire = await context.new_cdp_session(one)
            await wire.send("Network.enable")
            wire.on("Network.loadingFinished", lambda event: sent.append(event["encodedDataLength"]))
            await wire.send("Network.emulateNetworkConditions", SLOW)
            await wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_CPU})
            began = time.perf_counter()
            await one.goto(f"{server.address}/j/{board.code}", wait_until="commit")
            await one.wait_for_selector("#join button:visible")
            seconds.append(time.perf_counter() - began)
            await one.wait_for_timeout(500)
            await context.close()
    size_, usable = sum(sent) / len(seconds), float(np.median(seconds))
    said = f"{size_ / 1_000:.1f} kB over the wire; on a slow phone it can be used after {usable:.2f} s"
    return Row("60 kB; 2 s", said, {"bytes": round(size_), "phone_seconds": round(usable, 2), "loads": len(seconds)})


async def _browser(stack: AsyncExitStack) -> Any:
    from playwright.async_api import async_playwright

    from tests.browser.chromium import FLAGS, chromium_path  # Only some parts need a browser.

    playwright = await stack.enter_async_context(async_playwright())
    browser = await playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
    stack.push_async_callback(browser.close)
    return browser


async def _page(browser: Any, address: str, name: str) -> Any:
    """A phone's page that has joined."""
    context = await browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    page = await context.new_page()
    await page.goto(address)
    await page.fill("#name", name)
    await page.click("#join button")
    await page.wait_for_selector("[data-phase=waiting]")
    return page


async def _type(page: Any, number: int, text: str) -> None:
    """Answer on a page by its pad."""
    await page.wait_for_function(f"document.querySelector('#head').textContent.includes(' {number} ')")
    await page.wait_for_selector("#send:enabled")
    for digit in text:
        await page.click(f"#pad button >> text={digit}")
    await page.click("#send")
    await page.wait_for_selector("[data-phase=in]")


async def hostile(home: Path, size: int | None) -> Row:
    """Hostile requests to each address of the phones, in this process: mutations of those that the tests keep.

    Half of what is posted comes from players in the room, and only their names and answers are hostile.
    """
    return await asyncio.to_thread(_attack, size or HOSTILE)


def _attack(count: int) -> Row:
    from tests.fuzz import phone  # The import opens rooms.

    seeds = [*(make() for make in phone.SEEDS.values()), f"GET /phone/{VERSION}/phone.js".encode()]
    figures: dict[str, Any] = {}
    for route in sorted({phone.routed(seed) for seed in seeds} - {""}):
        own = [seed for seed in seeds if phone.routed(seed) == route]
        rng, statuses = np.random.default_rng(5), Counter[int]()
        troubles, slowest, data = [], 0.0, own[0]
        for number in range(count):
            seed = own[number % len(own)]
            data = seed if rng.random() < 0.8 or len(data) > LONGEST_HOSTILE_BYTES else data
            if route in POSTED and rng.random() < SHARE_OF_PLAYERS:
                data = phone.of_a_player(route, rng)
            else:
                data = phone.sent_to(route, phone.mutated(data, rng), seed)
            began = time.process_time()
            try:
                statuses[phone.feed(data)] += 1
            except Exception:  # noqa: BLE001  any at all is what is looked for
                troubles.append(f"{data[:500]!r}\n{traceback.format_exc(limit=-3)}")
            slowest = max(slowest, time.process_time() - began)
        print(f"{route}: {count:,} requests, {len(troubles)} troubles, {dict(statuses)}", file=sys.stderr)
        print(*troubles[:3], sep="\n", file=sys.stderr)
        figures[route] = {"requests": count, "troubles": len(troubles), "slowest": round(slowest, 3), **statuses}
    troubles_in_all = sum(each["troubles"] for each in figures.values())
    posts = [each for route, each in figures.items() if route in POSTED]
    reached = sum(each.get(status, 0) for each in posts for status in _FROM_A_ROOM)
    said = (
        f"{count:,} to each of {len(figures)} routes: {troubles_in_all} tracebacks or rooms touched; a room itself has "
        f"judged {reached:,} of the {count * len(posts):,} that were posted"
    )
    return Row("100,000 to each route: no traceback, no other room touched", said, figures)


PARTS: tuple[Callable[[Path, int | None], Coroutine[Any, Any, Row]], ...] = (
    phones,
    apps,
    restart,
    game,
    page,
    hostile,
    asleep,
)
