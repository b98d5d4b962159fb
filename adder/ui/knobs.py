"""Every setting of an experiment as a widget, folded away behind "More".

`KNOBS` says how a person sets each field of every task, encoding, network and of training; a test holds it to the
registries, so that none is missing. Which of them are shown follows from the parts that are chosen. A change that
cannot work yet is kept as a draft and explained, since two settings may only go together; the experiment changes as
soon as all of the draft can work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from adder import encodings
from adder.base.errors import AdderError, CombinationError, ExperimentError
from adder.base.messages import marked
from adder.experiment import (
    LARGEST_SEED,
    MOST_EPOCHS,
    MOST_SAMPLES,
    OPTIMIZERS,
    Experiment,
)
from adder.networks import NETWORKS
from adder.networks.recurrent import CELLS, MOST_LAYERS, MOST_UNITS
from adder.networks.transformer import MOST_FEEDFORWARD, MOST_HEADS
from adder.presets import PRESETS
from adder.tasks import pairs
from adder.tasks.arithmetic import MOST_BRACKETS, MOST_HELD_OUT, MOST_TERMS
from adder.tasks.pairs import Rule
from adder.ui import state
from adder.ui.state import say

_MOST_IN_A_BROWSER = 2**53 - 1  # JavaScript's largest exact whole number
_DRAFT = "draft"
_TROUBLE = "knob_trouble"
_REPEATS = "list_repeats"
NONE = marked("none")


@dataclass(frozen=True, slots=True)
class Knob:
    """How a person sets one field.

    Attributes:
        label: What it is called.
        text: What it does.
    """

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Whole(Knob):
    """A whole number; empty for None where `optional`."""

    low: int = 0
    high: int = _MOST_IN_A_BROWSER
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Real(Knob):
    """A number; empty for None where `optional`. Shares are set in per cent."""

    low: float = 0.0
    high: float = 1.0
    optional: bool = False
    percent: bool = False


@dataclass(frozen=True, slots=True)
class Choice(Knob):
    """One of some values, each with its label; None is among them where it means something."""

    options: Mapping[Any, str] = ()  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Switch(Knob):
    """On or off."""


@dataclass(frozen=True, slots=True)
class Sizes(Knob):
    """Layer sizes, written with commas."""


_DRAW_LABELS = {
    "numbers": marked("every number alike"),
    "lengths": marked("every length alike"),
    "forms": marked("every form alike"),
    "ends": marked("often near the ends"),
    "carries": marked("with long carries"),
}
_CELLS = Choice(
    marked("Cell"),
    marked("What remembers: an LSTM has a memory behind gates, a GRU has two gates, a plain layer has none."),
    {name: cell.label for name, cell in CELLS.items()},
)
_BOTH_WAYS = Switch(
    marked("Reads both ways"), marked("Whether a second set of layers reads the question from its end.")
)
_MASKING = Switch(marked("Skip padding"), marked("Masking: whether padding leaves the network's state as it was."))
_HELD_OUT = Real(
    marked("Held out (%)"),
    marked(
        "The share of distinct questions never trained on, mirrors such as 3+4 and 4+3 being one. 0 is as in the "
        "textbook."
    ),
    0,
    MOST_HELD_OUT,
    percent=True,
)

KNOBS: dict[str, dict[str, Knob]] = {
    "task arithmetic": {
        "smallest": Whole(marked("Smallest number"), marked("The smallest number in a question.")),
        "largest": Whole(marked("Largest number"), marked("The largest number in a question."), 1),
        "terms": Whole(
            marked("Numbers in a question"), marked("How many numbers, or at most how many."), 1, MOST_TERMS
        ),
        "fewest_terms": Whole(
            marked("At least so many numbers"),
            marked("The fewest numbers a question has; empty for always as many as above."),
            1,
            MOST_TERMS,
            optional=True,
        ),
        "operators": Choice(
            marked("Operators"),
            marked("What may stand between numbers; the square asks for one number times itself."),
            {
                "+": marked("plus"),
                "-": marked("minus"),
                "*": marked("times"),
                "+-": marked("plus and minus"),
                "+*": marked("plus and times"),
                "-*": marked("minus and times"),
                "+-*": marked("plus, minus and times"),
                "^": marked("square"),
            },
        ),
        "brackets": Whole(
            marked("Brackets, how deep"), marked("How deep brackets may nest; 0 for none."), 0, MOST_BRACKETS
        ),
        "base": Whole(marked("Base"), marked("What numbers are written in: 2 for binary, 10 as usual."), 2, 16),
        "held_out": _HELD_OUT,
        "draw": Choice(
            marked("Questions are drawn"),
            marked("Drawn uniformly over numbers, short ones vanish among long ones; so lengths may be drawn first."),
            _DRAW_LABELS,
        ),
    },
    "task rule": {"held_out": _HELD_OUT},
    "encoding text": {
        "padding": Choice(
            marked("Padding"),
            marked("Where spaces fill up a short question. Each number on its own keeps place values in place."),
            {"left": marked("left"), "right": marked("right"), "terms": marked("each number on its own")},
        ),
        "fill": Choice(
            marked("Filled with"),
            marked("What pads: spaces, or leading zeros."),
            {"space": marked("spaces"), "zero": marked("zeros")},
        ),
        "question_order": Choice(
            marked("Question is read"),
            marked("Reversed, the last character is read first."),
            {"written": marked("as written"), "reversed": marked("reversed")},
        ),
        "answer_order": Choice(
            marked("Answer is written"),
            marked("Reversed, the last digit comes first, as carries travel."),
            {"written": marked("as written"), "reversed": marked("reversed")},
        ),
        "input": Choice(
            marked("Characters go in as"),
            marked("One-hot vectors, one number each, or vectors that are learned."),
            {"one-hot": marked("one-hot"), "integer": marked("integer"), "embedding": marked("embedding")},
        ),
        "embedding_size": Whole(
            marked("Embedding size"), marked("Numbers in a learned vector."), 1, encodings.LARGEST_EMBEDDING
        ),
        "doubled": Switch(marked("Read twice"), marked("Whether the question is read twice (Learning to Execute).")),
        "full_length": Switch(
            marked("Answer as long as the question"),
            marked("Pads both to one length, as a network needs that writes one character for each one it reads."),
        ),
    },
    "network mapping-mlp": {"units": Sizes(marked("Layer sizes"), marked("Units of each hidden layer, as in 4,2."))},
    "network mapping-lstm": {"units": Sizes(marked("Layer sizes"), marked("Units of each LSTM layer, as in 6,6."))},
    "network seq2seq": {
        "cell": _CELLS,
        "encoder_units": Whole(
            marked("Encoder units"), marked("Units of each encoder layer, in each direction."), 1, MOST_UNITS
        ),
        "encoder_layers": Whole(marked("Encoder layers"), marked("Layers on top of one another."), 1, MOST_LAYERS),
        "decoder_units": Whole(marked("Decoder units"), marked("Units of the decoder."), 1, MOST_UNITS),
        "bidirectional": _BOTH_WAYS,
        "bridge": Choice(
            marked("Bridge"),
            marked("What crosses: the encoder's last output, repeated for each character, or its state as the start."),
            {"repeat": marked("RepeatVector"), "state": marked("state")},
        ),
        "feedback": Switch(
            marked("Reads what it wrote"),
            marked(
                "Autoregressive: the decoder reads the character before; in training the true one (teacher forcing)."
            ),
        ),
        "attention": Choice(
            marked("Attention"),
            marked("Looks back at the whole question: dot after Luong, additive after Bahdanau."),
            {"none": NONE, "dot": marked("dot"), "additive": marked("additive")},
        ),
        "masking": _MASKING,
    },
    "network tagger": {
        "cell": _CELLS,
        "units": Whole(marked("Units"), marked("Units of each layer, in each direction."), 1, MOST_UNITS),
        "layers": Whole(marked("Layers"), marked("Layers on top of one another."), 1, MOST_LAYERS),
        "bidirectional": _BOTH_WAYS,
        "masking": _MASKING,
    },
    "network transformer": {
        "width": Whole(
            marked("Width"), marked("Numbers that stand for each character; heads share them out."), 1, MOST_UNITS
        ),
        "heads": Whole(marked("Heads"), marked("Attentions side by side."), 1, MOST_HEADS),
        "layers": Whole(marked("Layers"), marked("Layers on top of one another."), 1, MOST_LAYERS),
        "feedforward": Whole(
            marked("Units between"), marked("Units of the layer after attention."), 1, MOST_FEEDFORWARD
        ),
        "masking": _MASKING,
    },
    "network carry": {
        "trained": Choice(
            marked("Trained weights"),
            marked("How many of the cell's weights are learned; the others are given, as on paper."),
            {1: "1", 2: "2", 3: "3", 4: "4"},
        )
    },
    "training": {
        "epochs": Whole(marked("Epochs"), marked("How many times fresh questions are drawn."), 1, MOST_EPOCHS),
        "samples": Whole(
            marked("Questions an epoch"), marked("How many questions are drawn for each epoch."), 1, MOST_SAMPLES
        ),
        "batch_size": Whole(
            marked("Batch size"), marked("Questions between two changes of the weights."), 1, MOST_SAMPLES
        ),
        "optimizer": Choice(
            marked("Optimizer"),
            marked("How a gradient becomes a change of the weights."),
            dict(zip(OPTIMIZERS, ("Adam", "RMSprop", "SGD"), strict=True)),
        ),
        "learning_rate": Real(marked("Learning rate"), marked("How far each change goes."), 1e-7, 10),
        "final_learning_rate": Real(
            marked("Final learning rate"),
            marked("Where the learning rate ends; empty for constant."),
            0,
            10,
            optional=True,
        ),
        "schedule": Choice(
            marked("On its way by"),
            marked("How the learning rate goes from the first to the final one."),
            {"cosine": marked("cosine"), "linear": marked("a straight line"), "exponential": marked("equal factors")},
        ),
        "clip_norm": Real(
            marked("Gradient clipping"),
            marked("Longer gradients are cut to this length; empty for never."),
            1e-6,
            1e6,
            optional=True,
        ),
        "dropout": Real(marked("Dropout (%)"), marked("The share of values silenced at random."), 0, 0.9, percent=True),
        "padding_weight": Real(
            marked("Weight of padding (%)"),
            marked("How much a padded place of the answer counts in the loss; 0 ignores padding."),
            0,
            1,
            percent=True,
        ),
        "scheduled_sampling": Real(
            marked("Scheduled sampling (%)"),
            marked("The share of steps at which the decoder reads its own character in training, not the true one."),
            0,
            1,
            percent=True,
        ),
        "draw": Choice(
            marked("Training draws"),
            marked("Where training should draw its questions otherwise than the task does."),
            {None: marked("as the task does"), **_DRAW_LABELS},
        ),
        "curriculum": Choice(
            marked("Curriculum"),
            marked("Easier questions first: naive lets numbers grow, mixed takes any, combined takes both."),
            {"none": NONE, "naive": marked("naive"), "mixed": marked("mixed"), "combined": marked("combined")},
        ),
        "target": Choice(
            marked("Stop at exact match"),
            marked("End the run once this share of the check questions is answered wholly right."),
            {None: marked("never"), 0.9: "90 %", 0.99: "99 %", 0.999: "99.9 %", 1.0: "100 %"},
        ),
        "keep_best": Switch(
            marked("Keep the best epoch"),
            marked("Whether the weights of the best epoch are kept, where a late one may be a dip."),
        ),
    },
}
KNOBS["encoding columns"] = {name: KNOBS["encoding text"][name] for name in ("fill", "input", "embedding_size")}
KNOBS["encoding scaled"] = {"question_order": KNOBS["encoding text"]["question_order"]}

_SEED = Whole(marked("Seed"), marked("Decides the first weights and every question drawn."), 0, LARGEST_SEED)
_PARTS = {
    "task": marked("Task"),
    "encoding": marked("Writing"),
    "network": marked("Network"),
    "training": marked("Training"),
}
_COLUMNS = 3


def label(setting: str, experiment: Experiment) -> str:
    """What a setting, such as `task.largest`, is called on the page."""
    part, _, name = setting.partition(".")
    knob = _SEED if setting == "seed" else _knobs_of(experiment, part).get(name) if part in _PARTS else None
    return say(knob.label) if knob else setting


def trouble(error: AdderError, experiment: Experiment) -> str:
    """An error about a setting, with the name that the page gives it."""
    if isinstance(error, ExperimentError) and not isinstance(error, CombinationError):
        named = label(error.field, experiment)
        if named != error.field:
            text = say("“{setting}” must be {expected}.", setting=named, expected=say(error.expected))
            return state.plain(text)
    return state.sentence(error)


def show(experiment: Experiment) -> None:
    """Draw the settings of the chosen parts; a change that cannot work is explained and changes nothing yet."""
    draft: dict[str, Any] = st.session_state.get(_DRAFT, {})
    if text := st.session_state.get(_TROUBLE):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.error(say("Nothing was changed yet. {text}", text=text), icon=":material/error:")
            st.button(say("Undo"), icon=":material/undo:", on_click=_forget)
    flat = experiment.flat() | draft
    tabs = st.tabs([say(name) for name in _PARTS.values()])
    for tab, part in zip(tabs, _PARTS, strict=True):
        with tab:
            _part(part, experiment, flat)


def _part(part: str, experiment: Experiment, flat: Mapping[str, Any]) -> None:
    if part == "task":
        _own_list(experiment)
    if part == "network":
        labels = {name: network.label for name, network in NETWORKS.items()}
        _choice("network.name", Choice(marked("Network"), marked("What learns."), labels), flat, _choose_network)
        st.caption(say(type(experiment.network).blurb))
    if part == "encoding":
        labels = {name: kind.label for name, kind in encodings.ENCODINGS.items()}
        _choice(
            "encoding.name",
            Choice(marked("Questions go in as"), marked("How a question is written down."), labels),
            flat,
        )
    knobs = {f"{part}.{name}": knob for name, knob in _knobs_of(experiment, part).items()}
    if part == "training":
        knobs["seed"] = _SEED
    if not knobs:
        st.caption(say("There is nothing to set here."))
    columns = st.columns(_COLUMNS)
    for place, (setting, knob) in enumerate(knobs.items()):
        if setting in flat and state.shows(setting):
            with columns[place % _COLUMNS]:
                _widget(setting, knob, flat)


def _knobs_of(experiment: Experiment, part: str) -> dict[str, Knob]:
    return KNOBS["training" if part == "training" else f"{part} {getattr(experiment, part).name}"]


def _widget(setting: str, knob: Knob, flat: Mapping[str, Any]) -> None:
    value = flat[setting]
    text = say(knob.text)
    if isinstance(knob, Choice):
        _choice(setting, knob, flat)
    elif isinstance(knob, Switch):
        st.session_state[setting] = value
        st.toggle(say(knob.label), key=setting, on_change=_set, args=(setting,), help=text)
    elif isinstance(knob, Whole) and (value is None or value <= _MOST_IN_A_BROWSER):
        st.session_state[setting] = value
        st.number_input(
            say(knob.label), knob.low, knob.high, step=1, key=setting, on_change=_set, args=(setting,), help=text
        )
    elif isinstance(knob, Real) and knob.percent:
        st.session_state[setting] = round(value * 100)
        st.number_input(
            say(knob.label),
            round(knob.low * 100),
            round(knob.high * 100),
            step=5,
            key=setting,
            on_change=_set,
            args=(setting, 100),
            help=text,
        )
    else:  # what a number field would round or could not hold is written out
        st.session_state[setting] = _written(value)
        st.text_input(say(knob.label), key=setting, on_change=_set, args=(setting,), help=text, placeholder=say(NONE))


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _choice(setting: str, knob: Choice, flat: Mapping[str, Any], on_change: Any = None) -> None:
    labels = {_chosen(value): label for value, label in knob.options.items()}
    value = _chosen(flat[setting])
    labels.setdefault(value, _written(value))
    st.session_state[setting] = value
    st.selectbox(
        say(knob.label),
        list(labels),
        format_func=lambda each: say(labels[each]),
        key=setting,
        on_change=on_change or _set,
        args=(setting,),
        help=say(knob.text),
    )


def _chosen(value: Any) -> Any:
    return "none" if value is None else value  # which a selectbox would take for no choice at all


def _own_list(experiment: Experiment) -> None:
    if isinstance(experiment.task, Rule):
        st.caption(
            say(
                "Your own list of {n:,} questions, with answers of up to {longest} characters.",
                n=len(experiment.task.pairs),
                longest=experiment.task.longest_answer,
            )
        )
        of, repeats = st.session_state.get(_REPEATS, (None, ()))
        if repeats and of == experiment.task:
            st.info(_repeated(repeats), icon=":material/content_copy:")
    if not state.shows("list"):
        return
    file = st.file_uploader(
        say("Train on your own list (CSV)"),
        type="csv",
        key=f"list {st.session_state.get('lists', 0)}",
        help=say(
            "One question and its answer a row: question,answer. At most {pairs:,} different questions of up to "
            "{characters} characters.",
            pairs=pairs.MOST_PAIRS,
            characters=pairs.MOST_CHARACTERS,
        ),
    )
    if file is None:
        return
    st.session_state["lists"] = st.session_state.get("lists", 0) + 1  # an empty uploader next time
    try:
        text = file.getvalue().decode("utf-8-sig")
        task = Rule.from_csv(text)
        new = Experiment(task=task, encoding=encodings.TextEncoding(), network=PRESETS["seq2seq"].experiment.network)
    except UnicodeDecodeError:
        st.session_state[_TROUBLE] = say("The list must be text in UTF-8.")
    except AdderError as error:
        st.session_state[_TROUBLE] = state.sentence(error)
    else:
        _forget()
        st.session_state[_REPEATS] = (task, pairs.repeated_rows(text))
        state.choose(new)
    st.rerun()


def _repeated(repeats: Sequence[tuple[int, int]]) -> str:
    """Which rows of an uploaded list say again what others said."""
    row, before = repeats[0]
    if len(repeats) == 1:
        return say("Row {row} repeats row {before}; it is taken once.", row=row, before=before)
    return say(
        "{n:,} rows repeat others and are taken once; the first is row {row}, which repeats row {before}.",
        n=len(repeats),
        row=row,
        before=before,
    )


def _set(setting: str, divisor: int | None = None) -> None:
    value = st.session_state[setting]
    if divisor is not None:
        value = None if value is None else value / divisor
    if value == "":
        value = None
    _change({setting: "none" if value is None else value})


def _choose_network(setting: str) -> None:
    """Choose a network, and with it an encoding that it reads where the present one is none for it."""
    name = st.session_state[setting]
    experiment = state.experiment()
    if experiment.encoding.name in NETWORKS[name].encodings and _works(experiment, {setting: name}):
        _change({setting: name})
        return
    example = next((each.experiment for each in PRESETS.values() if each.experiment.network.name == name), Experiment())
    wanted = {key: value for key, value in example.flat().items() if key.startswith("encoding.")}
    _change({setting: name, **wanted})


def _works(experiment: Experiment, changes: Mapping[str, Any]) -> bool:
    try:
        experiment.replaced(changes)
    except AdderError:
        return False
    return True


def _change(changes: Mapping[str, Any]) -> None:
    draft: dict[str, Any] = st.session_state.get(_DRAFT, {})
    for setting in changes:
        if setting.endswith(".name"):  # another part starts from its own settings
            draft = {key: value for key, value in draft.items() if not key.startswith(setting.removesuffix("name"))}
    draft = draft | dict(changes)
    experiment = state.experiment()
    try:
        new = experiment.replaced(draft)
    except AdderError as error:
        st.session_state[_DRAFT] = draft
        st.session_state[_TROUBLE] = trouble(error, experiment)
        return
    _forget()
    state.choose(new)


def _forget() -> None:
    st.session_state.pop(_DRAFT, None)
    st.session_state.pop(_TROUBLE, None)
