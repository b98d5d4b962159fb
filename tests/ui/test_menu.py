from __future__ import annotations

import ast
from pathlib import Path

from adder.ui.menu import PAGES

APP = Path(__file__).parents[2] / "app.py"


def test_pages_have_distinct_paths_and_titles() -> None:
    assert len({page.PATH for page in PAGES}) == len({page.TITLE for page in PAGES}) == len(PAGES)


def test_the_picture_frame_holds_no_logic() -> None:
    tree = ast.parse(APP.read_text("utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.For | ast.While | ast.Try)]
