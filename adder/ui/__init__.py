"""Everything that imports Streamlit: one file a page, and the lists of them in the order of the menu."""

from __future__ import annotations

from adder.ui import about, lesson, playground, quiz, status

PAGES = (playground, lesson, quiz, about)
UNLISTED = (status,)  # pages that stand in no menu, and are found by their address alone
