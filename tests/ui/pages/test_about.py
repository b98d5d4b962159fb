from __future__ import annotations

from streamlit.testing.v1 import AppTest

import adder


def test_the_about_page_lists_every_preset_with_its_score() -> None:
    page = AppTest.from_string("from adder.ui.pages import about\n\nabout.show()", default_timeout=30).run()
    assert not page.exception
    listed = page.table[0].value
    assert listed["Experiment"].tolist() == [preset.label for preset in adder.PRESETS.values()]
    assert listed["Exact match"].str.endswith("%").all()
