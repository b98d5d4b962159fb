"""A network in your pocket: one HTML file that answers, draws and plays without a server, and without TensorFlow.

    adder.web_page(adder.shipped_solver("two-digits"))      # the text of the file

The page computes with the JavaScript face of each layer, encoding and task, the file beside the Python file of the same
name. `page.js` is what it shows, and all that this imports becomes one script in the page. What it has to know of
the network stands in the page as JSON, and the weights stand beside it. Its policy lets no request leave it.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import html
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from adder.analysis.layer_summary import parts
from adder.analysis.picture import Arrangement, Picture, Times, arrangement, picture
from adder.analysis.picture_texts import picture_texts
from adder.base.errors import ExperimentError
from adder.base.language import LANGUAGES, Language
from adder.base.messages import Sentence, counted, marked
from adder.experiment import Experiment
from adder.networks.description import planned
from adder.pocket import script, texts, weights
from adder.presets import PRESETS
from adder.query import nearest_preset, to_query, training_command
from adder.solvers.results import Report
from adder.solvers.solver import Solver
from adder.tasks import plain_cell
from adder.tasks.arithmetic_settings import Arithmetic
from adder.tasks.listed import Listed
from adder.tasks.typed_text import plain, script_rules

MOST_PAGE_BYTES = 1_500_000  # A network of millions of weights takes more.
LOCAL = "http://localhost:8501"
_MOST_ADDRESS_CHARACTERS = 4_000  # Browsers cut longer ones.
_QUIZ_QUESTIONS = 120
_FOLDER = Path(__file__).parent
_PACKAGE = _FOLDER.parent


def web_page(solver: Solver, address: str = LOCAL) -> str:
    """A trained network as one HTML file, which answers without a server.

    Args:
        solver: The network.
        address: The address of the adder in which the page's link trains it again.

    Raises:
        ExperimentError: A layer, the encoding or the task has no JavaScript face.

    >>> from adder.solvers.shipped import shipped_solver
    >>> page = web_page(shipped_solver("binary"))
    >>> "default-src 'none'" in page, len(page) < MOST_PAGE_BYTES
    (True, True)
    """
    _refuse(solver.experiment)
    code, start, data = _script("page.js"), _script("start.js"), _network_data(solver, address)
    filled = {
        "policy": f"default-src 'none'; script-src '{_digest(start)}' '{_digest(code)}'; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'",
        "title": html.escape(data["languages"]["en"]["title"]),
        "style": (_FOLDER / "page.css").read_text("utf-8"),
        "script": weights.spelled(zlib.compress(code.encode(), 9)),
        "start": start,
        "network": _json(data),
        "weights": "",
    }
    names = len(_json(list(solver.weights))) + 10 * len(solver.weights) + 100  # Their sizes take space too.
    room = MOST_PAGE_BYTES - len(_page(filled).encode()) - names
    filled["weights"], data["weights"] = weights.packed(solver.weights, room)
    return _page(filled | {"network": _json(data)})


def _page(filled: Mapping[str, str]) -> str:
    frame = (_FOLDER / "page.html").read_text("utf-8")
    return re.sub(r"\{(\w+)\}", lambda match: filled[match[1]], frame)


def _refuse(experiment: Experiment) -> None:
    """Refuse what no browser can compute."""
    faces = {name for path in (_PACKAGE / "networks" / "layers").glob("*.js") for name in script.exported(path)}
    faces |= {"Question", "Numbers"}  # Their values are handed in.
    kinds = [type(layer).__name__ for layer in experiment.layers if not layer.hands_on]
    missing = [kind for kind in kinds if kind not in faces]
    for field, module in (("cell", "cells.js"), ("activation", "activations.js")):
        missing += _without_face([getattr(layer, field, "") for layer in experiment.layers], "networks/layers", module)
    missing += _without_face([experiment.encoding.name], "encodings", "readers.js")
    if not isinstance(experiment.task, Arithmetic | Listed):
        missing.append(experiment.task.name)
    if missing:
        expected = Sentence("of layers, cells, an encoding and a task that have a JavaScript face")
        raise ExperimentError("solver", expected, missing[0])


def _without_face(names: Iterable[str], folder: str, module: str) -> list[str]:
    """Those names that no function of a module has; JavaScript has _ for -."""
    known = script.exported(_PACKAGE / folder / module)
    return [name for name in names if name and name.replace("-", "_") not in known]


@lru_cache(maxsize=2)
def _script(name: str) -> str:
    """A script of the page, as it stands between its tags."""
    code = script.one_script(_FOLDER / name)
    assert "</script" not in code.lower()
    return f'\n"use strict";\n{{\n{code}\n}}\n'


def _digest(code: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}"


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _network_data(solver: Solver, address: str) -> dict[str, Any]:
    """All that the page has to know of a network, except its weights."""
    experiment, arranged = solver.experiment, arrangement(solver)
    task, encoding = experiment.task, experiment.encoding
    query = to_query(experiment)
    fits = len(query) <= _MOST_ADDRESS_CHARACTERS
    example = picture(solver, task.example, arranged)
    found = {
        "plan": planned(experiment.layers),
        "task": _task(experiment),
        "rules": script_rules(task.base),
        "encoding": {
            "name": encoding.name,
            "fill": encoding.fill,
            "question_order": encoding.question_order,
            "answer_order": encoding.answer_order,
            **dataclasses.asdict(encoding),  # type: ignore[call-overload]
            "scale": 1 if encoding.writes_characters else encoding.scale(task),
        },
        "example": example.plain(),
        "drawn": _drawn(example, arranged),
        "lamp": None if arranged.lamp is None else {name: getattr(arranged.lamp, name) for name in _OF_LAMPS},
        "times": dataclasses.asdict(Times.of(solver, example.layers)),
        "quiz": _questions(solver),
        "plus_only": task.operators == "+" and task.base == 10,
        "link": f"{address.rstrip('/')}/?{query}" if fits else "",
        "local": urlsplit(address).hostname in {"localhost", "127.0.0.1", "::1"},
        "command": f"python -m adder {training_command(query)}" if fits else "",
        "texts": texts.TEXTS,
    }
    return found | {
        "languages": {code: _said(solver, language, arranged, found) for code, language in LANGUAGES.items()}
    }


_OF_LAMPS = "layer", "unit", "threshold", "above"


def _task(experiment: Experiment) -> dict[str, Any]:
    task = experiment.task
    found = {
        "base": task.base,
        "alphabet": task.alphabet,
        "operators": task.operators,
        "example": task.example,
        "aligned": task.aligned,
        "any_length": experiment.any_length,
        "number_width": task.number_width,
        "longest_question": task.longest_question,
        "longest_answer": task.longest_answer,
    }
    if isinstance(task, Arithmetic):
        return found | {
            "smallest": str(task.smallest),
            "largest": str(task.largest),
            "range": task.range.to_dict(),
            "term_counts": [task.term_counts[0], task.term_counts[-1]],
            "brackets": task.brackets,
            "forms": task.widest_forms,
            "most_digits": task.most_digits,
        }
    assert isinstance(task, Listed)
    return found | {
        "pairs": task.pairs,
        "same": dataclasses.asdict(task.canonical),
        "writings": {plain(question): question for question, _ in reversed(task.pairs)},
        "blank": plain_cell.BLANK.pattern,
        "invisible": plain_cell.INVISIBLE.pattern,
    }


def _drawn(example: Picture, arranged: Arrangement) -> dict[str, Any]:
    """The order in which the units of each layer are drawn."""
    return {layer.name: arranged.order.get(layer.name, range(layer.units)) for layer in example.layers}


def _questions(solver: Solver) -> list[str]:
    """Questions for the quiz: those that it never practised, where any are held out."""
    task = solver.experiment.task
    asked = task.sample(_QUIZ_QUESTIONS, np.random.default_rng(1), split="held_out" if task.held_out else "any")
    return list(dict.fromkeys(task.texts(asked)))


def _said(solver: Solver, language: Language, arranged: Arrangement, data: Mapping[str, Any]) -> dict[str, Any]:
    """What the page says in one language."""
    experiment, say = solver.experiment, language.say
    task = experiment.task
    drawn = picture(solver, task.example, arranged).plain(say)
    askable = task.askable(experiment.any_length)
    templates = [*texts.TEXTS.values(), *_templates(data["task"])]
    said = {template: say(template) for template in templates}
    for forms in script.sentences(_FOLDER / "page.js"):
        said |= {form: language.template(form, forms) for form in forms}
    return {
        "code": "zh-Hans" if language.code == "zh" else language.code,
        "label": language.label,
        "other": next(code for code in LANGUAGES if code != language.code),
        "title": say("A network in your pocket: {name}", name=_name(experiment, language)),
        "askable": say(askable),
        "texts": {template: one for template, one in said.items() if one != template},
        "picture": picture_texts(language),
        "labels": {
            "layers": [layer["label"] for layer in drawn["layers"]],
            "bridge": drawn["bridge"] and drawn["bridge"]["label"],
        },
        "facts": list(_facts(solver, language)),
    }


def _templates(data: Any) -> Iterator[str]:
    """The templates of the sentences in plain values."""
    if isinstance(data, Mapping):
        if "template" in data:
            yield data["template"]
        for value in data.values():
            yield from _templates(value)


def _name(experiment: Experiment, language: Language) -> str:
    name = nearest_preset(experiment)
    label = language.say(PRESETS[name].label)
    same = experiment.replaced({"seed": PRESETS[name].experiment.seed}) == PRESETS[name].experiment
    return label if same else language.say("changed from {preset}", preset=label)


def _facts(solver: Solver, language: Language) -> Iterator[tuple[str, str]]:
    """The facts about the network: what it is, how it was trained, and how good it is."""
    experiment, say = solver.experiment, language.say
    task, training, name = experiment.task, experiment.training, nearest_preset(experiment)
    if experiment == PRESETS[name].experiment:
        yield say("What it teaches"), say(PRESETS[name].blurb)
    yield say("Its layers"), " → ".join(say(part.label) for part in parts(experiment))
    yield say("Weights"), f"{experiment.weights:,}"
    epochs = len(solver.history) or training.epochs
    trained = counted(
        "{n:,} epoch; questions in each: {samples:,}; seed: {seed}",
        "{n:,} epochs; questions in each: {samples:,}; seed: {seed}",
        n=epochs,
        samples=training.samples,
        seed=experiment.seed,
    )
    yield say("Trained"), say(trained)
    if task.held_out:
        yield (
            say("Held out"),
            say("{share} of all questions, and their mirrors, were never practised", share=_percent(task.held_out)),
        )
    if solver.report is None:
        yield say("How good it is"), say("Nobody has measured it.")
    else:
        yield from _figures(solver.report, language)


_ASKED = {
    "held_out": marked("{right} of questions it never practised ({low} to {high}; different ones: {n:,})"),
    "fresh": marked("{right} of questions it may have practised ({low} to {high}; different ones: {n:,})"),
    "given": marked("{right} of the questions of a list ({low} to {high}; different ones: {n:,})"),
}


def _figures(report: Report, language: Language) -> Iterator[tuple[str, str]]:
    say = language.say
    low, high = (_percent(share) for share in report.exact_match_interval)
    right = _percent(report.exact_match)
    asked = _ASKED[report.split]
    yield say("Whole answers right"), say(asked, right=right, n=report.distinct, low=low, high=high)
    if report.first_exact_match is not None:
        first = counted(
            "{right} of the {n:,} question that people ask first",
            "{right} of the {n:,} questions that people ask first",
            n=report.first_questions,
            right=_percent(report.first_exact_match),
        )
        yield say("Round numbers, ends, zeros"), say(first)
    if report.rmse is not None and not report.by_position:
        yield say("Mean error (RMSE)"), f"{report.rmse:.2f}"
    yield say("A lucky guess"), _percent(report.guess_exact_match)


def _percent(share: float) -> str:
    """A share with one decimal; only a full share is 100%."""
    return f"{min(share * 100, 99.9) if round(share, 9) < 1 else 100:.3g}%"  # An interval's end is rounded, too.
