"""The settings of a server: environment variables, each declared once, and all of them read at its start.

    server_settings().workers       # what ADDER_WORKERS says, or its default

What a variable may be stands in its declaration; the table of the hosting guide is made of the declarations. A value
that cannot work is refused in a sentence that leaves out any user, password or option of an address.
"""

from __future__ import annotations

import dataclasses
import difflib
import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adder.base.errors import ExperimentError
from adder.base.messages import Sentence, either
from adder.base.settings import Setting, Switch, Whole, setting, settings_of

_log = logging.getLogger(__name__)

_PREFIX = "ADDER_"
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_BINARY = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([kmgt]?)(i?)b?", re.IGNORECASE)
_ADDRESS = re.compile(
    r"(?P<scheme>[a-z0-9]+)(?P<driver>\+\w+)?://(?:[^:/@]*(?::[^@]*)?@)?"
    r"(?P<host>\[[0-9a-fA-F:.]+\]|[^:/?@\s\[\]]*)(?::(?P<port>[^/?@\s]*))?(?P<path>/[^?]*)?(?:\?.*)?"
)
_ORIGIN = re.compile(r"https?://(?:\*\.)?[A-Za-z0-9.-]+(?::[0-9]{1,5})?|https?://\[[0-9a-fA-F:.]+\](?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Size(Whole):
    """A number of bytes, written with or without a unit."""

    def limits(self) -> str:
        return Sentence(
            "a whole number from {low:,} to {high:,}, or a size such as 4GB or 500 MB", low=self.low, high=self.high
        )

    def _parse(self, text: str) -> int:
        found = _SIZE.fullmatch(text)
        if found is None or len(text) > 30:
            raise ValueError(text)
        number, unit, binary = found.groups()
        return round(float(number) * (_BINARY if binary else _UNITS)[unit.lower()]) if unit else int(number)


@dataclass(frozen=True, slots=True)
class OnOff(Switch):
    """On or off."""

    type_name = Sentence("on or off")

    def _parse(self, text: str) -> bool:
        return {"on": True, "off": False}[text.lower()]


@dataclass(frozen=True, slots=True)
class Address(Setting):
    """The address of a server, of one of these schemes.

    Attributes:
        schemes: The schemes that it may have.
        example: What one looks like.
        port: Whether it must name host and port; otherwise it names at least a host or what follows it.
    """

    schemes: tuple[str, ...]
    example: str
    port: bool

    def limits(self) -> str:
        return Sentence(
            "an address that begins with {schemes}, such as {example}",
            schemes=either([f"{scheme}://" for scheme in self.schemes]),
            example=self.example,
        )

    def _check_value(self, name: str, value: object) -> str:
        found = _ADDRESS.fullmatch(str(value))
        port = found and found["port"]
        if (
            found is None
            or found["scheme"] not in self.schemes
            or (port and not (re.fullmatch("[0-9]{1,5}", port) and 0 < int(port) < 2**16))
            or not ((found["host"] and port) if self.port else (found["host"] or (found["path"] or "").strip("/")))
        ):
            raise ExperimentError(name, self.limits(), value)
        return str(value)

    def _parse(self, text: str) -> str:
        return text


@dataclass(frozen=True, slots=True)
class Folder(Setting):
    """A folder, which may not exist yet."""

    def limits(self) -> str:
        return Sentence("a folder")

    def _check_value(self, name: str, value: object) -> str:
        folder = Path(str(value)).expanduser()
        if folder.exists() and not folder.is_dir():
            raise ExperimentError(name, self.limits(), value)
        return str(folder)

    def _parse(self, text: str) -> str:
        return text


@dataclass(frozen=True, slots=True)
class Origins(Setting):
    """Addresses of web sites, with blanks between."""

    def limits(self) -> str:
        return Sentence("addresses of sites with blanks between, such as https://school.example")

    def _check_value(self, name: str, value: object) -> tuple[str, ...]:
        sites = tuple(str(value).split())
        if not all(map(_ORIGIN.fullmatch, sites)):
            raise ExperimentError(name, self.limits(), value)
        return sites

    def _parse(self, text: str) -> str:
        return text


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What a server is told by its environment: the variable of a field is `ADDER_` and its name in capitals.

    A field is None where its variable is missing and its help says what holds instead.
    """

    workers: int | None = setting(
        None, Whole("", "how many worker processes train at once; by default one for each core", 1, 64, optional=True)
    )
    worker_bytes: int = setting(
        4 * 10**9,
        Size("", "the memory at which the app ends one of its own workers and starts another", 10**8, 10**13),
    )
    run_seconds: int = setting(
        3_600,
        Whole("", "how long a run may be expected to take; what would take longer is refused", 60, 10**8),
    )
    scheduler: str | None = setting(
        None,
        Address(
            "",
            "the [Dask](https://distributed.dask.org) scheduler whose workers have adder installed; by default the app "
            "starts its own",
            ("tls", "tcp"),
            "tls://host:8786",
            port=True,
            optional=True,
        ),
    )
    home: str | None = setting(
        None, Folder("", "the folder for runs and compiled programs; by default `~/.cache/adder`", optional=True)
    )
    database: str | None = setting(
        None,
        Address(
            "",
            "the database of runs, as SQLAlchemy writes its address: PostgreSQL for several machines; by default "
            "SQLite in `ADDER_HOME`",
            ("postgresql", "sqlite"),
            "postgresql://adder:PASSWORD@host/adder",
            port=False,
            optional=True,
        ),
    )
    store_bytes: int = setting(
        2 * 10**9, Size("", "how much disk the files of all runs may take; the oldest go first", 1, 10**15)
    )
    warm_up: bool = setting(
        True,
        OnOff(
            "", "whether workers start with the server and compile the shorter presets, or start with its first page"
        ),
    )
    xla_cache: bool = setting(True, OnOff("", "whether compiled programs are kept on disk"))
    embedded_in: tuple[str, ...] = setting(
        (), Origins("", "the sites that may show the pages in a frame; by default none but its own")
    )
    url: str | None = setting(
        None,
        Address(
            "",
            "the address at which phones reach the server, for the QR code of a class; by default that of the machine "
            "in its local network",
            ("https", "http"),
            "https://adder.school.example",
            port=False,
            optional=True,
        ),
    )


def server_settings() -> ServerSettings:
    """The settings as the environment has them now.

    Raises:
        ExperimentError: A variable has a value that cannot work.

    >>> server_settings().store_bytes > 0
    True
    """
    given = {}
    for name, declared in settings_of(ServerSettings).items():
        if text := os.environ.get(variable(name), "").strip():
            given[name] = _read(variable(name), declared, text)
    return ServerSettings(**given)


def variable(name: str) -> str:
    """The environment variable of a field of `ServerSettings`."""
    return f"{_PREFIX}{name.upper()}"


def warn_of_misspelt() -> None:
    """Log the variables of the environment that look like a setting but are not one."""
    known = [variable(name) for name in settings_of(ServerSettings)]
    for name in sorted(os.environ):
        if name.startswith(_PREFIX) and name not in known and (meant := difflib.get_close_matches(name, known, 1, 0.9)):
            _log.warning("%s is no setting of adder; %s is", name, meant[0])


def variables_table() -> list[str]:
    """The lines of a Markdown table of all variables, for the hosting guide."""
    lines = ["| variable | what it may be | what it is for |", "|---|---|---|"]
    for each in dataclasses.fields(ServerSettings):
        declared = settings_of(ServerSettings)[each.name]
        default = "" if each.default in (None, ()) else f"; by default {_written(each.default)}"
        lines.append(f"| `{variable(each.name)}` | {declared.limits()} | {declared.help}{default} |")
    return lines


def _read(name: str, declared: Setting, text: str) -> Any:
    try:
        return declared.check(name, declared.read(name, text))
    except ExperimentError:  # The error's text may hold a password.
        raise ExperimentError(name, declared.limits(), _without_secrets(text)) from None


def _without_secrets(text: str) -> str:
    """A value for a log; an address with a user, a password or options keeps only its scheme.

    >>> _without_secrets("mysql://adder:secret@host/adder"), _without_secrets("foo")
    ('mysql://…', 'foo')
    """
    scheme, slashes, _ = text.partition("://")
    return f"{scheme if slashes else ''}{slashes}…" if "@" in text or "?" in text else text


def _written(default: Any) -> str:
    if isinstance(default, bool):
        return "on" if default else "off"
    return f"{default // 10**9} GB" if default >= 10**9 else f"{default:,}"
