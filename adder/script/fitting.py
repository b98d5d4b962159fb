"""The part of a script that trains with Keras's `fit`, answers, and measures."""

from __future__ import annotations

from collections.abc import Iterator

from adder.base.source import Constants, block
from adder.encodings import Encoding
from adder.experiment import Experiment
from adder.experiment.training import OPTIMIZERS, SCHEDULES
from adder.script.questions import by_epoch, changes, several_draws
from adder.tasks.curricula import CURRICULA, MASTERED

_BEFORE = block('''
    def before(characters):
        """The character before each one, a blank before the first."""
        return np.pad(characters[:, :-1], ((0, 0), (1, 0)), constant_values=BLANK)
''')

_PREDICT_WITH_FEEDBACK = block('''
    def predict(model, inputs):
        """The likeliest characters, one after another: each is read back before the next is written."""
        characters = np.full((len(inputs), ANSWER_STEPS), BLANK, "int32")
        for step in range(ANSWER_STEPS):
            likely = model.predict([inputs, before(characters)], verbose=0)
            characters[:, step] = likely[:, step].argmax(axis=-1)
        return characters
''')

_PREDICT = block('''
    def predict(model, inputs):
        """The likeliest characters."""
        return model.predict(inputs, verbose=0).argmax(axis=-1)
''')

_AT = block('''
    def at(epoch, values):
        """What holds in an epoch: the latest of the values, each from its epoch on."""
        return values[max(since for since in values if since <= epoch)]
''')

_EVALUATE = block('''
    def evaluate(model, questions):
        """Shares of answers and of characters that are right."""
        inputs, answers = encode(questions)
        right = predict(model, inputs) == answers
        return {"exact_match": float(right.all(axis=1).mean()), "character_accuracy": float(right.mean())}


    def examples(model, questions):
        """A line for each question: what was written, and what is right."""
        inputs, answers = encode(questions)
        for question, wrote, truth in zip(questions, predict(model, inputs), answers, strict=True):
            verdict = "right" if (wrote == truth).all() else f"wrong: it is {decode(truth).strip()}"
            yield f"{text(question)} = {decode(wrote).strip()} ({verdict})"
''')

_EVALUATE_NUMBERS = block('''
    def predict(model, questions):
        """The numbers that the network gives, in their own units."""
        return model.predict(encode(questions)[0], verbose=0) * SCALE


    def evaluate(model, questions):
        """The error in the answers' units, and the share that is right once rounded."""
        errors = predict(model, questions) - np.array([answer(question) for question in questions])
        return {"exact_match": float((abs(errors) < 0.5).mean()), "rmse": float(np.sqrt(np.mean(errors**2)))}


    def examples(model, questions):
        """A line for each question: what was given, and what is right."""
        for question, number in zip(questions, predict(model, questions), strict=True):
            given, truth = round(float(number)), answer(question)
            verdict = "right" if given == truth else f"wrong: it is {spell(truth)}"
            yield f"{text(question)} = {spell(given)} ({verdict}, before rounding {number:.3f})"
''')

_ACCURACY_OF_NUMBERS = block('''
    def accuracy(answers, numbers):
        """The share of numbers that are right once rounded."""
        return ops.mean(ops.cast(ops.abs(ops.reshape(numbers - answers, (-1,))) * SCALE < 0.5, "float32"))
''')

_MAIN = block('''
    def main():
        """Train, and tell how well it went."""
        parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
        parser.add_argument("--epochs", type=int, default=EPOCHS, help=f"how long to train ({EPOCHS})")
        parser.add_argument("--json", action="store_true", help="print weights and figures as one JSON object")
        options = parser.parse_args()

        keras.utils.set_random_seed(SEED)
        rng = random.Random(SEED)
        model = build_model()
        train(model, rng, options.epochs)
        questions = sample(TESTED, rngGIVEN)
        figures = evaluate(model, questions)
        if options.json:
            weights = {
                f"{layer.name}/{weight.name}": list(weight.shape) for layer in model.layers for weight in layer.weights
            }
            print(json.dumps({"weights": weights, **figures}))
            return
        for line in examples(model, questions[:20]):
            print(line)
        print(f"on {TESTED:,} KIND questions: " + ", ".join(f"{name} {value:.4f}" for name, value in figures.items()))


    if __name__ == "__main__":
        main()
''')


