"""Sentences that count, in English, in Chinese, and in a language with more forms than one and many."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo

from adder.base import language
from adder.base.language import LANGUAGES, Language
from adder.base.messages import Sentence, counted


def epochs(n: int) -> Sentence:
    return counted("{n:,} epoch", "{n:,} epochs", n=n)


@pytest.mark.parametrize(
    ("n", "english", "chinese"),
    [(0, "0 epochs", "0 轮"), (1, "1 epoch", "1 轮"), (2, "2 epochs", "2 轮"), (1_001, "1,001 epochs", "1,001 轮")],
)
def test_a_count_takes_the_form_of_its_language(n: int, english: str, chinese: str) -> None:
    assert epochs(n) == LANGUAGES["en"].say(epochs(n)) == english
    assert LANGUAGES["zh"].say(epochs(n)) == chinese


def test_a_count_within_a_sentence_and_from_another_process_is_still_one() -> None:
    whole = Sentence("{why}; wait", why=epochs(1))
    for again in (pickle.loads(pickle.dumps(whole)), Sentence.from_dict(whole.to_dict())):
        assert again == "1 epoch; wait"
        assert again.values["why"].forms == ("{n:,} epoch", "{n:,} epochs")
        assert LANGUAGES["zh"].say(again).startswith("1 轮")
    assert "forms" not in Sentence("{n} of them", n=1).to_dict()


def test_a_catalogue_says_by_its_own_rule_which_form_is_for_which_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    polish = Catalog("pl")
    polish.add(("{n:,} epoch", "{n:,} epochs"), ("{n:,} epoka", "{n:,} epoki", "{n:,} epok"))
    file = tmp_path / "pl" / "LC_MESSAGES" / "adder.mo"
    file.parent.mkdir(parents=True)
    with file.open("wb") as content:
        write_mo(content, polish)
    monkeypatch.setattr(language, "LOCALE", tmp_path)
    said = [Language("pl", "Polski").say(epochs(n)) for n in (0, 1, 2, 5, 22)]
    assert said == ["0 epok", "1 epoka", "2 epoki", "5 epok", "22 epoki"]
