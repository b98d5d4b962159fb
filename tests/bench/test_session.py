from __future__ import annotations

import pytest

from tests.bench.session import Session, completed, opened

ASK = "Ask it a question"


@pytest.mark.slow
def test_a_session_asks_and_gets_its_answer(address: str) -> None:
    async def ask() -> tuple[Session, str]:
        async with opened(address, "preset=two-digits") as session:
            session.type(ASK, "12+50")
            await session.until(lambda page: "12 + 50 = 62" in page.text)
            before = session.text
            session.visit("quiz")
            await session.until(lambda page: "Watch a neural network learn to add" not in page.text)
            return session, before

    session, text = completed(ask())
    assert session.troubles == []
    assert "Watch a neural network learn to add" in text
    assert "✓ right" in text
    assert ASK not in session.text


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
