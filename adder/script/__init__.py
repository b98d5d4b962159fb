"""An experiment as a standalone Keras script: the same questions, network and training, in a listing to read.

The script needs NumPy and Keras and nothing of this package. It is put together from parts, and holds only those that
the experiment needs, so that it reads as if somebody had written it by hand. Tasks, encodings, layers and the entries
of registries write their own parts; here is what joins them. Making the script loads neither Keras nor TensorFlow, and
runs nothing.
"""

from __future__ import annotations

import re
import sys
import textwrap

from adder.base.source import Constants
from adder.experiment import Experiment
from adder.script import fitting, network, questions

_WIDTH = 120
_BACKEND = 'os.environ.setdefault("KERAS_BACKEND", "tensorflow")'


def keras_script(experiment: Experiment) -> str:
    """A Python script that trains the experiment's network with plain Keras.

    It takes `--epochs N`, and `--json` to print the shapes of its weights and its figures as one object.

    >>> from adder.presets import preset
    >>> script = keras_script(preset("seq2seq"))
    >>> [line for line in script.splitlines() if "LSTM" in line][0].strip()
    'encoder = keras.layers.LSTM(100, name="encoder")(question)  # Its last state is all that is handed on.'
    """
    parts = (questions, network, fitting)
    code = "\n\n\n".join(block for part in parts for block in part.blocks(experiment))
    constants = {name: value for part in parts for name, value in part.constants(experiment).items()}
    named: list[str] = []
    while (found := _settings(constants, "\n".join([code, *named]))) != named:  # A constant may name another.
        named = found
    return "\n".join(
        [
            _opening(experiment),
            "",
            *_imports(f"{_BACKEND}\n{code}"),
            "",
            _BACKEND,
            "",
            "import keras  # It reads the name of its backend as it is imported.",
            "import numpy as np",
            *(["from keras import ops"] if "ops." in code else []),
            "",
            *named,
            "",
            "",
            code,
            "",
        ]
    )


def _opening(experiment: Experiment) -> str:
    """The script's docstring."""
    about = f"{experiment.network.label}. {experiment.network.blurb}"
    needs = (
        f"Made by adder from its experiment {experiment.digest}. It needs NumPy and Keras 3 with a backend: "
        "TensorFlow, or another that KERAS_BACKEND names."
    )
    paragraphs = [about, needs, " ".join(fitting.left_out(experiment))]
    filled = [textwrap.fill(each, _WIDTH, break_on_hyphens=False) for each in paragraphs]
    filled[0] = textwrap.fill(f'"""{about}', _WIDTH, break_on_hyphens=False)
    return "\n\n".join(filled) + '\n"""'


def _imports(code: str) -> list[str]:
    """The standard library's modules that some code uses."""
    used = set(re.findall(r"(?<![.\w])(\w+)\.(?=\w)", code))
    return [f"import {module}" for module in sorted(used & sys.stdlib_module_names)]


def _settings(constants: Constants, code: str) -> list[str]:
    """A line for each constant that some code names."""
    return [
        f"{name} = {value}" + (f"  # {comment}" if comment else "")
        for name, (value, comment) in constants.items()
        if re.search(rf"\b{name}\b", code)
    ]
