"""The attacks of `python -m adder bench attack`: add a coroutine to one of these modules, and its name to `ATTACKS`.

    async def flood(stage: Stage) -> str:
        \"\"\"One script opens tabs and presses Train in each.\"\"\"
        tabs = [await stage.tab("preset=seq2seq") for _ in range(stage.size or 100)]
        ...
        return f"{len(tabs)} tabs, {asked} runs asked for"

An attack is bounded: it does what it does on the loopback interface, within two minutes, and says in words what came
of it. It raises an `AssertionError` where the server let it do what it must not. What it starts beside tabs, it ends.
"""

from __future__ import annotations

from tests.bench.attacks import cost, keeping, machine, people
from tests.bench.attacks.stage import Attack

ATTACKS: dict[str, Attack] = {
    attack.__name__: attack for module in (machine, cost, people, keeping) for attack in module.ATTACKS
}
