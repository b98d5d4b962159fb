"""Starts TensorFlow with adder's settings, once per process. Import `keras` and `tf` from here.

Each training uses one core, so that many can share a machine. TensorFlow prints nothing on standard error as it
starts. XLA keeps compiled programs on disk, so a network that was compiled once on this machine starts within a
second from then on. This cache lies under adder's home (see `adder.base.paths`), in a folder for each version of
TensorFlow and kind of processor, because their programs are not interchangeable. `ADDER_XLA_CACHE=off` turns it off.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from adder.base.extra import need
from adder.base.paths import private_folder
from adder.base.server_settings import server_settings

MOST_CACHE_BYTES = 1_000_000_000  # A preset's program takes about 1 MB.


def _xla_cache() -> Path | None:
    if not server_settings().xla_cache:
        return None
    cpuinfo = Path("/proc/cpuinfo")
    features = [
        line for line in (cpuinfo.read_text().splitlines() if cpuinfo.exists() else []) if line.startswith("flags")
    ][:1]
    machine = f"{version('tensorflow')} {platform.machine()} {platform.processor()} {features}"
    try:
        folder = private_folder("xla") / hashlib.sha256(machine.encode()).hexdigest()[:16]
        folder.mkdir(exist_ok=True)
        with contextlib.suppress(FileNotFoundError):  # Another process may delete or rename programs.
            _delete_oldest(folder, MOST_CACHE_BYTES)
    except OSError:
        return None  # Without a cache a run starts seconds later, but it runs.
    return folder if os.access(folder, os.W_OK) else None


def _delete_oldest(folder: Path, most_bytes: int) -> None:
    """Delete the programs that were compiled longest ago, until the others take at most `most_bytes` bytes."""
    programs = sorted(((file.stat(), file) for file in folder.iterdir()), key=lambda found: -found[0].st_mtime)
    total = 0
    for stat, program in programs:
        total += stat.st_size
        if total > most_bytes:
            program.unlink()


@contextlib.contextmanager
def _no_native_messages() -> Iterator[None]:
    """Keep native code from writing to standard error: it logs before its log level can be set."""
    with contextlib.ExitStack() as stack, open(os.devnull, "w") as nowhere:
        try:
            sys.stderr.flush()
            saved = os.dup(2)
        except (OSError, AttributeError):
            saved = None  # This process has no standard error.
        if saved is not None:
            stack.callback(os.close, saved)
            stack.callback(os.dup2, saved, 2)
            os.dup2(nowhere.fileno(), 2)
        yield


def _prepare_environment() -> None:
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    folder = _xla_cache()
    if folder is not None and "tf_xla_persistent_cache_directory" not in os.environ.get("TF_XLA_FLAGS", ""):
        quoted = str(folder).replace("\\", r"\\").replace('"', r"\"")  # A folder's name may hold blanks.
        flags = f'{os.environ.get("TF_XLA_FLAGS", "")} --tf_xla_persistent_cache_directory="{quoted}"'
        os.environ["TF_XLA_FLAGS"] = flags.strip()


need("tensorflow", "keras")
_prepare_environment()

with _no_native_messages():
    import tensorflow as tf  # It reads the environment when it is imported.

tf.get_logger().setLevel("ERROR")  # It warns of many compiled programs, but each network has its own by design.
try:
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
except RuntimeError:
    pass  # TensorFlow already runs in a user's own program, which has chosen the threads.

import keras  # noqa: E402

__all__ = ["keras", "tf"]
