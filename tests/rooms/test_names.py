from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adder.base.errors import RoomError
from adder.rooms.codes import ALPHABET, new_code, read_code, spoken
from adder.rooms.names import ADJECTIVES, ANIMALS, LONGEST_NAME, PAIR, clean_name, distinct, offered_name


def test_codes_can_be_said_and_typed_again() -> None:
    assert not set(ALPHABET) & set("01AEIOULY")
    for _ in range(200):
        code = new_code()
        assert set(code) <= set(ALPHABET)
        assert read_code(spoken(code).lower()) == read_code(f"{code[:2]}-{code[2:]}\n") == code


@pytest.mark.parametrize("typed", ["", "QX7", "QX74KFW", "<b>QX7", "<b>QX74", "\ud800" * 6, "٣٣٣٣٣٣", "-" * 99])
def test_what_is_no_code_is_refused(typed: str) -> None:
    with pytest.raises(RoomError, match="a code is six letters and digits"):
        read_code(typed)
    with pytest.raises(RoomError, match="no code has the character 0"):
        read_code("QX7 40F")


@given(st.text(max_size=200))
@example("e" + "\u0301\u0301\u202e" * 40)
def test_no_name_hides_anything(typed: str) -> None:
    name = clean_name(typed)
    assert len(name) <= LONGEST_NAME
    assert name == name.strip()
    assert not {unicodedata.category(each) for each in name} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert "MMM" not in "".join(unicodedata.category(each)[0] for each in name), "accents would cover other lines"
    assert clean_name(name) == name
    assert len(distinct(name, {name})) <= LONGEST_NAME


def test_offered_names_are_fit_to_be_names_and_not_taken() -> None:
    taken = {offered_name(ADJECTIVES, "Owl", PAIR, ()) for _ in range(300)}
    assert len(taken) == len(ADJECTIVES.split())
    assert all(clean_name(name) == name for name in taken)
    assert offered_name("Wise Kind", "Owl", PAIR, {"Wise Owl"}) == "Kind Owl"
    assert len(ANIMALS.split()) == len(set(ANIMALS.split()))
