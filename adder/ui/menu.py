"""The pages in the order of the menu."""

from __future__ import annotations

from adder.ui.pages import about, lesson, playground, quiz, status

PAGES = (playground, lesson, quiz, about)
UNLISTED = (status,)  # found by their address alone
