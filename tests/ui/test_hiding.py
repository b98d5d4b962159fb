from __future__ import annotations

import ast
from pathlib import Path

from adder.ui import hiding
from adder.ui.panels import PANELS

UI = Path(hiding.__file__).parent


def test_a_link_can_hide_exactly_what_the_pages_ask_for() -> None:
    asked = {
        node.args[0].value
        for path in UI.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "shows" and isinstance(node.args[0], ast.Constant)
    }
    assert asked | PANELS.keys() == hiding.HIDEABLE.keys()
