"""The registry of tasks: name -> class. Each has a file of its own."""

from __future__ import annotations

from adder.tasks.arithmetic import Task
from adder.tasks.pairs import Rule
from adder.tasks.task import AnyTask

_KINDS: tuple[type[AnyTask], ...] = (
    Task,
    Rule,
)

TASKS: dict[str, type[AnyTask]] = {kind.name: kind for kind in _KINDS}

__all__ = ["TASKS", "AnyTask"]
