"""The page of each network that ships, opened from disk: its size, and its answers beside NumPy's.

Chromium reaches no network. Every page is asked 200 questions. A second is what the page itself takes from a typed
question to its answer and the data of its picture.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page

from adder import PRESETS, shipped_solver, web_page
from tests.browser.chromium import chromium

_QUESTIONS = 200
_ASK = """texts => texts.map((text) => {
  const began = performance.now(), answer = adder.solver.answer(adder.solver.read(text));
  const took = performance.now() - began;
  return [answer.text, took, answer.number ?? answer.chances.map((each) => Array.from(each))];
})"""


def run(*, as_json: bool) -> None:
    """Print what each page takes, and how far its answers are from NumPy's."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        page = browser.new_context(offline=True).new_page()
        for name in PRESETS:
            row = {"preset": name, **_measured(page, name, Path(folder) / "page.html")}
            print(json.dumps(row) if as_json else "  ".join(f"{key} {value}" for key, value in row.items()), flush=True)


def _measured(page: Page, name: str, file: Path) -> dict[str, Any]:
    solver = shipped_solver(name)
    file.write_text(web_page(solver), "utf-8")
    page.goto(file.as_uri())
    page.locator("main").wait_for()
    task, encoding = solver.experiment.task, solver.experiment.encoding
    asked = task.sample(_QUESTIONS, np.random.default_rng(9), split="any")
    ours = solver.predict(asked)
    texts, took, found = zip(*page.evaluate(_ASK, task.texts(asked)), strict=True)
    wanted = ours.outputs if encoding.writes_characters else ours.outputs.astype(float) * encoding.scale(task)
    row = {
        "bytes": file.stat().st_size,
        "other_answers": sum(one != another for one, another in zip(texts, ours.texts, strict=True)),
        "furthest": float(f"{np.abs(np.array(found) - wanted).max():.1e}"),
        "median_ms": round(float(np.median(took)), 1),
        "longest_ms": round(max(took), 1),
    }
    if solver.experiment.any_length and task.base == 10:
        [[text, milliseconds, _]] = page.evaluate(_ASK, ["9" * 500 + "+" + "1" * 500])
        row["500_digits_ms"] = round(milliseconds) if int(text) == int("9" * 500) + int("1" * 500) else None
    return row