def constants(experiment: Experiment) -> Constants:
    """The settings of training."""
    training = experiment.training
    return {
        "SEED": (experiment.seed, None),
        "EPOCHS": (training.epochs, None),
        "SAMPLES": (training.samples, "Each epoch draws this many new questions."),
        "BATCH_SIZE": (training.batch_size, None),
        "BATCH_SIZES": (by_epoch(experiment, "batch_size"), "Each holds from its epoch on."),
        "LEARNING_RATE": (training.learning_rate, None),
        "LEARNING_RATES": (by_epoch(experiment, "learning_rate"), "Each holds from its epoch on."),
        "FINAL_LEARNING_RATE": (training.final_learning_rate, None),
        "CLIP_NORM": (training.clip_norm, "All gradients together have no larger norm."),
        "PADDING_WEIGHT": (training.padding_weight, "The padding of answers counts this much."),
        "SCHEDULED_SAMPLING": (training.scheduled_sampling, "This share is read as the network would write it."),
        "TARGET": (training.target, "Training ends when this share of answers is right."),
        "MASTERED": (MASTERED, "An epoch is mastered when this share of characters is right."),
        "CHECKED": (400, "After each epoch, this many questions are asked."),
        "TESTED": (2_000, "The test at the end asks this many questions."),
    }


def left_out(experiment: Experiment) -> list[str]:
    """How a script differs from a run of the experiment, a sentence for each difference."""
    sentences = ["Questions and first weights come from other random draws than in adder."]
    if experiment.training.scheduled_sampling:
        sentences.append(
            "What the decoder would write itself is asked of it before each epoch, where adder asks before each step."
        )
    if _checks(experiment):
        sentences.append("The questions that it is checked on after each epoch are drawn with repeats.")
    return sentences


def blocks(experiment: Experiment) -> list[str]:
    """Functions that train and measure, and the main program."""
    training, encoding = experiment.training, experiment.encoding
    parts = []
    if training.final_learning_rate is not None:
        parts.append(SCHEDULES[training.schedule].source)
    if training.curriculum != "none":
        parts.append(CURRICULA[training.curriculum].source)
    if not encoding.writes_characters:
        measure = [_EVALUATE_NUMBERS, *([_ACCURACY_OF_NUMBERS] if training.curriculum != "none" else [])]
    else:
        measure = [*([_BEFORE, _PREDICT_WITH_FEEDBACK] if experiment.feedback else [_PREDICT]), _EVALUATE]
    if _weighted(experiment):
        measure.append(_weights(encoding, experiment.task.widest_gap + 1))
    train = _train(experiment)
    if " at(epoch" in train:
        parts.insert(0, _AT)
    held_out = bool(experiment.task.held_out)
    main = _MAIN.replace("GIVEN", _given(experiment)).replace("KIND", "held-out" if held_out else "fresh")
    return [*parts, *measure, train, main]


def _checks(experiment: Experiment) -> bool:
    return experiment.training.target is not None or experiment.training.keep_best


def _weighted(experiment: Experiment) -> bool:
    return experiment.training.padding_weight != 1


def _weights(encoding: Encoding, saying: int) -> str:
    """A block that defines how much each character counts; so many before an answer say where it begins."""
    turn = "[:, ::-1]" * (encoding.answer_order == "reversed")
    if encoding.fill == "zero":
        return block(f'''
            def weights_of(answers):
                """How much each character counts: zeros before an answer pad it, but for the last one."""
                zeros, minus = ((answers == SYMBOL.get(sign, -1)){turn} for sign in "0-")
                padding = np.logical_and.accumulate(zeros | minus, axis=1) & zeros
                padding[:, -1] = False
                padding[:, :-1] &= padding[:, 1:]
                return np.where(padding{turn}, PADDING_WEIGHT, 1.0)
        ''')
    blanks = f"(answers == BLANK){turn}" if turn else "answers == BLANK"
    last = "the last one" if saying == 1 else f"the last {saying}"
    return block(f'''
        def weights_of(answers):
            """How much each character counts: the blanks before an answer pad it, but for {last}."""
            padding = np.logical_and.accumulate({blanks}, axis=1)
            padding[:, :-{saying}] &= padding[:, {saying}:]
            padding[:, -{saying}:] = False
            return np.where(padding{turn}, PADDING_WEIGHT, 1.0)
    ''')


def _given(experiment: Experiment) -> str:
    """The further arguments of `sample` for questions to test with."""
    return ", TEST_DRAW" * several_draws(experiment) + ", held_out=True" * bool(experiment.task.held_out)


def _train(experiment: Experiment) -> str:
    """A block that defines how the model is compiled, and trained epoch by epoch."""
    training = experiment.training
    lines = list(_compiling(experiment))
    if _checks(experiment):
        lines.append(f"checked = sample(CHECKED, rng{_given(experiment)})")
    if training.keep_best:
        lines.append("best, weights = -1.0, model.get_weights()")
    if training.curriculum != "none":
        lines.append("mastered = 0")
    epoch = (*_switched_weights(experiment), *_learning_rate(experiment), *_drawing(experiment), *_fitting(experiment))
    lines += ["for epoch in range(1, epochs + 1):", *(f"    {line}" for line in (*epoch, *_checking(experiment)))]
    if training.keep_best:
        lines.append("model.set_weights(weights)")
    head = ["def train(model, rng, epochs):", '    """Train on fresh questions in every epoch."""']
    return "\n".join([*head, *(f"    {line}" for line in lines)])


