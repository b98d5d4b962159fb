"""The textbook run, 30 epochs of 1,000 sums, by a plain Keras `fit` loop and by adder, in turns.

Both sides do the same work each epoch: draw fresh sums, train on them in batches of 10, answer the same fixed list of
sums and score it. The Keras side is what its documentation and the tutorial do: one-hot vectors, `fit(epochs=1)`,
`predict`. Each turn is a process of its own; the time starts when the imports are done.

Adder trains on one core, so that thirty students can share a machine, while the Keras loop takes all it can get; so
both are measured on one core too. Adder's cold run compiles with an empty cache; the other finds the program that an
earlier run left on disk, as every run but the first on a machine does. Last, the share of a step that its matrix
products alone would take: the same products, of the same shapes, in one compiled loop.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from typing import Any

from tests.bench.processes import measure

ROUNDS = 3
_MODULE = "tests.bench.textbook"
_CORES = {"all": "each side on all cores", "one": "each side on one core"}
_FIGURES = (
    ("an epoch once warm", "epoch", "adder"),
    ("  of which training", "train", "adder"),
    ("a run, compilation counted", "total", "cold"),
    ("a run, program found on disk", "total", "cached"),
)


def run(*, as_json: bool) -> None:
    """Measure in turns and print medians and ratios."""
    turns: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as home:
        measure(_MODULE, "adder", "all", ADDER_HOME=home)  # This leaves its program on disk.
        for number in range(1, ROUNDS + 1):
            print(f"round {number} of {ROUNDS}", file=sys.stderr)
            for cores in _CORES:
                turns[cores, "keras"].append(measure(_MODULE, "keras", cores))
                turns[cores, "cold"].append(measure(_MODULE, "adder", cores, ADDER_XLA_CACHE="off"))
                turns[cores, "cached"].append(measure(_MODULE, "adder", cores, ADDER_HOME=home))
    for (cores, side), measured in list(turns.items()):
        if side != "keras":
            turns[cores, "adder"] += measured
    rows = []
    for cores, heading in _CORES.items():
        if not as_json:
            print(f"textbook, 30 epochs of 100 steps, {heading}, medians of {ROUNDS} rounds in turns")
            print(f"{'':30}{'Keras loop':>12}{'adder':>12}{'ratio':>9}")
        for label, figure, side in _FIGURES:
            keras, ours = _median(turns[cores, "keras"], figure), _median(turns[cores, side], figure)
            rows.append({"cores": cores, "figure": label.strip(), "keras": keras, "adder": ours, "ratio": keras / ours})
            if not as_json:
                print(f"{label:30}{keras:>10.3f} s{ours:>10.3f} s{keras / ours:>8.1f}x")
    train, products = (_median(turns["all", "adder"], figure) for figure in ("train", "products"))
    if as_json:
        rows.append({"figure": "matrix products of an epoch", "adder": products, "share": products / train})
        for row in rows:
            print(json.dumps({"bench": "textbook", **row}))
    else:
        print(
            f"The matrix products of an epoch alone take {products:.3f} s, {products / train:.0%} of its training: "
            f"a step takes {train / products:.2f}x as long as they do."
        )


def _median(turns: list[dict[str, Any]], key: str) -> float:
    return statistics.median(turn[key] for turn in turns)


def _keras_turn() -> dict[str, float]:
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras
    import numpy as np

    import adder
    from adder.encodings import TextEncoding, one_hot
    from adder.training.trainer import check_questions

    experiment = adder.preset("seq2seq")
    task, encoding, training = experiment.task, experiment.encoding, experiment.training
    assert isinstance(encoding, TextEncoding)
    questions, symbols = check_questions(experiment), len(task.alphabet)

    started = time.perf_counter()
    model = keras.Sequential(
        [
            keras.Input((encoding.question_length(task), symbols)),
            keras.layers.LSTM(100),
            keras.layers.RepeatVector(encoding.answer_length(task)),
            keras.layers.LSTM(50, return_sequences=True),
            keras.layers.TimeDistributed(keras.layers.Dense(symbols, activation="softmax")),
        ]
    )
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    rng = np.random.default_rng(1)
    epochs, fits = [], []
    for _ in range(training.epochs):
        epoch_started = time.perf_counter()
        drawn = task.sample(training.samples, rng)
        inputs = one_hot(encoding.encode_questions(task, drawn), symbols)
        targets = one_hot(encoding.encode_answers(task, drawn), symbols)
        fit_started = time.perf_counter()
        model.fit(inputs, targets, epochs=1, batch_size=training.batch_size, verbose=0)
        fits.append(time.perf_counter() - fit_started)
        asked = one_hot(encoding.encode_questions(task, questions), symbols)
        predicted = model.predict(asked, verbose=0).argmax(axis=-1)
        truth = encoding.encode_answers(task, questions)
        float((predicted == truth).all(axis=1).mean())
        epochs.append(time.perf_counter() - epoch_started)
    return {
        "epoch": statistics.median(epochs[1:]),
        "train": statistics.median(fits[1:]),
        "total": time.perf_counter() - started,
    }


def _adder_turn() -> dict[str, float]:
    import adder
    from adder.networks.backend import tf
    from adder.training.epoch_program import EpochProgram

    epochs: list[float] = []
    steps = [0.0]  # Seconds in the compiled program by epoch: one may take several parts.
    train = EpochProgram.train

    def timed(*arguments: Any) -> Any:
        part_started = time.perf_counter()
        result = train(*arguments)
        steps[-1] += time.perf_counter() - part_started
        return result

    EpochProgram.train = timed
    started = time.perf_counter()
    for event in adder.Trainer(adder.preset("seq2seq")).run():
        epochs.append(event.seconds)
        steps.append(0.0)
    total = time.perf_counter() - started
    return {
        "epoch": statistics.median(epochs[1:]),
        "train": statistics.median(steps[1:-1]),
        "total": total,
        "products": _products(tf),
    }


def _products(tf: Any) -> float:
    """Seconds that the matrix products of one epoch take: 100 steps of a forward and a backward pass."""
    import numpy as np

    batch, steps, answer, symbols, encoder, decoder = 10, 5, 2, 12, 100, 50
    rng = np.random.default_rng(1)

    def matrix(rows: int, columns: int) -> Any:
        return tf.constant(rng.normal(size=(rows, columns)).astype(np.float32))

    # Each product as (rows, inner, columns), as often as a step needs it; states before the first are zero.
    shapes = [
        (batch * steps, symbols, 4 * encoder),
        *[(batch, encoder, 4 * encoder)] * (steps - 1),
        (batch * answer, encoder, 4 * decoder),
        *[(batch, decoder, 4 * decoder)] * (answer - 1),
        (batch * answer, decoder, symbols),
        # The error goes back to the layer below.
        (batch * answer, symbols, decoder),
        *[(batch, 4 * decoder, decoder)] * (answer - 1),
        (batch * answer, 4 * decoder, encoder),
        *[(batch, 4 * encoder, encoder)] * (steps - 1),
        # The error goes to the weights, too.
        (decoder, batch * answer, symbols),
        (decoder, batch * (answer - 1), 4 * decoder),
        (encoder, batch * answer, 4 * decoder),
        (encoder, batch * (steps - 1), 4 * encoder),
        (symbols, batch * steps, 4 * encoder),
    ]
    pairs = [(matrix(rows, inner), matrix(inner, columns)) for rows, inner, columns in shapes]

    @tf.function(jit_compile=True, autograph=False)
    def epoch(pairs: Any) -> Any:
        def step(i: Any, carried: Any) -> tuple[Any, Any]:
            # Every product depends on the step before and one entry of each is used, so that none is left out.
            products = [(left + carried * 1e-20 * (k + 1)) @ right for k, (left, right) in enumerate(pairs)]
            return i + 1, tf.add_n([product[0, 0] for product in products])

        return tf.while_loop(lambda i, _: i < 100, step, (tf.constant(0), tf.constant(0.0)))[1]

    epoch(pairs)
    seconds = []
    for _ in range(20):
        started = time.perf_counter()
        float(epoch(pairs))
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


if __name__ == "__main__":
    if sys.argv[2] == "one":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print(json.dumps({"keras": _keras_turn, "adder": _adder_turn}[sys.argv[1]]()))
