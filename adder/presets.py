"""The experiments that adder ships, by name.

The textbook presets keep the tutorial's settings exactly, so they hold nothing out. The recipes hold out a tenth of
all distinct questions, and each teaches one idea.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adder.base import validation
from adder.base.messages import marked
from adder.encodings import ColumnsEncoding, ScaledEncoding, TextEncoding
from adder.experiment import Experiment
from adder.experiment.training import Training
from adder.networks import CarryCell, MappingLSTM, MappingMLP, ReadingHeads, Seq2Seq, Tagger
from adder.tasks.arithmetic import Task


@dataclass(frozen=True, slots=True)
class Preset:
    """An experiment that ships.

    Attributes:
        name: What it is called on the command line and in addresses.
        label: What it is called in menus.
        blurb: What it teaches, in a sentence or two.
        experiment: The experiment itself.
        seconds_an_epoch: The median time of an epoch of the shipped solver's run. It stands here so that an estimate
            opens no file; a test compares it with the solver's history.
        races: Whether a class may play against it while it learns: people can work out its sums, and it learns them
            before they are tired of it.
    """

    name: str
    label: str
    blurb: str
    experiment: Experiment
    seconds_an_epoch: float
    races: bool = False


_TO_100 = Task(smallest=1, largest=100)
_BY_TERMS = TextEncoding(padding="terms", answer_order="reversed")
_TAGGED = TextEncoding(padding="terms", question_order="reversed", answer_order="reversed", full_length=True)
_BOTH_WAYS = Seq2Seq(encoder_units=64, decoder_units=64, bidirectional=True)
_TWO_LAYERS = Tagger(units=64, layers=2, bidirectional=True)
_TWO_FINGERS = ReadingHeads(cell="lstm", units=32)


def _fast(epochs: int, samples: int, **others: Any) -> Training:
    """Training in small batches, at a high learning rate that falls along a cosine; clipping keeps it stable."""
    usual = {"batch_size": 40, "learning_rate": 0.008, "final_learning_rate": 0.0003, "clip_norm": 1.0}
    return Training(epochs, samples, **(usual | others))


def _on_paper(task: Task, network: ReadingHeads, *, draw: str = "carries", seed: int = 1) -> Experiment:
    """Reading heads, which are asked longer numbers once they have the shorter ones right."""
    return Experiment(
        task=task,
        encoding=TextEncoding(padding="marks", answer_order="reversed"),
        network=network,
        training=_fast(
            epochs=300,
            samples=3_200,
            batch_size=64,
            learning_rate=0.01,
            final_learning_rate=0.00004,
            curriculum="earned",
            draw=draw,
        ),
        seed=seed,
    )


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "seq2seq",
            marked("Textbook sequence to sequence, 1 to 10"),
            marked(
                "An encoder reads the characters, and a decoder writes the sum. It gets nearly all right. But "
                "there are only 55 distinct sums, and it sees 30,000 examples: has it learned to add, or has it "
                "memorised a table?"
            ),
            Experiment(),
            seconds_an_epoch=0.01874,
            races=True,
        ),
        Preset(
            "seq2seq-100",
            marked("Textbook sequence to sequence, 1 to 100"),
            marked(
                "The textbook recipe gets 5,050 distinct sums. Fewer than one sum in ten comes out right: there "
                "is too much to memorise, and 30,000 samples are too few for this recipe to find the rule."
            ),
            Experiment(task=_TO_100),
            seconds_an_epoch=0.02775,
        ),
        Preset(
            "mapping-mlp",
            marked("Numbers in, number out: linear MLP"),
            marked(
                "This is the beginner's mistake in its first form: two scaled numbers go into linear layers. "
                "Addition is linear, so the error falls to nothing. But no sequence was learned."
            ),
            Experiment(
                task=_TO_100,
                encoding=ScaledEncoding(),
                network=MappingMLP(),
                training=Training(epochs=50, samples=100, batch_size=2),
            ),
            seconds_an_epoch=0.001247,
        ),
        Preset(
            "mapping-lstm",
            marked("Numbers in, number out: LSTM"),
            marked(
                "This is the beginner's mistake in its second form: an LSTM reads two scaled numbers. It comes "
                "within about one of the sum. But shuffle the numbers of every example, and it learns just as "
                "well: it never was a sequence."
            ),
            Experiment(
                task=_TO_100,
                encoding=ScaledEncoding(),
                network=MappingLSTM(),
                training=Training(epochs=100, samples=100, batch_size=1),
            ),
            seconds_an_epoch=0.001482,
        ),
        Preset(
            "mapping-lstm-stacked",
            marked("Numbers in, number out: two LSTM layers"),
            marked(
                "This is the beginner's mistake with two LSTM layers of 6 units on top of each other. The network "
                "is larger, and there still is no sequence."
            ),
            Experiment(
                task=_TO_100,
                encoding=ScaledEncoding(),
                network=MappingLSTM(units=(6, 6)),
                training=Training(epochs=100, samples=100, batch_size=1),
            ),
            seconds_an_epoch=0.001849,
        ),
        Preset(
            "two-digits",
            marked("Two digits"),
            marked(
                "An encoder and a decoder as in the textbook are trained better here. Each number is padded on "
                "its own, the answer is written from its last digit, as carries travel, and the question is read "
                "both ways. A tenth of the sums is never trained on, and it gets those right too."
            ),
            Experiment(
                task=Task(smallest=0, largest=99, held_out=0.1),
                encoding=_BY_TERMS,
                network=_BOTH_WAYS,
                training=_fast(epochs=24, samples=2_800, draw="ends"),
            ),
            seconds_an_epoch=0.09425,
            races=True,
        ),
        Preset(
            "three-digits",
            marked("Three digits"),
            marked(
                "Three digits make ten times as many numbers as two and a hundred times as many sums: 500,500 of "
                "them. It sees fewer than half, and gets the rest right too. Of new sums, 99 % are right after "
                "292,000 samples; the Keras addition example needs 765,000."
            ),
            Experiment(
                task=Task(smallest=0, largest=999, held_out=0.1),
                encoding=_BY_TERMS,
                network=_BOTH_WAYS,
                training=_fast(epochs=180, samples=4_000, final_learning_rate=0.0001, draw="first"),
            ),
            seconds_an_epoch=0.192,
            races=True,
        ),
        Preset(
            "five-digits",
            marked("No bottleneck, 1 to 5 digits"),
            marked(
                "From five digits on, one vector is too narrow a bridge, so there is none: two layers write one "
                "character for each one they read. They have seen one in 8,600 of the five billion sums."
            ),
            Experiment(
                task=Task(smallest=0, largest=99_999, held_out=0.1, draw="lengths"),
                encoding=_TAGGED,
                network=_TWO_LAYERS,
                training=_fast(epochs=200, samples=4_000, final_learning_rate=0.0001, draw="first"),
            ),
            seconds_an_epoch=0.3223,
        ),
        Preset(
            "nine-digits",
            marked("A curriculum, 9 digits"),
            marked(
                "Nine digits at once are too hard to begin with, so numbers grow over half of the run, and short "
                "ones stay in practice. This is the combined curriculum of Learning to Execute (Zaremba & "
                "Sutskever 2014), which reached 99 % with nine digits. Attention (Bahdanau et al. 2014) finds the "
                "two digits that belong to each place."
            ),
            Experiment(
                task=Task(smallest=0, largest=999_999_999, held_out=0.1),
                encoding=_BY_TERMS,
                network=Seq2Seq(encoder_units=64, decoder_units=96, bidirectional=True, attention="additive"),
                training=_fast(
                    epochs=110, samples=4_000, final_learning_rate=0.0001, curriculum="combined", draw="first"
                ),
            ),
            seconds_an_epoch=3.076,
        ),
        Preset(
            "terms",
            marked("2 to 5 numbers in a sum"),
            marked(
                "One network adds sums of different lengths. Each number has columns of its own, and those of "
                "missing numbers stay blank. One vector still carries the whole question to the decoder."
            ),
            Experiment(
                task=Task(smallest=0, largest=99, terms=5, fewest_terms=2, held_out=0.1),
                encoding=_BY_TERMS,
                network=_BOTH_WAYS,
                training=_fast(epochs=200, samples=4_000, draw="first"),
            ),
            seconds_an_epoch=0.3338,
            races=True,
        ),
        Preset(
            "plus-minus",
            marked("Plus and minus, 2 or 3 numbers"),
            marked(
                "A minus sign joins the alphabet, answers may be negative, and the network has to borrow as well "
                "as carry. The same recipe as for sums learns both, from about as many samples."
            ),
            Experiment(
                task=Task(smallest=0, largest=99, terms=3, fewest_terms=2, operators="+-", held_out=0.1),
                encoding=_BY_TERMS,
                network=_BOTH_WAYS,
                training=_fast(epochs=160, samples=4_000, final_learning_rate=0.0001, draw="first"),
            ),
            seconds_an_epoch=0.2126,
            races=True,
        ),
        Preset(
            "calculator",
            marked("Plus, minus, times and brackets"),
            marked(
                "Its questions have up to three operators between numbers of one digit, with the usual "
                "precedence. Two layers read both ways before anything is written, and the decoder reads back "
                "each character that it wrote (Sutskever et al. 2014). For products, reading back matters more "
                "than carries do, so the answer is written as people write it. Large answers are rare and hard, "
                "so half of the practice looks for them."
            ),
            Experiment(
                task=Task(smallest=0, largest=9, terms=4, fewest_terms=2, operators="+-*", brackets=2, held_out=0.1),
                encoding=TextEncoding(),
                network=Seq2Seq(
                    encoder_units=80, encoder_layers=2, decoder_units=128, bidirectional=True, feedback=True
                ),
                training=_fast(
                    epochs=165,
                    samples=12_800,
                    batch_size=64,
                    learning_rate=0.005,
                    final_learning_rate=0.0001,
                    draw="large",
                ),
            ),
            seconds_an_epoch=4.582,
        ),
        Preset(
            "squares",
            marked("Squares, 0 to 99"),
            marked(
                "The network does not find this rule: ninety examples are fewer than the products of digits that "
                "it would have to learn, and a table of them is shorter than the rule. What was trained on is "
                "right, and most of what was held out is not."
            ),
            Experiment(
                task=Task(smallest=0, largest=99, terms=1, operators="^", held_out=0.1),
                encoding=_BY_TERMS,
                network=_BOTH_WAYS,
                training=_fast(epochs=20, samples=2_800),
            ),
            seconds_an_epoch=0.04806,
        ),
        Preset(
            "columns",
            marked("Trained on 5 digits, adds 100"),
            marked(
                "If a sum is written in columns, as on paper, nothing has to be remembered but the carry. An LSTM "
                "that has only ever seen 5 digits then adds 100 and more. This is due to the representation, not "
                "to the network. It also takes practice with carries that run far: without that, the network "
                "forgets a carry on its way through twenty columns."
            ),
            Experiment(
                task=Task(smallest=0, largest=99_999, held_out=0.1, draw="lengths"),
                encoding=ColumnsEncoding(fill="zero"),
                network=Tagger(units=32),
                training=_fast(
                    epochs=80,
                    samples=8_000,
                    batch_size=64,
                    learning_rate=0.01,
                    final_learning_rate=0.0001,
                    draw="carries",
                ),
            ),
            seconds_an_epoch=0.06084,
        ),
        Preset(
            "pen-and-paper",
            marked("Two fingers: trained on 5 digits, adds 500"),
            marked(
                "It reads a sum as people write it, and lines up the digits by itself. One head learns to start "
                "at the plus sign and the other one at the end. Both walk to the left, and a recurrent layer "
                "remembers the carry. It was trained on 5 digits and adds 500. Published Transformers went from 20 "
                "digits to 100, or from 30 to 200. But they may look anywhere; this one is given heads that move by "
                "one place."
            ),
            _on_paper(Task(smallest=0, largest=99_999, held_out=0.1, draw="lengths"), _TWO_FINGERS),
            seconds_an_epoch=0.07949,
        ),
        Preset(
            "pen-and-paper-binary",
            marked("Two fingers in base 2: trained on 8 bits, adds 500"),
            marked(
                "This is the network with two fingers on zeros and ones. Nobody tells it that the base is "
                "different: it learns when a column is full, and what to carry."
            ),
            _on_paper(Task(smallest=0, largest=255, base=2, held_out=0.1), _TWO_FINGERS, seed=2),
            seconds_an_epoch=0.1365,
        ),
        Preset(
            "pen-and-paper-terms",
            marked("Three fingers: adds 2 or 3 numbers of 500 digits"),
            marked(
                "Two plus signs look alike, so here a finger does not start at a symbol of the whole sum. It looks to "
                "the left of the finger before it, for the next sign. It was trained on 5 digits. The carry may be 2, "
                "and without a third number the third finger reads nothing."
            ),
            _on_paper(
                Task(smallest=0, largest=99_999, terms=3, fewest_terms=2, held_out=0.1, draw="lengths"),
                ReadingHeads(cell="lstm", units=48, heads=3, start="next"),
                draw="first",
            ),
            seconds_an_epoch=0.08309,
        ),
        Preset(
            "binary",
            marked("Binary addition, 8 bits"),
            marked(
                "This is the classic first recurrent network. At each step two bits go in and one bit comes out, "
                "the least significant one first, and a plain recurrent layer learns to carry. All 65,536 sums "
                "come out right, and it has never seen a tenth of them."
            ),
            Experiment(
                task=Task(smallest=0, largest=255, base=2, held_out=0.1),
                encoding=ColumnsEncoding(fill="zero"),
                network=Tagger(cell="simple", units=16),
                training=_fast(epochs=20, samples=2_000, batch_size=20, learning_rate=0.01),
            ),
            seconds_an_epoch=0.01165,
        ),
        Preset(
            "smallest",
            marked("How small can it be? One weight"),
            marked(
                "It is a single recurrent unit, shaped like addition on paper. Only one of its weights is "
                "trained, on numbers of up to 10 digits. That weight learns the number ten: a column is full at "
                "ten, and ten is then taken away. The smallest trained Transformers on the public AdderBoard need "
                "36 weights. With 2, 3 or 4 trained weights, less is given, and the network learns as much."
            ),
            Experiment(
                task=Task(smallest=0, largest=9_999_999_999, held_out=0.1),
                encoding=ColumnsEncoding(fill="zero", input="integer"),
                network=CarryCell(trained=1),
                training=_fast(epochs=20, samples=1_600, batch_size=32, learning_rate=0.1, final_learning_rate=0.01),
            ),
            seconds_an_epoch=0.02906,
        ),
    )
}

DEFAULT_PRESET = "seq2seq"
FORMER_NAMES = {"seq2seq-fast": "two-digits"}  # Old links and commands still work.


def preset(name: str) -> Experiment:
    """The experiment that adder ships under `name`.

    Raises:
        ExperimentError: There is no preset of that name.

    >>> preset("seq2seq").training.epochs
    30
    """
    return PRESETS[preset_name(name)].experiment


def preset_name(name: str) -> str:
    """The present name of a preset, which may be given by a former one.

    Raises:
        ExperimentError: There is no preset of that name.
    """
    return validation.choice("preset", FORMER_NAMES.get(name, name) if isinstance(name, str) else name, list(PRESETS))
