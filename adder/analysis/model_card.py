"""The card of a trained network: what it was trained on, how it does on what it never saw, and where it fails.

Its form is that of model cards (Mitchell et al. 2019), as the Hugging Face Hub reads them: Markdown under a head of
YAML. Every figure comes from the solver's own file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from adder.analysis.layer_summary import parts
from adder.base import validation
from adder.base.errors import shorten
from adder.base.figures import figure
from adder.base.language import LANGUAGES
from adder.base.messages import marked
from adder.base.settings import written
from adder.experiment import Experiment
from adder.presets import PRESETS
from adder.query import nearest_preset, to_query, training_command
from adder.solvers.results import KINDS, Report, Tally
from adder.solvers.solver import Solver

LICENCE = "MIT"
_CERTAINTY = "95%"

Say = Callable[..., str]

_ASKED = {
    "held_out": marked("Questions it never saw"),
    "fresh": marked("New questions, some of which it may have practised"),
    "given": marked("A list of questions"),
}


def model_card(solver: Solver, language: str = "en") -> str:
    r"""The card of a network, as Markdown with a head of YAML.

    Args:
        solver: The network.
        language: What it is written in, `"en"` or `"zh"`.

    Raises:
        ExperimentError: There is no such language.

    >>> from adder.solvers.shipped import shipped_solver
    >>> model_card(shipped_solver("two-digits")).partition("\n\n# ")[2].splitlines()[0]
    'Two digits'
    """
    name = card_name(solver.experiment)
    label = PRESETS[name].label if name in PRESETS else name
    body = card_body(solver, language)
    return "\n".join([*_head(solver), "", f"# {LANGUAGES[language].say(label)}", "", body, ""])


def card_body(solver: Solver, language: str) -> str:
    """What stands in the card under its heading."""
    say = LANGUAGES[validation.choice("language", language, tuple(LANGUAGES))].say
    sections = {
        marked("What it is"): _model(solver, say),
        marked("What it is for"): _use(solver, say),
        marked("Training data"): _data(solver, say),
        marked("Training"): _training(solver, say),
        marked("How good it is"): _evaluation(solver.report, say),
        marked("Where it fails"): _failures(solver, say),
        marked("Licence"): [say("{licence}, as adder itself.", licence=LICENCE)],
        marked("How to use it"): _example(solver.experiment),
    }
    return "\n\n".join("\n".join([f"## {say(heading)}", "", *lines]) for heading, lines in sections.items())


def card_name(experiment: Experiment) -> str:
    """What the network is called: the preset's name, or adder's and the experiment's digest.

    >>> from adder.presets import preset
    >>> card_name(preset("two-digits")), card_name(preset("two-digits").replaced({"seed": 2}))
    ('two-digits', 'adder-b35760cd36b5')
    """
    name = nearest_preset(experiment)
    return name if PRESETS[name].experiment == experiment else f"adder-{experiment.digest}"


def _head(solver: Solver) -> Iterator[str]:
    """The part that programs read, as the Hub's specification of model cards has it; values are written as JSON."""
    experiment, report = solver.experiment, solver.report
    characters = experiment.encoding.writes_characters
    yield "---"
    yield f"license: {LICENCE.lower()}"
    yield "library_name: adder"
    yield f"tags: [{experiment.task.name}, {experiment.encoding.name}, {experiment.network.name}]"
    if report is not None:
        asked = f"{report.questions} questions: {report.split.replace('_', ' ')}"
        yield "model-index:"
        yield f"- name: {card_name(experiment)}"
        yield "  results:"
        yield f"  - task: {{type: {'text2text-generation' if characters else 'tabular-regression'}}}"
        yield f"    dataset: {{type: {experiment.task.name}, name: {json.dumps(asked)}}}"
        yield "    metrics:"
        yield f"    - {{type: exact_match, value: {report.exact_match}}}"
        if report.rmse is not None:
            yield f"    - {{type: rmse, value: {report.rmse}}}"
    yield "---"


def _model(solver: Solver, say: Say) -> Iterator[str]:
    experiment = solver.experiment
    name = card_name(experiment)
    if name in PRESETS:
        yield say(PRESETS[name].blurb)
        yield ""
    yield _line(say("Name"), _code(name), say)
    yield _line(say("Experiment"), _code(experiment.digest), say)
    yield _line(say("Network"), say(type(experiment.network).label), say)
    for part in parts(experiment):
        yield f"    - {say(part.label)}"
    yield _line(say("Weights"), f"{experiment.weights:,}", say)


def _use(solver: Solver, say: Say) -> Iterator[str]:
    experiment = solver.experiment
    yield say(
        "It was trained for teaching: to watch how a network learns, and where it errs. "
        "Nothing makes sure that an answer is right, so it is no calculator."
    )
    if not experiment.task.own_list:  # The sentence would quote it.
        askable = experiment.task.askable(experiment.any_length)
        yield ""
        yield say(askable)


