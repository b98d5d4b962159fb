"""Where files lie: those that ship with adder, and those that it keeps, which only their owner may read."""

from __future__ import annotations

import contextlib
import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from adder.base.server_settings import variable

_log = logging.getLogger(__name__)

_KEPT_PREFIXES = ("cookie.key", "runs", "workers", "xla")
_PACKAGE = Path(__file__).parent.parent
_INSTALLED = (_PACKAGE / "assets").is_dir()  # A checkout has the folder beside the package.
ASSETS = (_PACKAGE if _INSTALLED else _PACKAGE.parent) / "assets"
PAGE = (ASSETS if _INSTALLED else _PACKAGE.parent) / "app.py"  # Streamlit runs this file.


def home() -> Path:
    """The folder that `ADDER_HOME` names, by default `~/.cache/adder`. It may not exist yet, or not be a folder."""
    named = os.environ.get(variable("home"), "").strip()
    return Path(named).expanduser() if named else Path.home() / ".cache" / "adder"


def private_folder(name: str) -> Path:
    """A folder in adder's home, made where it is missing; both are for their owner alone."""
    folder = home() / name
    home().parent.mkdir(parents=True, exist_ok=True)
    for each in (home(), folder):
        each.mkdir(mode=0o700, exist_ok=True)
    return folder


def close_home() -> None:
    """Let only its owner read or change what adder keeps, including what was made earlier or by another program.

    A folder that holds other things too stays open; what adder keeps in it does not.
    """
    try:
        for path in _kept():
            with contextlib.suppress(FileNotFoundError):  # Another process may have just deleted it.
                mode = stat.S_IMODE(path.stat().st_mode)
                if mode & 0o077 and not mode & stat.S_ISVTX:
                    path.chmod(0o700 if path.is_dir() else 0o600)
    except OSError as error:
        _log.warning("others may read what adder keeps in %s (%s)", home(), error)


def _kept() -> Iterator[Path]:
    """The home, if adder has it for itself, and all that adder keeps in it."""
    if not home().is_dir():
        return
    entries = [each for each in home().iterdir() if each.name.startswith(_KEPT_PREFIXES)]
    if len(entries) == len(list(home().iterdir())):
        yield home()
    for entry in entries:
        if entry.is_symlink():
            continue
        yield entry
        for folder, folders, files in os.walk(entry):
            yield from (path for name in (*folders, *files) if not (path := Path(folder, name)).is_symlink())
