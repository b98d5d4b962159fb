"""Hostile input in bulk: many inputs of each kind, made out of the corpus, and what they did.

Half of the inputs are drawn by mutations that know the kind's format (see `tests.fuzz.mutation`). The other half are
drawn by Atheris, which mutates likewise and goes on from the inputs that reached new code; where it is not installed,
all are drawn by mutation alone. Each half runs in an interpreter of its own, so that its peak memory is its own. An
input that crashes, or takes over a second, is written into the corpus, where the tests find it from then on.

`ADDER_FUZZ_SEED` is the seed, by default 1; the same seed draws the same mutations.
"""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import sys
import tempfile
import time
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, NoReturn

import numpy as np

from adder.base import validation
from tests.bench.processes import measure

INPUTS = 100_000
PARTS = ("solver", "checkpoint", "questions", "rule", "address", "question", "sweep", "settings", "phone")
_MOST_KEPT_FAILURES = 20
_LONGEST_BYTES = 400_000


def run(*, as_json: bool, parts: tuple[str, ...] = (), size: int | None = None) -> None:
    """Feed `size` inputs of each kind, all kinds by default, and print a row for each."""
    inputs, kinds = size or INPUTS, parts or PARTS
    for kind in kinds:
        validation.choice("--part", kind, PARTS)
    seed = int(os.environ.get("ADDER_FUZZ_SEED", 1))
    guided = inputs // 2 if importlib.util.find_spec("atheris") else 0
    if not as_json:
        print(f"fuzz: {inputs:,} inputs of each kind from seed {seed}, {guided:,} of them guided by coverage")
        print(f"{'':12}{'inputs':>10}{'crashes':>9}{'over 1 s':>10}{'slowest':>11}{'memory':>10}{'time':>9}")
    for kind in kinds:
        halves = [_half(kind, inputs - guided, seed, "mutation")]
        halves += [_half(kind, guided, seed, "coverage")] if guided else []
        figures = {
            **{name: sum(half[name] for half in halves) for name in ("inputs", "crashes", "slow", "seconds")},
            **{name: max(half[name] for half in halves) for name in ("slowest", "megabytes")},
        }
        if as_json:
            print(json.dumps({"bench": "fuzz", "kind": kind, **figures}), flush=True)
            continue
        print(
            f"{kind:12}{figures['inputs']:>10,}{figures['crashes']:>9,}{figures['slow']:>10,}"
            f"{figures['slowest']:>9.2f} s{figures['megabytes']:>7,} MB{figures['seconds'] / 60:>5.1f} min",
            flush=True,
        )


def _half(kind: str, inputs: int, seed: int, engine: str) -> dict[str, Any]:
    # One thread of arithmetic, so that the time it takes of the processor is the time a person waits.
    return measure("tests.bench.fuzz", kind, str(inputs), str(seed), engine, OPENBLAS_NUM_THREADS="1")


@dataclass(slots=True)
class Tally:
    """What the inputs of a kind did so far."""

    kind: str
    module: ModuleType
    inputs: int = 0
    crashes: int = 0
    slow: int = 0
    slowest: float = 0.0
    started: float = field(default_factory=time.perf_counter)

    def feed(self, data: bytes) -> None:
        """Feed one more, and keep it if it fails."""
        from tests.fuzz import corpus, trial

        outcome = trial.feed(self.module, data)
        self.inputs += 1
        self.crashes += bool(outcome.trouble)
        self.slow += outcome.slow
        self.slowest = max(self.slowest, outcome.seconds)
        if (outcome.trouble or outcome.slow) and self.crashes + self.slow <= _MOST_KEPT_FAILURES:
            path = corpus.keep(self.kind, data)
            print(f"{path}: {outcome.seconds:.2f} s\n{outcome.trouble}", file=sys.stderr, flush=True)

    def tell(self) -> None:
        """Print the figures as the last line, which is a JSON object."""
        figures = {
            "inputs": self.inputs,
            "crashes": self.crashes,
            "slow": self.slow,
            "slowest": self.slowest,
            "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_000,
            "seconds": time.perf_counter() - self.started,
        }
        print(json.dumps(figures), flush=True)


def mutate(kind: str, inputs: int, seed: int) -> None:
    """Feed inputs each of which is a mutation of one of the corpus, or of the one before it."""
    from tests.fuzz import KINDS as MODULES
    from tests.fuzz import corpus

    tally = Tally(kind, MODULES[kind])
    rng = np.random.default_rng(seed)
    known = list(corpus.inputs(kind).values())
    data = known[0]
    for _ in range(inputs):
        if rng.random() < 0.8 or len(data) > _LONGEST_BYTES:
            data = known[int(rng.integers(len(known)))]
        data = tally.module.mutated(data, rng)
        tally.feed(data)
    tally.tell()


def follow(kind: str, inputs: int, seed: int) -> NoReturn:
    """Feed inputs that Atheris chooses by what they reach; it ends the process."""
    import atheris

    with atheris.instrument_imports(include=["adder"]):
        from tests.fuzz import KINDS as MODULES
    from tests.fuzz import corpus

    tally = Tally(kind, MODULES[kind])

    def feed(data: bytes) -> None:
        tally.feed(data)
        if tally.inputs == inputs:
            tally.tell()
            os._exit(0)

    def mutated(data: bytes, longest: int, drawn: int) -> bytes:
        changed: bytes = tally.module.mutated(data, np.random.default_rng(drawn))
        return changed[:longest]

    with tempfile.TemporaryDirectory() as reached:
        options = [
            f"-seed={seed}",
            f"-max_len={_LONGEST_BYTES}",
            "-len_control=0",
            "-timeout=600",
            "-rss_limit_mb=0",
            "-verbosity=0",
        ]
        atheris.Setup(["fuzz", *options, reached, str(corpus.FOLDER / kind)], feed, custom_mutator=mutated)
        atheris.Fuzz()
    raise RuntimeError("Atheris ended before all inputs were fed")


if __name__ == "__main__":
    _kind, _inputs, _seed, _engine = sys.argv[1:]
    {"mutation": mutate, "coverage": follow}[_engine](_kind, int(_inputs), int(_seed))
