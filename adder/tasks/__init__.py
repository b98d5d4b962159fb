"""The registry of tasks: name -> class. What each may ask is its own file's to say."""

from __future__ import annotations

from adder.tasks.arithmetic import Task
from adder.tasks.pairs import Rule

AnyTask = Task | Rule

TASKS: dict[str, type[Task] | type[Rule]] = {kind.name: kind for kind in (Task, Rule)}
