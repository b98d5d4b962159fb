"""The zip files that solvers and checkpoints are: equal files for equal content, read within bounds.

What the members mean is for `Solver` and `Checkpoint` to say; here they are text and plain arrays. Whoever reads
such a file may have it from anybody: nothing in it is executed, and it takes no more memory than an honest one.

    >>> content = zipped({"weights.npz": arrays_to_bytes({"bias": np.zeros(2, np.float32)})})
    >>> with opened_zip(io.BytesIO(content)) as archive:
    ...     weights_in(archive, "weights.npz", {"bias": (2,)})
    {'bias': array([0., 0.], dtype=float32)}
"""

from __future__ import annotations

import io
import json
import math
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from adder.base.errors import ExperimentError, SolverFileError, shorten, shown
from adder.base.messages import Sentence
from adder.networks.numpy_layers import Array

MOST_TEXT_BYTES = 10_000_000  # the longest list of one's own takes 8
MOST_DIRECTORY_BYTES = 100_000  # of a zip, in which the largest network's takes a tenth
PART = ".part"  # ends the name of a file that is still being written
_PIECE_BYTES = 65_536
_PACKED = 4  # times smaller than weights are, weights never pack
_UNPACKED_BYTES = 1_000_000  # that are always unpacked, however small they were packed
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # so that equal content makes equal files


def zipped(members: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """Members by name as the bytes of a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _FIXED_TIME), content, compression)
    return buffer.getvalue()


@contextmanager
def opened_zip(file: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """A zip to read from; whatever turns out to be wrong with it is a `SolverFileError` that says so."""
    try:
        with zipfile.ZipFile(_Opening(file)) as archive:
            yield archive
    except (ExperimentError, SolverFileError) as error:
        raise SolverFileError(error.sentence) from error
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise SolverFileError(Sentence("a part of it is malformed")) from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise SolverFileError(Sentence("it is not a whole zip file")) from error


class _Opening:
    """A file that hands over no more at a time than the directory of an honest zip takes.

    `zipfile` reads a directory at once, however long it says that it is, and makes an object of each of its entries.
    Members are read in smaller pieces.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1, /) -> bytes:
        content = self._file.read(size if 0 <= size <= MOST_DIRECTORY_BYTES else MOST_DIRECTORY_BYTES + 1)
        if len(content) > MOST_DIRECTORY_BYTES:
            raise SolverFileError(Sentence("it lists more parts than any such file has"))
        return content


def described_in(archive: zipfile.ZipFile, name: str, version: int) -> dict[str, Any]:
    """The JSON object in one member, which must be of this version of the format."""
    described = json.loads(member_of(archive, name, MOST_TEXT_BYTES))
    found = described.get("format_version") if isinstance(described, dict) else None
    if not isinstance(described, dict) or found != version:
        raise SolverFileError(
            Sentence("it has format version {version}; this adder reads {known}", version=shown(found), known=version)
        )
    return described


def weights_in(archive: zipfile.ZipFile, name: str, shapes: dict[str, tuple[int, ...]]) -> dict[str, Array]:
    """The arrays in one member, which may be no longer than such arrays are."""
    limit = sum(4 * math.prod(shape) + 1_000 for shape in shapes.values())
    _check_member(archive, name)
    packed = min(archive.getinfo(name).compress_size, archive.start_dir)  # which is where what is packed has ended
    unpacked = max(_UNPACKED_BYTES, _PACKED * packed)
    return arrays_from_bytes(member_of(archive, name, min(limit, unpacked)), shapes)


def arrays_to_bytes(arrays: dict[str, Array]) -> bytes:
    """Named arrays as the bytes of an `.npz`."""
    members = {}
    for name, array in arrays.items():
        member = io.BytesIO()
        npy.write_array(member, np.asarray(array, order="C"), allow_pickle=False)
        members[f"{name}.npy"] = member.getvalue()
    return zipped(members)


def arrays_from_bytes(content: bytes, shapes: dict[str, tuple[int, ...]]) -> dict[str, Array]:
    """The float32 arrays of these names and shapes; nothing is allocated before its header has been checked.

    Raises:
        SolverFileError: An array is missing, unknown, or of another shape or type.
    """
    arrays: dict[str, Array] = {}
    with zipfile.ZipFile(_Opening(io.BytesIO(content))) as archive:
        unknown = set(archive.namelist()) - {f"{name}.npy" for name in shapes}
        if unknown:
            raise SolverFileError(Sentence("it holds an unknown weight, {name}", name=shorten(min(unknown), 80)))
        for name, shape in shapes.items():
            if f"{name}.npy" not in archive.namelist():
                raise SolverFileError(Sentence("weight {name} is missing", name=name))
            header = _npy_header(shape)
            length = len(header) + 4 * math.prod(shape)
            member = member_of(archive, f"{name}.npy", length)
            # There is one way to write such an array, so a header need not be understood, only compared.
            if len(member) != length or not member.startswith(header):
                raise SolverFileError(
                    Sentence(
                        "weight {name} must be an npy array of float32 and shape {shape}, which it is not",
                        name=name,
                        shape=shape,
                    )
                )
            arrays[name] = np.frombuffer(member, np.float32, offset=len(header)).reshape(shape)
    return arrays


def _npy_header(shape: tuple[int, ...]) -> bytes:
    header = io.BytesIO()
    npy.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": shape})
    return header.getvalue()


def _check_member(archive: zipfile.ZipFile, name: str) -> None:
    if name not in archive.NameToInfo:
        raise SolverFileError(Sentence("{name} is missing", name=name))


def member_of(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """The content of one member, refused where it would be longer than `limit` bytes."""
    _check_member(archive, name)
    if archive.getinfo(name).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise SolverFileError(Sentence("{name} must be stored or deflated; it is compressed in another way", name=name))
    content = bytearray()
    with archive.open(name) as member:
        while piece := member.read(_PIECE_BYTES):
            content += piece
            if len(content) > limit:
                said = Sentence("{name} is larger than the {limit:,} bytes it may have", name=name, limit=limit)
                raise SolverFileError(said)
    return bytes(content)


def save_file(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file as `replace_file` does, for the person who named it.

    Raises:
        SolverFileError: It cannot be written.
    """
    try:
        replace_file(Path(path), content)
    except OSError as error:
        raise SolverFileError(Sentence("cannot write {path}: {why}", path=str(path), why=error.strerror)) from error


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or as it was before, whatever happens meanwhile.

    Raises:
        OSError: It cannot be written.
    """
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name[:50], suffix=PART, delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(file.name, 0o644)
            os.replace(file.name, path)
        except OSError:
            os.unlink(file.name)
            raise
