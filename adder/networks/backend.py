"""Starts TensorFlow, once a process, the way adder wants it; import `keras` and `tf` from here.

One core a training, so that many can share a machine fairly; no greeting on standard error; and XLA keeps compiled
programs on disk, so that a network compiled once on this machine starts in a second ever after. The cache lies
under adder's home (see `adder.base.paths`), in a folder of its own for each TensorFlow and processor, whose
programs are not interchangeable. `ADDER_XLA_CACHE=off` does without it.
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

from adder.base.paths import home


def _xla_cache() -> Path | None:
    if os.environ.get("ADDER_XLA_CACHE", "on").lower() == "off":
        return None
    cpuinfo = Path("/proc/cpuinfo")
    features = [
        line for line in (cpuinfo.read_text().splitlines() if cpuinfo.exists() else []) if line.startswith("flags")
    ][:1]
    machine = f"{version('tensorflow')} {platform.machine()} {platform.processor()} {features}"
    folder = home() / "xla" / hashlib.sha256(machine.encode()).hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None  # a home that cannot be written costs seconds, not the run
    return folder if os.access(folder, os.W_OK) else None


@contextlib.contextmanager
def _no_native_messages() -> Iterator[None]:
    """Keep native code, which greets before its log level is set, from writing to standard error."""
    with contextlib.ExitStack() as stack, open(os.devnull, "w") as nowhere:
        try:
            sys.stderr.flush()
            saved = os.dup(2)
        except (OSError, AttributeError):
            saved = None  # there is no standard error to keep clean
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
        flags = f"{os.environ.get('TF_XLA_FLAGS', '')} --tf_xla_persistent_cache_directory={folder}"
        os.environ["TF_XLA_FLAGS"] = flags.strip()


_prepare_environment()

with _no_native_messages():
    import tensorflow as tf  # (the environment comes first)

tf.get_logger().setLevel("ERROR")  # a program for each network is the design here, not a slip to warn of
try:
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
except RuntimeError:
    pass  # somebody's own TensorFlow program already started it; its threads are theirs to choose

import keras  # noqa: E402

__all__ = ["keras", "tf"]
