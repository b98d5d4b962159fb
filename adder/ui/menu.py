"""The pages in the order of the menu."""

from __future__ import annotations

from adder.ui.pages import about, classroom, lesson, playground, quiz, status

PAGES = (playground, lesson, quiz, classroom, about)
UNLISTED = (status,)  # Only their addresses lead to these.
