"""What installing adder takes, and whether it works there: in a fresh environment for each Python that is found.

`answer` installs the wheel alone and asks; it is to take less than 150 MB. `train` adds the extra, trains, and asks the
page of `adder app` in a browser. `memory` tells what app, engine and one worker take at rest, while they train some
presets, and after; it is to stay below 1,500 MB. Sizes are those of what was installed, on disk. Memory that processes
share counts once.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from adder.base import validation
from tests.bench.visitors import DONE, come, memory_of, settle, train_and_watch
from tests.serving import ROOT, Server, served

PARTS = ("answer", "train", "memory")
PYTHONS = ("python3.11", "python3.12", "python3.13")
_PRESETS = ("two-digits", "seq2seq-100", "mapping-lstm", "binary", "three-digits", "nine-digits", "calculator")
_EPOCHS = 5  # A network takes most memory while it is compiled; its epochs add some 20 MB.


def run(*, as_json: bool, parts: Sequence[str] = PARTS, size: int = len(_PRESETS)) -> None:
    """Measure and print; `size` is how many presets are trained one after another for the memory."""
    for part in parts:
        validation.choice("--part", part, PARTS)
    with tempfile.TemporaryDirectory(prefix="adder-installed-") as folder:
        if {"answer", "train"} & set(parts):
            wheel = _wheel(Path(folder))
            for python in filter(_works, PYTHONS):
                found = _installed(python, wheel, Path(folder) / python, train="train" in parts)
                _tell({"bench": "installed", "python": python, **found}, as_json)
        if "memory" in parts:
            found = asyncio.run(_memory(Path(folder) / "memory", _PRESETS[:size]))
            _tell({"bench": "installed", "part": "memory", **found}, as_json)


def _tell(found: dict[str, Any], as_json: bool) -> None:
    print(json.dumps(found) if as_json else "  ".join(f"{name} {value}" for name, value in found.items()), flush=True)


def _works(python: str) -> bool:
    return bool(shutil.which(python)) and not subprocess.run([python, "--version"], capture_output=True).returncode


def _wheel(folder: Path) -> Path:
    builder = folder / "builder"
    subprocess.run([sys.executable, "-m", "venv", builder], check=True)
    subprocess.run([builder / "bin" / "pip", "install", "--quiet", "build"], check=True)
    command = [builder / "bin" / "python", "-m", "build", "--outdir", folder / "dist", ROOT]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return next((folder / "dist").glob("*.whl"))


def _installed(python: str, wheel: Path, folder: Path, *, train: bool) -> dict[str, Any]:
    subprocess.run([python, "-m", "venv", folder], check=True)
    environment = os.environ | {"ADDER_HOME": str(folder / "home")}
    found: dict[str, Any] = {}

    def call(name: str, *arguments: str | Path) -> str:
        """Run a command of the environment, note its seconds under a name, and return what it prints."""
        began = time.perf_counter()
        command = [folder / "bin" / arguments[0], *arguments[1:]]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        found[f"{name}_seconds"] = round(time.perf_counter() - began, 1)
        if done.returncode:
            raise RuntimeError(f"{' '.join(map(str, arguments))} failed: {done.stderr}")
        return done.stdout

    first, *others = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    empty = _megabytes(folder)
    call("install", "pip", "install", "--quiet", wheel)
    found["answer_megabytes"] = round(_megabytes(folder) - empty, 1)
    assert call("ask", "adder", "ask", "two-digits", "12+50").startswith("12+50 = 62 (right")
    call("page", "adder", "page", "two-digits", "--out", "p.html")
    call("snippet", "python", "-c", first)
    if train:
        call("install_train", "pip", "install", "--quiet", f"{wheel}[train]")
        found["train_megabytes"] = round(_megabytes(folder) - empty, 1)
        assert "exact match" in call("train", "adder", "train", "seq2seq")
        for code in others:
            call("training_snippet", "python", "-c", code)
        found |= _app(folder)
    shutil.rmtree(folder)
    return found


def _megabytes(folder: Path) -> float:
    packages = next(folder.glob("lib/*/site-packages"))
    files = (file for file in packages.rglob("*") if file.is_file())
    return round(sum(file.stat().st_size for file in files) / 1e6, 1)


def _app(folder: Path) -> dict[str, Any]:
    """The seconds until the installed page has answered."""
    from playwright.sync_api import expect

    from tests.browser.chromium import chromium

    command, settings = (
        [str(folder / "bin" / "adder"), "app"],
        {"ADDER_HOME": str(folder / "home"), "ADDER_WORKERS": "1"},
    )
    began = time.perf_counter()
    with served(command, **settings) as server, chromium() as browser:
        page = browser.new_page()
        page.goto(f"{server.address}/?preset=two-digits")
        box = page.get_by_role("textbox", name="Ask it a question")
        box.wait_for(timeout=120_000)
        box.fill("12+50")
        page.keyboard.press("Enter")
        expect(page.locator(".stage p.answer")).to_contain_text("12 + 50 =", timeout=60_000)
    return {"app_seconds": round(time.perf_counter() - began, 1)}


async def _memory(home: Path, presets: Sequence[str]) -> dict[str, float]:
    """The memory of app, engine and one worker together, in MB: at rest, the most while each preset trains, after."""
    found: dict[str, float] = {}
    async with AsyncExitStack() as stack:
        server = stack.enter_context(served(ROOT / "app.py", ADDER_HOME=str(home), ADDER_WORKERS="1"))
        (session,) = await come(stack, server, [f"preset={presets[0]}"])
        await settle(server)
        found["idle"] = _total(server)
        for preset in presets:
            (session,) = await come(stack, server, [f"preset={preset}&training.epochs={_EPOCHS}&seed=77"])
            training = asyncio.create_task(train_and_watch(session, 0))
            most = 0.0
            while not training.done():
                most = max(most, await asyncio.to_thread(_total, server))
                await asyncio.sleep(0.2)
            assert training.result().end.startswith(DONE)
            found[preset] = most
        found["after"] = _total(server)
    return found


def _total(server: Server) -> float:
    return round(sum(memory_of(server).values()), 1)
