"""Attacks on the processors and the memory: runs and evaluations that are dear, and runs that go wrong."""

from __future__ import annotations

from tests.bench.attacks.stage import Attack

ATTACKS: tuple[Attack, ...] = ()
