"""The weights of a network as text, as exact as the space allows."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import numpy as np

from adder.networks.arrays import Weights

FINENESS = (24, 20, 18, 17.5, 17, 16.5, 16, 15.5, 15)
"""Weights are multiples of two to the minus this: 24 is as good as float32, and 17 moves a chance by about 0.0001."""


def packed(weights: Weights, most_bytes: int) -> tuple[str, dict[str, Any]]:
    """The weights as base85, in at most `most_bytes` bytes unless even the coarsest step needs more.

    Each weight is a multiple of one step, so all are equally exact; float16 would be coarser for large ones.

    Returns:
        The text, and what `weights.js` has to know: the names, their sizes, and the step.

    >>> text, packing = packed({"a/kernel": np.array([[0.5, -0.25]], np.float32)}, 1_000)
    >>> packing
    {'names': ['a/kernel'], 'sizes': [2], 'step': 5.960464477539063e-08}
    """
    values = np.concatenate([np.ravel(weight) for weight in weights.values()]).astype(np.float64)
    sizes = [int(np.size(weight)) for weight in weights.values()]
    content, step = b"", 1.0
    for bits in FINENESS:
        step = max(2.0**-bits, float(np.abs(values).max()) / 2**30)
        content = _deflated(np.rint(values / step).astype(np.int64))
        if len(content) * 5 / 4 <= most_bytes:
            break
    return spelled(content), {"names": list(weights), "sizes": sizes, "step": step}


def spelled(content: bytes) -> str:
    """Bytes as base85. A comma stands for `<`, which could begin a tag in a page."""
    return base64.b85encode(content).decode().replace("<", ",")


def _deflated(wholes: np.ndarray[Any, np.dtype[np.int64]]) -> bytes:
    """Whole numbers of 31 bits, deflated: first the lowest byte of all of them, which is the most random."""
    folded = np.where(wholes < 0, -2 * wholes - 1, 2 * wholes).astype("<u4")
    planes = folded.view(np.uint8).reshape(-1, 4).T
    deflate = zlib.compressobj(9, strategy=zlib.Z_RLE)  # It is smaller and faster here than the usual one.
    return deflate.compress(np.ascontiguousarray(planes).tobytes()) + deflate.flush()
