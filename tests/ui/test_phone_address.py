from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

import pytest

from adder.ui.phone_address import found_out

LAN = ("192.168.1.20", "10.0.0.5")
HERE = "http://localhost:8501/class"


@pytest.mark.parametrize(
    ("configured", "seen", "local", "bound", "container", "base", "note"),
    [
        ("https://adder.school.example/", HERE, LAN, "", True, "https://adder.school.example", ""),
        ("", "https://adder.example/class", LAN, "", True, "https://adder.example", ""),
        ("", "http://192.168.7.7:8501/class", LAN, "", False, "http://192.168.7.7:8501", "network of this server"),
        ("", HERE, LAN, "", False, "http://192.168.1.20:8501", "it is 192.168.1.20. .* try 10.0.0.5"),
        ("", "http://[::1]:8501", LAN[:1], "0.0.0.0", False, "http://192.168.1.20:8501", "same network"),
        ("", "https://127.0.0.1", LAN[:1], "", False, "https://192.168.1.20", "same network"),
        ("", HERE, LAN, "127.0.0.1", False, "", "only this computer.*127.0.0.1"),
        ("", HERE, (), "", False, "", "in no network"),
        ("", HERE, LAN, "", True, "", "ADDER_URL"),
    ],
)
def test_phones_are_never_sent_to_localhost(
    configured: str, seen: str, local: Sequence[str], bound: str, container: bool, base: str, note: str
) -> None:
    found = found_out(configured, urlsplit(seen), local, bound, "", container=container)
    assert found.base == base
    assert re.search(note, found.note) if note else not found.note


def test_the_path_of_the_server_is_part_of_its_address() -> None:
    assert found_out("", urlsplit(HERE), LAN, "", "adder", container=False).base == "http://192.168.1.20:8501/adder"
    assert found_out("https://a.example/b", urlsplit(HERE), LAN, "", "adder", container=False).base.endswith("e/b")
