"""Attacks on what is kept: the disk, the store and the memory of runs."""

from __future__ import annotations

from tests.bench.attacks.stage import Attack

ATTACKS: tuple[Attack, ...] = ()
