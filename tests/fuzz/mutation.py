"""Makes hostile inputs out of others, with a sense of what they are made of: text, JSON, or zips of those and arrays.

Every function draws from the generator it is given, so a seed makes the same inputs again.
"""

from __future__ import annotations

import copy
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

MOST_BYTES = 20_000
_MOST_TEXT_BYTES = 400_000

WORDS = (
    "", " ", "0", "-1", "1e999", "nan", "inf", "-0.0", "9" * 30, "9" * 5_000, "1_0", "0x10", "０１２", "١٢٣",
    "²", "true", "null", "None", "\x00", "\n", "\r", "\r\n", "\t", "\x0b", "\x1b[31m", "\u2028", "\u202e",
    "\u200b", "\ufeff", "é", "e\u0301", "ß", "İ", "猫", "😀", "\ud800", "\ufffd", '"', "'", ",", ";", "\\", "{",
    "}", "{0}", "{n.__class__}", "%s", "%00", "%", "&", "=", "=cmd|' /C calc'!A0", "../../etc/passwd",
    "<img src=x onerror=alert(1)>", "![x](http://a.io)", "$x$", ":material/home:", "`", "__import__('os')",
    "'; DROP TABLE runs; --", "(", ")", "+", "-", "*", "^", "^2", "~", "_",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 1.5, -0.0, 10**9, 2**31, 2**63, 10**400, 1e308, float("nan"),
    float("inf"), "", "x", "1",
    "9" * 5_000, "\x00", "\ud800", "{n}", "<b>", [], {}, [[]], [1], [None], ["a", "b"], [["a",
    "b"]], {"name": "x"}, "x" * 3_000,
)  # fmt: skip
_NUMBER = re.compile(rb"\d+")
_TOO_MUCH = (b"0", b"1", b"-1", b"2", b"1000000000", b"9" * 20, b"9" * 400, b"9" * 5_000, b"1e999", b"nan", b"0.5")

Mutate = Callable[[bytes, np.random.Generator], bytes]


def chosen(options: Sequence[Any], rng: np.random.Generator) -> Any:
    """One of them."""
    return options[int(rng.integers(len(options)))]


def encoded(word: str) -> bytes:
    """A word as bytes; half of a pair of surrogates as the bytes that no text in UTF-8 has."""
    return word.encode("utf-8", "surrogatepass")


def text_mutated(words: Sequence[str] = ()) -> Mutate:
    """Mutates text; some of what it puts in are words of the kind."""
    known = [encoded(word) for word in (*WORDS, *words, *words)]

    def mutate(data: bytes, rng: np.random.Generator) -> bytes:
        for _ in range(int(rng.geometric(0.4))):
            data = chosen(_TEXT_CHANGES, rng)(data, known, rng)
        return data[:_MOST_TEXT_BYTES]

    return mutate


def _span(data: bytes, rng: np.random.Generator) -> tuple[int, int]:
    start = int(rng.integers(len(data) + 1))
    return start, min(len(data), start + int(rng.geometric(0.1)))


def _insert(data: bytes, known: Sequence[bytes], rng: np.random.Generator) -> bytes:
    at, _ = _span(data, rng)
    return data[:at] + chosen(known, rng) + data[at:]


def _replace(data: bytes, known: Sequence[bytes], rng: np.random.Generator) -> bytes:
    start, end = _span(data, rng)
    return data[:start] + chosen(known, rng) + data[end:]


def _delete(data: bytes, _: Sequence[bytes], rng: np.random.Generator) -> bytes:
    start, end = _span(data, rng)
    return data[:start] + data[end:]


def _repeat(data: bytes, _: Sequence[bytes], rng: np.random.Generator) -> bytes:
    start, end = _span(data, rng)
    times = int(chosen((2, 2, 3, 10, 100, 1_000), rng))
    return data[:start] + (data[start:end] * times)[:MOST_BYTES] + data[end:]


def _cut(data: bytes, _: Sequence[bytes], rng: np.random.Generator) -> bytes:
    return data[: _span(data, rng)[0]]


def _renumber(data: bytes, _: Sequence[bytes], rng: np.random.Generator) -> bytes:
    found = list(_NUMBER.finditer(data))
    if not found:
        return data
    match = chosen(found, rng)
    return data[: match.start()] + chosen(_TOO_MUCH, rng) + data[match.end() :]


def flipped(data: bytes, rng: np.random.Generator) -> bytes:
    """The same with a few bytes changed."""
    content = bytearray(data)
    for _ in range(min(len(content), int(rng.geometric(0.3)))):
        content[int(rng.integers(len(content)))] = int(rng.integers(256))
    return bytes(content)


_TEXT_CHANGES: tuple[Callable[[bytes, Sequence[bytes], np.random.Generator], bytes], ...] = (
    _insert, _insert, _replace, _replace, _delete, _repeat, _cut, _renumber, lambda data, _, rng: flipped(data, rng),
)  # fmt: skip


def json_mutated(words: Sequence[str] = ()) -> Mutate:
    """Mutates JSON, mostly so that it is JSON still; some of the names it puts in are words of the kind."""
    as_text = text_mutated(words)
    names = ("", "name", "x", *words)

    def mutate(data: bytes, rng: np.random.Generator) -> bytes:
        if rng.random() < 0.25:
            return as_text(data, rng)
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            return as_text(data, rng)
        try:
            for _ in range(int(rng.geometric(0.5))):
                value = _changed(value, names, rng)
            return json.dumps(value).encode()
        except (ValueError, RecursionError):
            return as_text(data, rng)

    return mutate


