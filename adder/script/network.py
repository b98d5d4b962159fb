"""The part of a script that builds the network from plain Keras layers, with the names and shapes of our weights."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from adder.encodings import ColumnsEncoding
from adder.experiment import Experiment
from adder.networks import CarryCell, MappingLSTM, MappingMLP, Seq2Seq, Tagger, Transformer
from adder.networks.carry import SHARPNESS
from adder.script.text import Constants, block

_LAYERS = {"lstm": "LSTM", "gru": "GRU", "simple": "SimpleRNN"}
_STATES = {"lstm": 2, "gru": 1, "simple": 1}

_POSITION = block('''
    class Position(keras.layers.Layer):
        """Adds a learned vector to each step, for attention itself knows no order."""

        def build(self, shape):
            """One vector a step."""
            self.embeddings = self.add_weight(shape[1:], "random_uniform", name="embeddings")

        def call(self, inputs):
            """The same shape as it came."""
            return inputs + self.embeddings
''')

_CARRY = block('''
    class Carry(keras.layers.Layer):
        """One recurrent unit, shaped like addition on paper: it counts a column, carries, and takes away."""

        def build(self, shape):
            """Small random numbers to start with."""
            start = keras.initializers.RandomNormal(stddev=0.1)
            self.scalars = {name: self.add_weight((), start, name=name) for name in TRAINED}

        def call(self, columns):
            """Sums of columns to a score for each digit."""
            w = self.scalars["w"]
            p, b, v = (self.scalars.get(name, given) for name, given in (("p", 1.0), ("b", 0.0), ("v", -w)))
            carry, written = 0.0, []
            for step in range(QUESTION_STEPS):
                column = columns[:, step] - CENTRE + p * carry  # what this column holds
                carry = ops.sigmoid(w * column + b)  # is it full?
                written.append(column + CENTRE + v * carry)  # what is left of it
            # The digit nearest to it is the likeliest.
            away = ops.expand_dims(ops.stack(written, axis=1), -1) - ops.arange(BASE, dtype="float32")
            return -SHARPNESS * ops.square(away)
''')

_ATTENTION = block('''
    def attention(name, x, source, mask=None):
        """What each step of x finds in the source, looking with several heads."""

        def heads(part, of):
            dense = keras.layers.Dense(MODEL_WIDTH, name=f"{name}_{part}")
            return ops.reshape(dense(of), (-1, of.shape[1], HEADS, SIZE))

        query, key, value = heads("query", x), heads("key", source), heads("value", source)
        scores = ops.einsum("nahd,nqhd->nhaq", query, key) / SIZE**0.5
        if mask is not None:
            scores = ops.where(mask, scores, -1e9)
        looked = ops.einsum("nhaq,nqhd->nahd", ops.softmax(scores), value)
        joined = ops.reshape(looked, (-1, x.shape[1], MODEL_WIDTH))
        return DROPPED(keras.layers.Dense(MODEL_WIDTH, name=f"{name}_output")(joined))


    def normed(name, x):
        """A layer's inputs, centred and scaled."""
        return keras.layers.LayerNormalization(epsilon=1e-3, name=f"{name}_norm")(x)


    def feedforward(name, x):
        """Two dense layers, the same at each step."""
        between = keras.layers.Dense(FEEDFORWARD, "relu", name=f"{name}_between")(normed(name, x))
        return DROPPED(keras.layers.Dense(MODEL_WIDTH, name=f"{name}_after")(between))