def _compiling(experiment: Experiment) -> Iterator[str]:
    """Lines that choose the optimizer and the loss."""
    training, optimizer = experiment.training, OPTIMIZERS[experiment.training.optimizer]
    rate = "LEARNING_RATES[1]" if changes(experiment, "learning_rate") else "LEARNING_RATE"
    options = "".join(f", {name}={value}" for name, value in optimizer.options.items())
    clip = ", global_clipnorm=CLIP_NORM" if training.clip_norm is not None else ""
    yield f"optimizer = keras.optimizers.{optimizer.label}({rate}{options}{clip})"
    if not experiment.encoding.writes_characters:
        yield 'loss = "mean_squared_error"'
    elif _weighted(experiment):
        yield 'loss = keras.losses.SparseCategoricalCrossentropy(reduction="mean_with_sample_weight")'
    else:
        yield 'loss = "sparse_categorical_crossentropy"'
    metrics = ""
    if experiment.encoding.writes_characters:
        metrics = ', metrics=["accuracy"]'
    elif training.curriculum != "none":
        metrics = ", metrics=[accuracy]"
    yield f"model.compile(optimizer, loss{metrics})"


def _switched_weights(experiment: Experiment) -> Iterator[str]:
    """Lines of an epoch that set the weights which are switched, not learned."""
    for each in experiment.layers:
        for name, share in each.switched.items():
            layer, _, weight = name.rpartition("/")
            yield f'model.get_layer("{layer}").{weight}.assign(float((epoch - 1) / epochs >= {share}))'


def _learning_rate(experiment: Experiment) -> Iterator[str]:
    """Lines of an epoch that set its learning rate, unless it stays the same."""
    changing, falling = changes(experiment, "learning_rate"), experiment.training.final_learning_rate is not None
    if changing and falling:
        yield "since = max(each for each in LEARNING_RATES if each <= epoch)"
        yield "optimizer.learning_rate = learning_rate(LEARNING_RATES[since], epoch - since + 1, epochs - since + 1)"
    elif changing:
        yield "optimizer.learning_rate = at(epoch, LEARNING_RATES)"
    elif falling:
        yield "optimizer.learning_rate = learning_rate(LEARNING_RATE, epoch, epochs)"


def _drawing(experiment: Experiment) -> Iterator[str]:
    """Lines of an epoch that draw its questions and encode them."""
    draw, levels = "", ""
    if several_draws(experiment):
        draw = ", at(epoch, TRAINING_DRAWS)" if changes(experiment, "draw") else ", TRAINING_DRAW"
    if experiment.training.curriculum != "none":
        levels = ", levels=asked"
        yield "asked = levels(epoch, epochs, mastered, rng)"
    yield f"questions = sample(SAMPLES, rng{draw}{levels})  # Every epoch draws new ones."
    yield "inputs, answers = encode(questions)"
    if experiment.feedback:
        yield "previous = before(answers)  # In training, these are true (teacher forcing)."
    if experiment.training.scheduled_sampling:
        yield "own = before(model.predict([inputs, previous], verbose=0).argmax(axis=-1))"
        yield "replaced = np.random.default_rng([SEED, epoch]).random(own.shape) < SCHEDULED_SAMPLING"
        yield 'previous = np.where(replaced, own, previous).astype("int32")'


def _fitting(experiment: Experiment) -> Iterator[str]:
    """Lines of an epoch that train on its questions, and print its figures."""
    read = "[inputs, previous]" if experiment.feedback else "inputs"
    size, weights = "BATCH_SIZE", ""
    if _weighted(experiment):
        weights = ", sample_weight=counted"
        yield "counted = weights_of(answers)"
    if changes(experiment, "batch_size"):
        size = "size"
        yield "size = at(epoch, BATCH_SIZES)"
    yield f"history = model.fit({read}, answers, {size}, verbose=0, shuffle=False{weights}).history"
    if experiment.training.curriculum != "none":
        yield 'mastered += history["accuracy"][0] >= MASTERED'
    yield 'figures = ", ".join(f"{name} {values[0]:.4f}" for name, values in history.items())'
    yield 'print(f"epoch {epoch}/{epochs}: {figures}", file=sys.stderr, flush=True)'


def _checking(experiment: Experiment) -> Iterator[str]:
    """Lines of an epoch that keep its weights if they are the best, and end the training at its target."""
    if _checks(experiment):
        yield 'share = evaluate(model, checked)["exact_match"]'
    if experiment.training.keep_best:
        yield from ("if share >= best:", "    best, weights = share, model.get_weights()")
    if experiment.training.target is not None:
        yield from ("if share >= TARGET:", "    break")
