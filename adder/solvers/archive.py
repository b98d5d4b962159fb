"""The zip files of solvers and checkpoints: equal files for equal content, read within bounds.

Their members are JSON, CSV and arrays in the safetensors format. A file may come from anybody: reading one executes
nothing, and takes no more memory than an honest file does.

    >>> file = io.BytesIO()
    >>> write_zip(file, [("weights.safetensors", arrays_to_bytes({"bias": np.zeros(2, np.float32)}))])
    >>> with opened_zip(file) as archive:
    ...     arrays_in(archive, "weights", {"bias": (2,)})
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
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, ClassVar, Self

import msgspec
import numpy as np
import safetensors.numpy
from numpy.lib import format as npy
from safetensors import SafetensorError

from adder.base.errors import ExperimentError, SolverFileError, shorten, shown
from adder.base.messages import Sentence, either
from adder.networks.arrays import Array

MOST_TEXT_BYTES = 10_000_000  # The longest list of pairs takes 8 MB.
PART = ".part"  # A file that is still being written has this at its end.
_MOST_READ_BYTES = 100_000  # The directory of an honest file takes 1 kB.
_MOST_HEADER_BYTES = 1_000  # An array's name, type and shape take less.
_MAX_COMPRESSION_RATIO = 20  # Honest text compresses up to ten times, and weights hardly at all.
_SMALL_BYTES = 1_000_000  # Members this small may compress as well as they like.
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # It makes equal content equal files.
Shapes = Mapping[str, tuple[int, ...]]
_MALFORMED = (ArithmeticError, AttributeError, LookupError, RecursionError, SafetensorError, TypeError, ValueError)
_TORN = (EOFError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error)


def write_zip(file: IO[bytes], members: Iterable[tuple[str, bytes]]) -> None:
    """Write members, each with its name, as a zip, none of them compressed; only one is in memory at a time."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name, _FIXED_TIME), content)
            del content  # Else it would be there while the next one is made.


class Zipped(ABC):
    """Something that is kept as one zip: written whole or not at all, and checked when it is read.

    Attributes:
        kind: What its file is called in errors, such as "a solver".
    """

    __slots__ = ()

    kind: ClassVar[Sentence]

    @abstractmethod
    def _members(self) -> Iterator[tuple[str, bytes]]:
        """The members of its file, each with its name, made one after another: they may be large."""

    @classmethod
    @abstractmethod
    def _read(cls, archive: zipfile.ZipFile) -> Self:
        """What `write` wrote into a zip."""

    def write(self, file: IO[bytes]) -> None:
        """Write the bytes of its file."""
        write_zip(file, self._members())

    def to_bytes(self) -> bytes:
        """The bytes of its file."""
        file = io.BytesIO()
        self.write(file)
        return file.getvalue()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write one file. A file of that name is replaced as a whole or not at all.

        Raises:
            SolverFileError: The file cannot be written.
        """
        try:
            replace_file(Path(path), self.write)
        except OSError as error:
            raise SolverFileError("cannot write {path}: {why}", path=str(path), why=error.strerror) from error

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read the file that `save` wrote.

        Raises:
            SolverFileError: It cannot be read, or is not whole and well-formed; the text names it and says why.
        """
        try:
            with open(path, "rb") as file, opened_zip(file) as archive:
                return cls._read(archive)
        except OSError as error:
            raise SolverFileError("cannot read {path}: {why}", path=str(path), why=error.strerror) from error
        except SolverFileError as error:
            raise SolverFileError(
                "{path} is not {kind}: {why}", path=str(path), kind=cls.kind, why=error.sentence
            ) from error

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Read the bytes that `to_bytes` made.

        Raises:
            SolverFileError: They are not whole and well-formed.
        """
        with opened_zip(io.BytesIO(content)) as archive:
            return cls._read(archive)


@contextmanager
def opened_zip(file: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """A zip to read from. Whatever is wrong with it or its members becomes a `SolverFileError` that says so."""
    try:
        with _BoundedReads.zip(file) as archive:
            yield archive
    except (ExperimentError, SolverFileError) as error:
        raise SolverFileError(error.sentence) from error
    except _MALFORMED as error:
        _, named, field = str(error).rpartition(" - at `$.")  # Here msgspec names the field that it could not read.
        if isinstance(error, msgspec.ValidationError) and named:
            field = shorten(field.rstrip("`"), 80)
            raise SolverFileError("a part of it is malformed: {field}", field=field) from error
        raise SolverFileError("a part of it is malformed") from error
    except _TORN as error:
        raise SolverFileError("it is not a whole zip file") from error


class _BoundedReads:
    """A file that hands out at most 100 kB at a time until the directory of a zip has been read from it.

    `zipfile` reads a whole directory at once and makes an object of each entry, so a file that is nothing but
    directory would take many times its size in memory. Members are read whole: of one that comes in pieces, `zipfile`
    copies all that it has so far with every piece.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._most: int | None = _MOST_READ_BYTES
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    @classmethod
    def zip(cls, file: IO[bytes]) -> zipfile.ZipFile:
        """A zip to read from, whose directory was read within bounds."""
        bounded = cls(file)
        archive = zipfile.ZipFile(bounded)
        bounded._most = None
        return archive

    def read(self, size: int = -1, /) -> bytes:
        return self._file.read(size if self._most is None or 0 <= size <= self._most else self._most)


