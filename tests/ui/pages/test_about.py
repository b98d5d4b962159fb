from __future__ import annotations

import re

from streamlit.testing.v1 import AppTest

import adder
from adder.ui.guides import FOLDER, guide_headings

ABOUT = "from adder.ui.pages import about\n\nabout.show()"


def opened(guide: str = "") -> AppTest:
    page = AppTest.from_string(ABOUT, default_timeout=30)
    page.query_params["guide"] = guide
    page.run()
    assert not page.exception
    return page


def test_the_about_page_lists_every_preset_with_its_score_and_leads_to_the_guides() -> None:
    page = opened("no-such-guide")
    listed = page.table[0].value
    assert listed["Experiment"].tolist() == [preset.label for preset in adder.PRESETS.values()]
    assert listed["Whole answers right"].str.endswith("%").all()
    assert page.query_params == {}
    page = page.button_group(key="guide").set_value("hosting").run()
    assert page.query_params["guide"] == "hosting"
    assert [title.value for title in page.title] == ["Hosting"]


def test_every_guide_is_shown_with_links_and_pictures_that_work() -> None:
    assert guide_headings().keys() == {path.stem for path in FOLDER.glob("*.md")} != set()
    for name, heading in guide_headings().items():
        page = opened(name)
        assert [title.value for title in page.title] == [heading]
        (text,) = (each.value for each in page.markdown)
        targets = re.findall(r"\]\(([^)]+)\)", text)
        assert all(re.match(r"https://|\?guide=|data:image/svg\+xml;base64,", target) for target in targets)
        assert {target.removeprefix("?guide=") for target in targets if "guide=" in target} <= guide_headings().keys()
