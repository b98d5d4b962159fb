"""Zips that no honest program writes: what the corpora of solvers and checkpoints are made with."""

from __future__ import annotations

import json
import pickle
import re
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save

from tests.fuzz.mutation import members_of, zipped

Recipe = Callable[[], bytes]
Arrays = dict[str, NDArray[Any]]


def with_member(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The same zip with one member changed."""
    return zipped([(each, change(old) if each == name else old) for each, old in members_of(content)])


def with_json(content: bytes, name: str, **values: Any) -> bytes:
    """The same zip with some values of a JSON object in it changed."""
    return with_member(content, name, lambda old: json.dumps(json.loads(old) | values).encode())


def with_arrays(content: bytes, change: Callable[[Arrays], Arrays], name: str = "weights.safetensors") -> bytes:
    """The same zip with the arrays of one member changed."""
    return with_member(content, name, lambda old: save(change(load(old))))


def filled(value: float) -> Callable[[Arrays], Arrays]:
    """Every array full of one value."""
    return lambda arrays: {name: np.full_like(array, value) for name, array in arrays.items()}


def with_header(content: bytes, change: Callable[[str], str]) -> bytes:
    """The same zip with the JSON header of its weights changed."""

    def changed(old: bytes) -> bytes:
        end = 8 + int.from_bytes(old[:8], "little")
        header = change(old[8:end].decode()).encode("utf-8", "surrogatepass")
        return len(header).to_bytes(8, "little") + header + old[end:]

    return with_member(content, "weights.safetensors", changed)


class Payload:
    """What runs code where it is unpickled."""

    def __reduce__(self) -> tuple[Callable[[str], Any], tuple[str]]:
        return eval, ("(_ for _ in ()).throw(SystemExit('unpickled'))",)


def hostile(content: bytes, described: str) -> dict[str, Recipe]:
    """Nasty files made out of a good one, whose experiment stands in the JSON member `described`."""

    def first(change: Callable[[NDArray[Any]], NDArray[Any]]) -> Callable[[Arrays], Arrays]:
        return lambda arrays: {name: array if at else change(array) for at, (name, array) in enumerate(arrays.items())}

    def header(old: str, new: str) -> Recipe:
        return lambda: with_header(content, lambda text: text.replace(old, new, 1))

    def json_text(text: str) -> bytes:
        return with_member(content, described, lambda _: text.encode("utf-8", "surrogatepass"))

    return {
        "empty": lambda: b"",
        "good": lambda: content,
        "cut": lambda: content[: len(content) // 2],
        "no-end": lambda: content[:-30],
        "text": lambda: b"question,answer\n1+1,2\n",
        "trailing": lambda: content + b"\0" * 1_000,
        "pickle": lambda: pickle.dumps(Payload()),
        "pickle-for-arrays": lambda: with_member(content, "weights.safetensors", lambda _: pickle.dumps(Payload())),
        "no-arrays": lambda: with_member(content, "weights.safetensors", lambda _: b""),
        "header-of-all-memory": lambda: with_member(content, "weights.safetensors", lambda old: b"\xff" * 8 + old[8:]),
        "header-nested": lambda: with_header(content, lambda _: '{"x":' + "[" * 5_000),
        "header-list": lambda: with_header(content, lambda _: "[]"),
        "header-surrogate": header('{"', '{"\ud800'),
        "other-shape": lambda: with_arrays(content, first(lambda array: array.reshape(-1, 1))),
        "other-type": lambda: with_arrays(content, first(lambda array: array.astype(np.float64))),
        "whole-numbers": lambda: with_arrays(content, first(lambda array: array.view(np.int32))),
        "type-of-no-array": header('"F32"', '"F8_E4M3"'),
        "huge-shape": header('"shape":[', '"shape":[999999999999,'),
        "overflowing-shape": header('"shape":[', '"shape":[9223372036854775807,9223372036854775807,'),
        "negative-shape": header('"shape":[', '"shape":[-1,'),
        "far-offset": header('"data_offsets":[0,', '"data_offsets":[18446744073709551615,'),
        "same-offsets": lambda: with_header(content, lambda text: re.sub(r"\[\d+,(\d+)\]}", r"[0,\1]}", text)),
        "metadata": header("{", '{"__metadata__":{"x":"' + "<b>" * 300 + '"},'),
        "array-twice": header("{", '{"x":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},' * 2),
        "nan": lambda: with_arrays(content, filled(np.nan)),
        "infinity": lambda: with_arrays(content, filled(-np.inf)),
        "largest": lambda: with_arrays(content, filled(3.4e38)),
        "alternating": lambda: with_arrays(
            content,
            lambda arrays: {
                name: np.full_like(array, (-1) ** at * 3e38) for at, (name, array) in enumerate(arrays.items())
            },
        ),
        "future": lambda: with_json(content, described, format_version=99),
        "version-of-a-kind": lambda: with_json(content, described, format_version=["9" * 100] * 50),
        "version-true": lambda: with_json(content, described, format_version=True),
        "no-version": lambda: json_text("{}"),
        "list": lambda: json_text("[1, 2]"),
        "nested": lambda: json_text("[" * 19_000),
        "nested-object": lambda: json_text('{"a":' * 3_000 + "1" + "}" * 3_000),
        "long-number": lambda: json_text('{"format_version": ' + "9" * 9_000 + "}"),
        "surrogate": lambda: json_text('{"format_version": "\ud800"}'),
        "utf-16": lambda: with_member(content, described, lambda old: old.decode().encode("utf-16")),
        "no-experiment": lambda: with_json(content, described, experiment=None),
        "unknown-setting": lambda: with_json(content, described, experiment={"x" * 5_000: 1}),
        "unknown-part": lambda: with_json(content, described, experiment={"task": {"\n\x1b[31m": 1}}),
        "strange-name": lambda: with_json(content, described, experiment={"network": {"name": ["seq2seq"]}}),
        "duplicated": lambda: zipped([*members_of(content), *members_of(content)]),
        "duplicated-other": lambda: zipped([*members_of(content), (described, b"{}")]),
        "missing": lambda: zipped(members_of(content)[1:]),
        "path": lambda: zipped([*members_of(content), ("../../../tmp/evil", b"x"), ("/etc/passwd", b"x")]),
        "path-in-arrays": lambda: with_arrays(content, lambda arrays: arrays | {"../../evil": np.zeros(1)}),
        "line-in-a-name": lambda: with_arrays(content, lambda arrays: arrays | {"a\n\x1b[31mb" * 100: np.zeros(1)}),
        "bzip2": lambda: zipped(members_of(content), zipfile.ZIP_BZIP2),
        "encrypted": lambda: _flagged(content, 1),
        "patched": lambda: _flagged(content, 0x20),
        "history-empty": lambda: with_member(content, "history.csv", lambda _: b""),
        "history-nul": lambda: with_member(content, "history.csv", lambda old: old + b"\0,\0\n"),
        "history-short": lambda: with_member(content, "history.csv", lambda old: old + b"1,2\n"),
        "history-long": lambda: with_member(content, "history.csv", lambda old: old + b"1" + b"," * 9_000 + b"\n"),
        "history-quote": lambda: with_member(content, "history.csv", lambda old: old + b'"1,2\n'),
        "history-nan": lambda: with_member(content, "history.csv", lambda old: old + b"1" + b",nan" * 8 + b",1\n"),
        "history-infinite": lambda: with_member(content, "history.csv", lambda old: old + b"1" + b",inf" * 8 + b",1\n"),
        "history-number": lambda: with_member(content, "history.csv", lambda old: old + b"9" * 5_000 + b",1" * 9),
        "history-latin": lambda: with_member(content, "history.csv", lambda old: old + "é".encode("latin-1")),
        "far-member": lambda: _far(content),
        "zip64": lambda: _zip64(content),
    }


def _flagged(content: bytes, flag: int) -> bytes:
    """The same zip with a flag set on every member."""
    changed = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            changed[at + offset] |= flag
            at = content.find(signature, at + 1)
    return bytes(changed)


def _far(content: bytes) -> bytes:
    """The same zip whose first member claims to lie 4 GB away and to be 4 GB long."""
    changed = bytearray(content)
    at = content.index(b"PK\x01\x02")
    changed[at + 20 : at + 28] = struct.pack("<II", 2**32 - 2, 2**32 - 2)
    changed[at + 42 : at + 46] = struct.pack("<I", 2**32 - 2)
    return bytes(changed)


def _zip64(content: bytes) -> bytes:
    """The same zip whose directory claims, in the larger format, to be 2**63 bytes long."""
    end = content.rindex(b"PK\x05\x06")
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 4, 4, 2**63 + 5, 2**63 + 5)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    return content[:end] + record + locator + content[end:]


def bombs(content: bytes, described: str) -> dict[str, Recipe]:
    """Small files that unpack to large ones, and large ones that say little."""

    def member(name: str, text: bytes) -> Recipe:
        return lambda: with_member(content, name, lambda _: text)

    return {
        "long-description": member(described, b" " * 100_000_000),
        "many-objects": member(described, b"[" + b"{}," * 2_600_000 + b"{}]"),
        "long-history": member("history.csv", b"1,1,1,1,1,1,1,1,1,1\n" * 1_000_000),
        "long-arrays": member("weights.safetensors", b"\0" * 100_000_000),
        "many-members": lambda: zipped([*members_of(content), *((str(each), b"") for each in range(50_000))]),
        "many-arrays": lambda: with_arrays(
            content, lambda arrays: arrays | {str(each): np.zeros(0, np.float32) for each in range(50_000)}
        ),
        "long-array": lambda: with_arrays(content, lambda arrays: {min(arrays): np.zeros(12_000_000, np.float32)}),
        "long-npz": lambda: zipped([*members_of(content), ("weights.npz", b"\0" * 100_000_000)]),
        "five-megabytes": lambda: np.random.default_rng(1).bytes(5_000_000),
        "long-comment": lambda: content[:-2] + b"\xff\xff" + b"PK\x05\x06" * 16_383 + b"xxx",
    }


def directory(entries: int) -> bytes:
    """A zip that is nothing but its directory, of so many members that are not there."""
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"x"
    size = len(entry) * entries
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, entries % 2**16, entries % 2**16, size, 0, 0)
    return entry * entries + end