def described_in(archive: zipfile.ZipFile, name: str, *versions: int) -> dict[str, Any]:
    """The JSON object in one member, which must be of one of these versions of the format, the newest first."""
    described = json.loads(member_of(archive, name, MOST_TEXT_BYTES))
    found = described.get("format_version") if isinstance(described, dict) else None
    if not isinstance(described, dict) or found not in versions:
        known = either([str(version) for version in versions])
        raise SolverFileError(
            "it has format version {version}; this adder reads {known}", version=shown(found), known=known
        )
    return described


def member_of(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """The content of one member.

    Raises:
        SolverFileError: It is missing, longer than `limit` bytes, or so well compressed that it must be a zip bomb.
    """
    if name not in archive.NameToInfo:
        raise SolverFileError("{name} is missing", name=name)
    if archive.getinfo(name).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise SolverFileError("{name} must be stored or deflated; it is compressed in another way", name=name)
    limit = min(limit, max(_SMALL_BYTES, _MAX_COMPRESSION_RATIO * archive.start_dir))  # The members end at `start_dir`.
    with archive.open(name) as member:
        content = member.read(limit + 1)
    if len(content) > limit:
        raise SolverFileError("{name} is larger than the {limit:,} bytes it may have", name=name, limit=limit)
    return content


def arrays_to_bytes(arrays: Mapping[str, Array]) -> bytes:
    """Named arrays as the bytes of a `.safetensors` file."""
    return safetensors.numpy.save({name: np.asarray(array, order="C") for name, array in arrays.items()})


def arrays_in(archive: zipfile.ZipFile, name: str, shapes: Shapes, kind: str = "float32") -> dict[str, Array]:
    """The arrays in `NAME.safetensors`, or in `NAME.npz` as adder wrote it before.

    Raises:
        SolverFileError: They are not arrays of this kind and of exactly these names and shapes, all finite.
    """
    limit = sum(np.dtype(kind).itemsize * math.prod(shape) + _MOST_HEADER_BYTES for shape in shapes.values())
    if f"{name}.npz" in archive.NameToInfo:
        return checked_arrays(_npz_arrays(member_of(archive, f"{name}.npz", limit), shapes), shapes, kind)
    return checked_arrays(safetensors.numpy.load(member_of(archive, f"{name}.safetensors", limit)), shapes, kind)


def checked_arrays(arrays: Mapping[str, Array], shapes: Shapes, kind: str = "float32") -> dict[str, Array]:
    """The arrays in the order of `shapes`.

    Raises:
        SolverFileError: They are not arrays of this kind and of exactly these names and shapes, all finite.
    """
    if unknown := arrays.keys() - shapes.keys():
        raise SolverFileError("this network has no weight {name}", name=shorten(min(unknown), 80))
    for name, shape in shapes.items():
        if name not in arrays:
            raise SolverFileError("weight {name} is missing", name=name)
        array = arrays[name]
        if array.shape != shape or array.dtype != kind:
            raise SolverFileError(
                "weight {name} must be {wanted} of shape {shape}; received: {kind} of {received}",
                name=name,
                wanted=kind,
                shape=shape,
                kind=str(array.dtype),
                received=shown(array.shape),
            )
        if not np.isfinite(array).all():
            raise SolverFileError("weight {name} must be finite; it holds nan or infinity", name=name)
    return {name: arrays[name] for name in shapes}


def without_denormals(array: Array) -> Array:
    """The same numbers, with 0 in place of those too small for a normal float: they would slow down every product."""
    small = np.abs(array) < np.finfo(np.float32).tiny
    return np.where(small, np.float32(0), array) if array[small].any() else array


def _npz_arrays(content: bytes, shapes: Shapes) -> dict[str, Array]:
    """The arrays of an `.npz` of float32 arrays; others in it are ignored, and no header decides what is allocated."""
    arrays: dict[str, Array] = {}
    with _BoundedReads.zip(io.BytesIO(content)) as archive:
        for name, shape in shapes.items():
            header = io.BytesIO()
            npy.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": shape})
            start = header.getvalue()
            member = member_of(archive, f"{name}.npy", len(start) + 4 * math.prod(shape))
            if not member.startswith(start):
                raise SolverFileError("weight {name} must be float32 of shape {shape}", name=name, shape=shape)
            arrays[name] = np.frombuffer(member, np.float32, offset=len(start)).reshape(shape)
    return arrays


def replace_file(path: Path, write: Callable[[IO[bytes]], object], *, private: bool = False) -> None:
    """Write a file as a whole: if that fails or is interrupted, the file stays as it was.

    Args:
        path: The file.
        write: Writes what it holds from then on.
        private: Whether nobody but its owner may read it.

    Raises:
        OSError: It cannot be written.
    """
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name[:50], suffix=PART, delete=False) as file:
        try:
            write(file)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(file.name, 0o600 if private else 0o644)
            os.replace(file.name, path)
        except OSError:
            os.unlink(file.name)
            raise
