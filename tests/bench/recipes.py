"""Every recipe that ships, retrained from scratch, beside the published figure and beside the textbook network.

A turn trains the preset and, on the same task and in a process of its own just after it, the textbook network with
the textbook's training (encoder 100, decoder 50, RepeatVector, whole questions padded on the left, batches of 10, Adam
at 0.001, 1,000 samples an epoch) for as many seconds. Both are asked the same held-out questions. The clock starts
when the program is compiled; what compilation takes is a column of its own.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from typing import Any

import adder
from adder.experiment import Experiment
from adder.experiment.training import MOST_EPOCHS, Training
from tests.bench.processes import measure

_MODULE = "tests.bench.recipes"
_GOAL = 0.99


@dataclass(frozen=True, slots=True)
class Reference:
    """A published figure for the same task.

    Attributes:
        words: What was reached, by whom.
        samples: Training samples it took to 99 %, or None where that is not said.
    """

    words: str
    samples: int | None = None


_KERAS = "the Keras addition example, an LSTM of 128 units on inverted questions"
REFERENCES: dict[str, Reference] = {
    "two-digits": Reference(f"99 % after 55 epochs of 4,500 samples ({_KERAS})", 247_500),
    "three-digits": Reference(f"99.1 % after 17 epochs of 45,000 samples ({_KERAS}, rerun)", 765_000),
    "five-digits": Reference(f"99 % after 30 epochs of 495,000 samples ({_KERAS})", 14_850_000),
    "nine-digits": Reference("99 % after a curriculum (Zaremba & Sutskever 2014, two LSTM layers of 400 units)"),
    "columns": Reference("100 digits from at most 20, with special embeddings and a GPU (McLeish et al. 2024)"),
    "pen-and-paper": Reference(
        "500 digits from at most 40 (Zhou et al. 2024 reach 100), 20 to 100 (McLeish et al. 2024)"
    ),
    "smallest": Reference("36 trained weights (Transformers on the public AdderBoard, which need no columns)"),
}


def run(*, as_json: bool) -> None:
    """Retrain each recipe and print what it took, beside its references."""
    names = [name for name in adder.PRESETS if adder.preset(name).task.held_out]
    if not as_json:
        print(
            f"{'recipe':14}{'weights':>9}{'samples to 99 %':>17}{'published':>12}{'ratio':>7}{'seconds':>9}"
            f"{'whole run':>11}{'compiling':>11}{'exact match':>13}{'textbook, same time':>21}"
        )
    for name in names:
        ours = measure(_MODULE, "recipe", name)
        textbook = measure(_MODULE, "textbook", name, str(ours["seconds"]))
        reference = REFERENCES.get(name)
        row = {
            "bench": "recipes",
            "recipe": name,
            "weights": adder.preset(name).weights,
            **ours,
            "textbook_exact_match": textbook["exact_match"],
            "textbook_samples": textbook["samples"],
            "reference": None if reference is None else reference.words,
            "reference_samples": None if reference is None else reference.samples,
        }
        print(json.dumps(row) if as_json else _line(row), flush=True)
    if not as_json:
        for name, reference in REFERENCES.items():
            print(f"{name}: {reference.words}")


def _line(row: dict[str, Any]) -> str:
    samples, published = row["samples_to_99"], row["reference_samples"]
    ratio = f"{published / samples:.1f}x" if samples and published else "–"
    seconds = row["seconds_to_99"]
    return (
        f"{row['recipe']:14}{row['weights']:>9,}{f'{samples:,}' if samples else 'never':>17}"
        f"{f'{published:,}' if published else '–':>12}{ratio:>7}{f'{seconds:.1f} s' if seconds else '–':>9}"
        f"{row['seconds']:>9.1f} s{row['compile_seconds']:>9.1f} s{row['exact_match']:>13.2%}"
        f"{row['textbook_exact_match']:>21.2%}"
    )


def _train(experiment: Experiment, seconds: float | None) -> dict[str, Any]:
    """Train to the end, or for so many seconds, and ask held-out questions."""
    from adder.training.trainer import compile_program

    started = time.perf_counter()
    compile_program(experiment)
    compiled = time.perf_counter()
    trainer = adder.Trainer(experiment)
    reached: tuple[int, float] | None = None
    samples = 0
    for event in trainer.run():
        samples = event.samples
        elapsed = time.perf_counter() - compiled
        if reached is None and event.exact_match >= _GOAL:
            reached = event.samples, elapsed
        if seconds is not None and elapsed >= seconds:
            break
    trained = time.perf_counter()
    return {
        "samples": samples,
        "samples_to_99": reached and reached[0],
        "seconds_to_99": reached and reached[1],
        "seconds": trained - compiled,
        "compile_seconds": compiled - started,
        "exact_match": adder.evaluate(trainer.solver()).exact_match,
    }


def _textbook(experiment: Experiment) -> Experiment:
    """The textbook's network and training on the same task, for as long as anyone lets it."""
    textbook = adder.preset("seq2seq")
    return Experiment(
        experiment.task, textbook.encoding, textbook.network, Training(epochs=MOST_EPOCHS), experiment.seed
    )


if __name__ == "__main__":
    chosen = adder.preset(sys.argv[2])
    if sys.argv[1] == "recipe":
        print(json.dumps(_train(chosen, None)))
    else:
        print(json.dumps(_train(_textbook(chosen), float(sys.argv[3]))))
