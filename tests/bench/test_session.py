from __future__ import annotations

import pytest

from tests.bench.session import Session, completed, opened

TITLE = "Watch a neural network learn to add"


@pytest.mark.slow
def test_a_session_shows_pages_and_chooses_in_menus(address: str) -> None:
    async def visit() -> tuple[Session, str]:
        async with opened(address, "preset=two-digits") as session:
            session.press("New seed")
            await session.until(lambda page: "seed=2" in page.query)
            before = session.text
            session.visit("quiz")
            await session.until(lambda page: TITLE not in page.text)
            return session, before

    session, text = completed(visit())
    assert session.troubles == []
    assert TITLE in text


@pytest.mark.slow
def test_a_keras_model_comes_to_a_page_that_nothing_else_redraws(address: str) -> None:
    async def prepare() -> Session:
        async with opened(address, "preset=binary&panel=files") as session:
            session.press("Prepare the Keras model (.keras)")
            await session.until(lambda page: "Preparing the Keras model …" in page.text)
            await session.until(lambda page: "\nKeras model (.keras)" in page.text, seconds=120)
            await session.until(lambda page: not page.intervals)
            return session

    assert completed(prepare()).troubles == []
