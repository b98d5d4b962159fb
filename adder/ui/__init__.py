"""Everything that imports Streamlit: one file a page, and this list of them in the order of the menu."""

from __future__ import annotations

from adder.ui import about, lesson, playground, quiz

PAGES = (playground, lesson, quiz, about)