def _changed(value: Any, names: Sequence[str], rng: np.random.Generator) -> Any:
    if not isinstance(value, list | dict) or not value or rng.random() < 0.1:
        return _nested(rng) if rng.random() < 0.03 else copy.deepcopy(chosen(VALUES, rng))
    keys: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = chosen(keys, rng)
    what = rng.random()
    if what < 0.1:
        del value[key]
    elif what < 0.2:
        if isinstance(value, dict):
            value[chosen(names, rng)] = value.pop(key)
        else:
            value.extend(copy.deepcopy(value[: 1 + int(rng.integers(1_000))]))
    elif what < 0.25 and isinstance(value, dict):
        value[chosen(names, rng)] = copy.deepcopy(chosen(VALUES, rng))
    else:
        value[key] = _changed(value[key], names, rng)
    return value


def _nested(rng: np.random.Generator) -> Any:
    value: Any = []
    for _ in range(int(chosen((50, 300, 900), rng))):
        value = [value]
    return value


Members = list[tuple[str, bytes]]


def members_of(data: bytes) -> Members:
    """The members of a zip, or nothing where it is none that can be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [(each.filename, archive.read(each)) for each in archive.infolist() if each.file_size < 10**6]
    except (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, RuntimeError, EOFError, OSError):
        return []


def zipped(members: Members, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Members as a zip, the same bytes for the same members; two of one name stay two."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members:
            info = zipfile.ZipInfo("", (1980, 1, 1, 0, 0, 0))
            info.filename = name
            # So that a name given twice raises no warning.
            archive._didModify = True  # type: ignore[attr-defined]
            archive.NameToInfo.pop(name, None)
            archive.writestr(info, content, compression)
    return buffer.getvalue()


def zip_mutated(words: Sequence[str] = ()) -> Mutate:
    """Mutates a zip: as bytes, by its members, or within one of them by what that is."""
    as_text, as_json = text_mutated(words), json_mutated(words)

    def mutate(data: bytes, rng: np.random.Generator) -> bytes:
        what = rng.random()
        members = members_of(data)
        if what < 0.15 or not members:
            return flipped(data, rng) if rng.random() < 0.7 else as_text(data, rng)
        for _ in range(int(rng.geometric(0.7))):
            members = _members_changed(members, rng) if rng.random() < 0.15 else _member_changed(members, rng)
        compression = chosen((zipfile.ZIP_STORED, *[zipfile.ZIP_DEFLATED] * 8, zipfile.ZIP_BZIP2), rng)
        return zipped(members, compression)

    def _member_changed(members: Members, rng: np.random.Generator) -> Members:
        if not members:
            return members
        place = int(rng.integers(len(members)))
        name, content = members[place]
        if name.endswith(".json"):
            content = as_json(content, rng)
        elif name.endswith(".csv"):
            content = as_text(content, rng)
        elif name.endswith(".npz"):
            content = mutate(content, rng)
        elif name.endswith(".safetensors"):
            end = 8 + int.from_bytes(content[:8], "little")
            header, data = content[8:end], content[end:]
            if rng.random() < 0.5:
                header = as_json(header, rng)
            else:
                data = _numbers_changed(data, rng)
            content = len(header).to_bytes(8, "little") + header + data
        else:
            content = _array_changed(content, rng)
        return [*members[:place], (name, content), *members[place + 1 :]]

    return mutate


def _members_changed(members: Members, rng: np.random.Generator) -> Members:
    if not members:
        return [(chosen(_NAMES, rng), b"x")]
    members = list(members)
    place = int(rng.integers(len(members)))
    name, content = members[place]
    what = rng.integers(5)
    if what == 0:
        del members[place]
    elif what == 1:
        members.append((name, chosen(members, rng)[1]))
    elif what == 2:
        members[place] = (chosen(_NAMES, rng), content)
    elif what == 3:
        members.append((chosen(_NAMES, rng), content))
    else:
        members[place] = (name, chosen(members, rng)[1])
    return members


_NAMES = ("", "x", "../x", "/etc/passwd", "a\nb", "\x1b[31m", "x" * 60_000, "é", "x.npy", "best.npz", "weights.npz")


def _array_changed(content: bytes, rng: np.random.Generator) -> bytes:
    """An npy array with other numbers, another header, or another length."""
    start = content.find(b"\n") + 1
    what = rng.random()
    if what < 0.6 and start and len(content) - start >= 4:
        return content[:start] + _numbers_changed(content[start:], rng)
    if what < 0.8:
        header = chosen(_HEADERS, rng)
        return content[:start].replace(*header) + content[start:]
    return flipped(content, rng) if what < 0.9 else content[: int(rng.integers(len(content) + 1))]


def _numbers_changed(content: bytes, rng: np.random.Generator) -> bytes:
    """The same float32 numbers with one of them changed, or all."""
    numbers = np.frombuffer(content[: len(content) // 4 * 4], "<f4").copy()
    value = chosen((np.nan, np.inf, -np.inf, 3e38, -3e38, 1e20, 0.0, 1e-40), rng)
    if rng.random() < 0.5 or not len(numbers):
        numbers[:] = value
    else:
        numbers[int(rng.integers(len(numbers)))] = value
    return numbers.tobytes()


_HEADERS = (
    (b"<f4", b"|O "), (b"<f4", b"<f8"), (b"<f4", b">f4"), (b"False", b"True "), (b"shape", b"sh\x00pe"), (b"(", b"(9"),
    (b"(", b"(-"), (b"\x01\x00", b"\x03\x00"), (b"NUMPY", b"numpy"), (b"{", b"["), (b"{", b"{{"),
)  # fmt: skip
