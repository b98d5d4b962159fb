"""Hostile input: what anybody may hand to adder, fed to it as a user would, and what it may answer.

One module a kind of input. Each has `feed(data)`, which lets nothing pass but what the product refuses on purpose;
`SEEDS`, the inputs by hand that `python -m tests.fuzz` writes into `corpus/KIND`; `BOMBS`, those too large to keep;
and `mutated(data, rng)`, which makes another one out of one of them with a sense of what it is made of.
"""

from __future__ import annotations

from types import ModuleType

from tests.fuzz import address, checkpoint, phone, question, questions, rule, settings, solver, sweep

KINDS: dict[str, ModuleType] = {
    "solver": solver,
    "checkpoint": checkpoint,
    "questions": questions,
    "rule": rule,
    "address": address,
    "question": question,
    "sweep": sweep,
    "settings": settings,
    "phone": phone,
}
