"""Attacks on the other visitors: the queue, runs that others watch, and what a session holds."""

from __future__ import annotations

from tests.bench.attacks.stage import Attack

ATTACKS: tuple[Attack, ...] = ()
