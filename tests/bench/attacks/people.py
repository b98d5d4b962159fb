"""Attacks on the other visitors: the queue, runs that others watch, and what a session holds."""

from __future__ import annotations

import asyncio
import http.client
import re
import time
import urllib.request
from contextlib import closing
from urllib.parse import urlsplit

from tests.bench.attacks.stage import Attack, Stage
from tests.bench.session import Session, opened
from tests.bench.visitors import TRAIN, memory_of

CROWD = 103
FILES = 60
FILE_BYTES = 5_000_000
LONG = "preset=seq2seq&training.epochs=400&seed={seed}"
FORGOTTEN_SECONDS = 45.0  # By then an app has let go of what a closed tab held.


async def crowd(stage: Stage) -> str:
    """One script presses Train in tab after tab, each a browser of its own, and closes them all at once."""
    coming, began = asyncio.Semaphore(4), time.monotonic()

    async def come(number: int) -> bool:
        async with coming:
            tab = await stage.tab(LONG.format(seed=2_000 + number))
            tab.press(TRAIN)
            return await tab.until(lambda page: "Stop" in page.buttons or "please try again" in page.text)

    asked = await asyncio.gather(*(come(number) for number in range(stage.size or CROWD)))
    filled = time.monotonic() - began
    await stage.leave()
    async with opened(stage.server.address, LONG.format(seed=1)) as newcomer:
        pressed = time.monotonic()
        newcomer.press(TRAIN)
        place = await newcomer.until(lambda page: _place(page) or ("please try again" in page.text and CROWD))
        await newcomer.until(lambda page: _epochs(page) > 0, 120)
        waited = time.monotonic() - pressed
        newcomer.press("Stop")
    said = f"{len(asked)} tabs in {filled:.0f} s, closed at once; then the next was number {place}"
    assert place <= 2, said  # An innocent visitor's run may wait before it.
    return f"{said} and had an epoch after {waited:.1f} s"


async def links(stage: Stage) -> str:
    """Who has a link to a run presses Stop, while its owner's tab sleeps; then its owner does, right after F5."""
    async with opened(stage.server.address, LONG.format(seed=3_000)) as owner:
        owner.press(TRAIN)
        await owner.until(lambda page: _epochs(page) > 0, 120)
        owner.stop_polling()  # A tab that sleeps does not poll.
        run, cookie = owner.query, owner.cookie
        holder = await stage.tab(run)
        await asyncio.sleep(11)
        holder.press("Stop")
        await holder.until(lambda page: "This is your own copy" in page.text or "Stopped after" in page.text)
        before = _epochs(owner)
    again = await stage.tab(run, cookie=cookie)
    assert await again.until(_epochs) >= before, "the run of its owner goes on"
    again.press("Stop")
    await again.until(lambda page: "Stopped after" in page.text)
    assert again.query == run, "the owner's Stop ended a copy"
    return "a link's holder got a copy, and the owner's Stop ended the run"


async def uploads(stage: Stage) -> str:
    """One tab uploads file after file, and is closed."""
    files = stage.size or FILES
    before = memory_of(stage.server)["app"]
    async with opened(stage.server.address) as tab:
        statuses = await asyncio.to_thread(_upload, stage.server.address, tab, files)
        held = memory_of(stage.server)["app"] - before
    await asyncio.sleep(FORGOTTEN_SECONDS)
    kept = memory_of(stage.server)["app"] - before
    said = (
        f"{files} files of {FILE_BYTES / 1e6:.0f} MB took {held:.0f} MB, and {kept:.0f} MB after their tab was closed"
    )
    assert statuses == {204}, f"an upload was answered with {statuses}"
    assert held < 100, said
    assert kept < 50, said
    return said


def _place(page: Session) -> int:
    """The place in the queue; 1 as well where there was none."""
    if "Next in the queue" in page.text or _epochs(page) or "Waiting for its worker" in page.text:
        return 1
    found = re.search(r"Number (\d+) in the queue", page.text)
    return int(found[1]) if found else 0


def _epochs(page: Session) -> int:
    found = re.search(r"(?:Epoch|after epoch) (\d+) of", page.text)
    return int(found[1]) if found else 0


def _upload(address: str, tab: Session, files: int) -> set[int]:
    """Upload files as the page does, and return how that was answered."""
    with urllib.request.urlopen(f"{address}/_stcore/health", timeout=60) as health:
        xsrf = health.headers["Set-Cookie"].partition(";")[0]
    boundary = "a-boundary-between-parts"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="x.adder"\r\n\r\n'
    body = head.encode() + bytes(FILE_BYTES) + f"\r\n--{boundary}--\r\n".encode()
    headers = {
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "Cookie": f"{tab.cookie}; {xsrf}",
        "X-Xsrftoken": xsrf.partition("=")[2],
    }
    statuses = set()
    with closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)) as connection:
        for number in range(files):
            connection.request("PUT", f"/_stcore/upload_file/{tab.id}/file-{number}", body, headers)
            with connection.getresponse() as response:
                response.read()
                statuses.add(response.status)
    return statuses


ATTACKS: tuple[Attack, ...] = (crowd, links, uploads)