''')


def constants(experiment: Experiment) -> Constants:
    """The network's settings."""
    network = experiment.network
    given: Constants = {}
    if isinstance(network, MappingMLP | MappingLSTM):
        given = {"UNITS": (json.dumps(network.units), "of each layer")}
    elif isinstance(network, Tagger):
        given = {"UNITS": (network.units, "of each layer, in each direction")}
    elif isinstance(network, Seq2Seq):
        given = {
            "ENCODER_UNITS": (network.encoder_units, "of each layer, in each direction"),
            "DECODER_UNITS": (network.decoder_units, None),
        }
    elif isinstance(network, Transformer):
        given = {
            "MODEL_WIDTH": (network.width, "numbers that stand for each character"),
            "HEADS": (network.heads, "places that each layer looks at together"),
            "SIZE": ("MODEL_WIDTH // HEADS", None),
            "LAYERS": (network.layers, "of the encoder, and as many of the decoder"),
            "FEEDFORWARD": (network.feedforward, "units between, in each layer"),
        }
    elif isinstance(network, CarryCell):
        names = [name.removeprefix("carry/") for name in experiment.weight_shapes]
        centre = "BASE - 1.0" if network.trained > 2 else "BASE - 0.5"
        given = {
            "TRAINED": (json.dumps(names), "the weights that are learned; the others are given"),
            "CENTRE": (centre, "near where a column is full"),
            "SHARPNESS": (SHARPNESS, "makes a digit that is exactly hit nearly sure"),
        }
    return {**given, "DROPOUT": (experiment.training.dropout, "between layers, in training")}


def blocks(experiment: Experiment) -> list[str]:
    """A function that builds the model, and the layers it needs."""
    network = experiment.network
    builders: dict[type, Callable[..., list[str]]] = {
        MappingMLP: _mapping_mlp,
        MappingLSTM: _mapping_lstm,
        Seq2Seq: _seq2seq,
        Tagger: _tagger,
        Transformer: _transformer,
        CarryCell: _carry,
    }
    return builders[type(network)](experiment, network)


def _function(comment: str, lines: list[str]) -> str:
    return "\n".join(["def build_model():", f'    """{comment}"""', *(f"    {line}" if line else "" for line in lines)])


def _dropped(experiment: Experiment, x: str) -> list[str]:
    return [f"{x} = keras.layers.Dropout(DROPOUT)({x})"] if experiment.training.dropout else []


def _reading(experiment: Experiment, *, masking: bool) -> list[str]:
    """Lines that make `question`, `(n, QUESTION_STEPS, features)`, of the symbols."""
    encoding = experiment.encoding
    columns = encoding.name == ColumnsEncoding.name
    shape = "(QUESTION_STEPS, TERMS)" if columns else "(QUESTION_STEPS,)"
    lines = [f'inputs = keras.Input({shape}, dtype="int32")']
    if encoding.input == "one-hot":
        lines.append("question = ops.one_hot(inputs, SYMBOLS)")
    elif encoding.input == "integer":
        lines.append('question = ops.cast(inputs, "float32") / (SYMBOLS - 1)  # digits have an order')
        if not columns:
            lines.append("question = ops.expand_dims(question, -1)")
    else:
        lines.append('question = keras.layers.Embedding(SYMBOLS, EMBEDDING_SIZE, name="embedding")(inputs)')
    if columns and encoding.input != "integer":
        lines.append("question = keras.layers.Reshape((QUESTION_STEPS, -1))(question)")
    if masking:
        read = "ops.not_equal(inputs, BLANK)"
        lines.append(f"mask = {f'ops.any({read}, axis=-1)' if columns else read}  # padding is skipped")
    return lines


def _recurrent_layer(cell: str, *, bidirectional: bool, masking: bool) -> str:
    layer = f"keras.layers.{_LAYERS[cell]}"
    mask = ", mask=mask" if masking else ""
    parameter = ", mask" if masking else ""
    if not bidirectional:
        return block(f'''
            def recurrent_layer(name, units, x{parameter}):
                """The state after each step, and the last one."""
                layer = {layer}(units, return_sequences=True, return_state=True, name=name)
                states, *last = layer(x{mask})
                return states, last
        ''')
    return block(f'''
        def recurrent_layer(name, units, x{parameter}):
            """The state after each step, and the last one: read from both ends, and put side by side."""
            given = {{"return_sequences": True, "return_state": True}}
            forward, *last = {layer}(units, name=name, **given)(x{mask})
            backward, *first = {layer}(units, name=f"{{name}}_backward", go_backwards=True, **given)(x{mask})
            states = ops.concatenate([forward, ops.flip(backward, axis=1)], axis=-1)
            return states, [ops.concatenate(each, axis=-1) for each in zip(last, first, strict=True)]
    ''')


def _stack(
    experiment: Experiment, name: str, units: str, layers: int, *, masking: bool, wants: tuple[str, str]
) -> list[str]:
    """Lines for layers on top of one another, of which the top one's states and last state get the names wanted."""
    lines = []
    x = "question"
    for layer in range(1, layers + 1):
        lines += _dropped(experiment, x) if layer > 1 else []
        named = name if layer == 1 else f"{name}_{layer}"
        states, last = wants if layer == layers else ("states", "_")
        lines.append(f'{states}, {last} = recurrent_layer("{named}", {units}, {x}{", mask" * masking})')
        x = "states"
    return lines


def _tagger(experiment: Experiment, network: Tagger) -> list[str]:
    lines = [
        *_reading(experiment, masking=network.masking),
        *_stack(experiment, "tagger", "UNITS", network.layers, masking=network.masking, wants=("states", "_")),
        *_dropped(experiment, "states"),
        'characters = keras.layers.Dense(SYMBOLS, "softmax", name="character")(states)',
        "return keras.Model(inputs, characters)",
    ]
    layer = _recurrent_layer(network.cell, bidirectional=network.bidirectional, masking=network.masking)
    return [layer, _function("One character out for each one that is read.", lines)]


def _seq2seq(experiment: Experiment, network: Seq2Seq) -> list[str]:
    layer = f"keras.layers.{_LAYERS[network.cell]}"
    repeats, state = network.bridge == "repeat", network.bridge == "state"
    plain = network.encoder_layers == 1 and not network.bidirectional and network.attention == "none" and repeats
    lines = _reading(experiment, masking=network.masking)
    if plain:
        given = "question, mask=mask" if network.masking else "question"
        lines.append(f'code = {layer}(ENCODER_UNITS, name="encoder")({given})  # all that crosses')
    else:
        wants = ("_" if network.attention == "none" else "states", "last" if repeats or state else "_")
        lines += _stack(
            experiment, "encoder", "ENCODER_UNITS", network.encoder_layers, masking=network.masking, wants=wants
        )
        lines += ["code = last[0]"] if repeats else []
    if repeats:
        lines += _dropped(experiment, "code")
        lines.append("steps = keras.layers.RepeatVector(ANSWER_STEPS)(code)  # handed over once a character")
    if network.feedback:
        lines.append('previous = keras.Input((ANSWER_STEPS,), dtype="int32")  # the character before each one')
        one_hot = "ops.one_hot(previous, SYMBOLS)"
        lines.append(f"steps = ops.concatenate([steps, {one_hot}], axis=-1)" if repeats else f"steps = {one_hot}")
    if network.attention == "additive":
        lines += _additive(network, steps=repeats or network.feedback)
    else:
        start = ", initial_state=last" if state else ""
        lines.append(f'written = {layer}(DECODER_UNITS, return_sequences=True, name="decoder")(steps{start})')
    if network.attention == "dot":
        hidden = ["scores = ops.where(mask[:, None], scores, -1e9)"] if network.masking else []
        lines += [
            'scores = ops.einsum("nad,nqd->naq", written, states)',
            *hidden,
            'looked = ops.einsum("naq,nqd->nad", ops.softmax(scores), states)',
            "joined = ops.concatenate([written, looked], axis=-1)",
            'written = keras.layers.Dense(DECODER_UNITS, "tanh", name="attention")(joined)',
        ]
    lines += [
        *_dropped(experiment, "written"),
        'characters = keras.layers.Dense(SYMBOLS, "softmax", name="character")(written)',
        f"return keras.Model({'[inputs, previous]' if network.feedback else 'inputs'}, characters)",
    ]
    function = _function("An encoder reads the question, a decoder writes the answer.", lines)
    if plain:
        return [function]
    encoder = _recurrent_layer(network.cell, bidirectional=network.bidirectional, masking=network.masking)
    return [encoder, function]


def _additive(network: Seq2Seq, *, steps: bool) -> list[str]:
    zero = "[ops.zeros_like(keys[:, 0])]" + f" * {_STATES[network.cell]}" * (_STATES[network.cell] > 1)
    hidden = ["    scores = ops.where(mask, scores, -1e9)"] if network.masking else []
    x = "ops.concatenate([steps[:, step], context], axis=-1)" if steps else "context"
    return [
        f'decoder = keras.layers.{_LAYERS[network.cell]}Cell(DECODER_UNITS, name="decoder")',
        'ask = keras.layers.Dense(DECODER_UNITS, use_bias=False, name="attention_query")',
        'keys = keras.layers.Dense(DECODER_UNITS, name="attention_key")(states)',
        'rate = keras.layers.Dense(1, use_bias=False, name="attention_score")',
        f"state = {'last' if network.bridge == 'state' else zero}",
        "outputs = []",
        "# It looks back at the question before each character.",
        f"for {'step' if steps else '_'} in range(ANSWER_STEPS):",
        "    scores = rate(ops.tanh(keys + ops.expand_dims(ask(state[0]), 1)))[:, :, 0]",
        *hidden,
        '    context = ops.einsum("nq,nqd->nd", ops.softmax(scores), states)',
        f"    output, state = decoder({x}, state)",
        "    outputs.append(output)",
        "written = ops.stack(outputs, axis=1)",
    ]


def _transformer(experiment: Experiment, network: Transformer) -> list[str]:
    mask = "mask" if network.masking else "None"
    end = f", {mask}" if network.masking else ""
    lines = [
        *_reading(experiment, masking=network.masking),
        *(["mask = mask[:, None, None]  # for each head and each step"] if network.masking else []),
        'x = Position(name="question_position")(keras.layers.Dense(MODEL_WIDTH, name="read")(question))',
        "for layer in range(1, LAYERS + 1):",
        '    name = f"encoder_{layer}"',
        '    y = normed(f"{name}_self", x)',
        f'    x += attention(f"{{name}}_self", y, y{end})',
        "    x += feedforward(name, x)",
        'states = normed("encoder", x)',
        "",
        'previous = keras.Input((ANSWER_STEPS,), dtype="int32")  # the character before each one',
        "past = ops.tril(ops.ones((1, 1, ANSWER_STEPS, ANSWER_STEPS), bool))  # no step looks at what comes after it",
        'x = keras.layers.Dense(MODEL_WIDTH, name="previous")(ops.one_hot(previous, SYMBOLS))',
        'x = Position(name="answer_position")(x)',
        "for layer in range(1, LAYERS + 1):",
        '    name = f"decoder_{layer}"',
        '    y = normed(f"{name}_self", x)',
        '    x += attention(f"{name}_self", y, y, past)',
        f'    x += attention(f"{{name}}_cross", normed(f"{{name}}_cross", x), states{end})',
        "    x += feedforward(name, x)",
        'characters = keras.layers.Dense(SYMBOLS, "softmax", name="character")(normed("decoder", x))',
        "return keras.Model([inputs, previous], characters)",
    ]
    if experiment.training.dropout:
        parts = _ATTENTION.replace("DROPPED", "keras.layers.Dropout(DROPOUT)")
    else:
        parts = re.sub(r"DROPPED\((.*)\)", r"\1", _ATTENTION)
    return [_POSITION, parts, _function("No recurrence: every character looks at every other.", lines)]


def _carry(experiment: Experiment, network: CarryCell) -> list[str]:
    lines = [
        'inputs = keras.Input((QUESTION_STEPS, TERMS), dtype="int32")',
        'scores = Carry(name="carry")(ops.sum(ops.cast(inputs, "float32"), axis=-1))',
        "others = [[0, 0], [0, 0], [0, SYMBOLS - BASE]]  # symbols that are no digits are never written",
        "return keras.Model(inputs, ops.softmax(ops.pad(scores, others, constant_values=-1e9)))",
    ]
    return [_CARRY, _function("One unit that goes from column to column.", lines)]


def _mapping_mlp(experiment: Experiment, network: MappingMLP) -> list[str]:
    lines = [
        "inputs = keras.Input((TERMS,))",
        "x = inputs",
        "for layer, units in enumerate(UNITS, start=1):",
        '    x = keras.layers.Dense(units, name=f"dense_{layer}")(x)',
        *(f"    {line}" for line in _dropped(experiment, "x")),
        'x = keras.layers.Dense(1, name="sum")(x)',
        "return keras.Model(inputs, keras.layers.Reshape(())(x))",
    ]
    return [_function("Dense layers without activations: one linear function of the numbers.", lines)]


def _mapping_lstm(experiment: Experiment, network: MappingLSTM) -> list[str]:
    lines = [
        "inputs = keras.Input((TERMS,))",
        "x = keras.layers.Reshape((-1, 1))(inputs)  # one number a step",
        "for layer, units in enumerate(UNITS, start=1):",
        "    last = layer == len(UNITS)",
        '    x = keras.layers.LSTM(units, return_sequences=not last, name=f"lstm_{layer}")(x)',
        *(f"    {line}" for line in _dropped(experiment, "x")),
        'x = keras.layers.Dense(1, name="sum")(x)',
        "return keras.Model(inputs, keras.layers.Reshape(())(x))",
    ]
    return [_function("LSTM layers that read the numbers as if they were a sequence.", lines)]