def _data(solver: Solver, say: Say) -> Iterator[str]:
    task = solver.experiment.task
    yield (
        say("It was trained on a list of its maker's own, and on nothing else.")
        if task.own_list
        else say(
            "It was trained on questions that adder draws at random and answers itself. No data comes from elsewhere."
        )
    )
    yield ""
    yield _line(say("Different questions there are"), f"{task.distinct_questions:,}", say)
    if solver.history:
        yield _line(say("Questions drawn in training"), f"{solver.history[-1].samples:,}", say)
    yield _line(say("Share held out"), f"{task.held_out:.0%}", say)


def _training(solver: Solver, say: Say) -> Iterator[str]:
    experiment, history = solver.experiment, solver.history
    yield _line(say("Epochs trained"), f"{len(history):,}", say)
    yield _line(say("Seconds, on one core"), figure(sum(epoch.seconds for epoch in history), 1), say)
    if not experiment.task.own_list:  # The query would hold the whole list.
        command = f"adder {training_command(to_query(experiment))}"
        yield _line(say("Command that trains it again"), _code(command), say)
    yield ""
    yield say("Its settings, which the guide to settings explains:")
    yield from ("", "```")
    for name, value in experiment.flat().items():
        off = value is None or value is False or value in ((), "none")
        if not off and name != "task.pairs":
            yield f"{name}={written(value)}"
    yield "```"


def _evaluation(report: Report | None, say: Say) -> Iterator[str]:
    if report is None:
        yield say("Nobody has measured it: its training was ended before its report was made.")
        return
    yield _line(say(_ASKED[report.split]), f"{report.questions:,}", say)
    yield _line(say("Different ones among them"), f"{report.distinct:,}", say)
    yield _line(say("Whole answers right"), _share(report.exact_match, report.exact_match_interval, say), say)
    if report.by_position:
        yield _line(say("Digits right"), _percent(report.unpadded_accuracy), say)
    if report.rmse is not None:
        yield _line(say("RMSE"), figure(report.rmse, 3), say)
    yield _line(say("Answers that are not numbers"), _percent(report.malformed), say)
    yield _line(say("A lucky guess"), _percent(report.guess_exact_match), say)
    if report.trained_exact_match is not None:
        yield _line(say("Questions that it may have practised"), _percent(report.trained_exact_match), say)
    if report.first_exact_match is not None and report.first_exact_match_interval is not None:
        share = _share(report.first_exact_match, report.first_exact_match_interval, say)
        yield _line(say("Questions that people ask first, such as round numbers"), share, say)


def _failures(solver: Solver, say: Say) -> Iterator[str]:
    experiment, report = solver.experiment, solver.report
    if report is not None and report.exact_match == 1:
        low = _percent(report.exact_match_interval[0])
        yield say(
            "It made no mistake in its report. So {low} or more of all such questions are right ({sure} sure).",
            low=low,
            sure=_CERTAINTY,
        )
    elif report is not None:
        yield say("In each kind of question, it is right least often here:")
        yield ""
        for name, kind in KINDS.items():
            if len(tallies := getattr(report, name)) > 1:
                yield _line(say(kind), _worst(tallies, say), say)
    yield ""
    yield (
        say("It reads longer numbers than it was trained on; its report does not ask any.")
        if experiment.any_length
        else say("It refuses questions that are longer than those of its training, or hold larger numbers.")
    )


def _worst(tallies: tuple[Tally, ...], say: Say) -> str:
    worst = min(tallies, key=lambda each: each.share)
    kind = _code(str(worst.kind))
    return say("{kind}: {share} of {asked:,}", kind=kind, share=_percent(worst.share), asked=worst.asked)


def _example(experiment: Experiment) -> Iterator[str]:
    name = card_name(experiment)
    ships = name in PRESETS
    question = experiment.task.example if experiment.task.operators else "QUESTION"
    load = f'adder.shipped_solver("{name}")' if ships else f'adder.Solver.load("{name}.adder")'
    yield from ("```sh", f'adder ask {name if ships else f"{name}.adder"} "{question}"', "```", "")
    yield from ("```python", "import adder", "", f'print({load}.solve("{question}").unpadded)', "```")


def _line(label: str, value: str, say: Say) -> str:
    return "- " + say("{label}: {value}", label=label, value=value)


def _share(share: float, interval: tuple[float, float], say: Say) -> str:
    low, high = map(_percent, interval)
    return say("{share} ({low} to {high}, {sure} sure)", share=_percent(share), low=low, high=high, sure=_CERTAINTY)


def _percent(share: float) -> str:
    return f"{share:.2%}"


def _code(text: str) -> str:
    return "`{}`".format(shorten(text, 200).replace("`", "'"))  # A stranger's file may name a kind as it likes.
