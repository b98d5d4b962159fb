"""The page's charts for a notebook, as Altair charts: `from adder import plots`.

    solver = adder.shipped_solver("two-digits")
    plots.curves(solver)               # how it learned
    plots.answer(solver, "57+68")      # how likely each symbol was at each place
    plots.mistakes(solver).data        # what a chart draws is a DataFrame

Each module here is one kind of chart: a function that makes the data and one that makes the chart, apart, since a page
keeps the chart and sends new data. What they write is in a `Language`. They need Altair and pandas, which the extra
`adder[train]` brings; `import adder` loads neither.
"""

from __future__ import annotations

from typing import Any

from adder.base.extra import need

try:
    import altair as alt
    import pandas as pd
except ModuleNotFoundError:
    need("altair", "pandas")
    raise

from adder.analysis.error_map import error_map as _error_map
from adder.analysis.look_inside import Inside, look_inside
from adder.base import validation
from adder.base.errors import ExperimentError, QuestionError
from adder.base.language import LANGUAGES, Language
from adder.base.messages import Sentence
from adder.plots import accuracy_bars, answer_probabilities, attention_map, epoch_curves, error_map, unit_activity
from adder.plots.step_names import MOST_STEPS, layer_names, read_names, written_names
from adder.plots.style import AS_SVG, Chart, type_of
from adder.solvers import evaluation
from adder.solvers.results import KINDS, Report
from adder.solvers.solver import Solver

_WIDTH = 460
_MOST_ROWS = 5_000  # Altair puts all of them into the notebook.
_AROUND: dict[str, Any] = {
    "config": {**type_of(12), "background": "transparent"},
    "usermeta": AS_SVG,
}


def curves(solver: Solver, language: str = "en") -> alt.VConcatChart:
    """The loss of a run by epoch and, of a network that writes characters, the share of digits right.

    Args:
        solver: What the run left; `event.solver` also while it lasts.
        language: What it is written in, `"en"` or `"zh"`.

    Returns:
        Charts whose data have a row an epoch and line: x (the epoch), series (the name of the line), value.
    """
    said, experiment = _language(language), solver.experiment
    held_out, epochs = bool(experiment.task.held_out), experiment.training.epochs
    on_characters = experiment.encoding.writes_characters
    changes = tuple(each.start for each in experiment.training.stretches[1:])
    frame = epoch_curves.loss_frame(said, solver.history, held_out)
    charts = [_with(frame, epoch_curves.loss_chart(said, held_out, epochs, on_characters, changes), _WIDTH)]
    if on_characters:
        _, guess = evaluation.final_guess(experiment)
        frame = epoch_curves.accuracy_frame(said, solver.history, held_out, guess)
        charts.append(_with(frame, epoch_curves.accuracy_chart(said, held_out, epochs), _WIDTH))
    both = alt.vconcat(*charts, **_AROUND)
    return both.resolve_scale(color="independent", strokeDash="independent")


def answer(solver: Solver, question: str, language: str = "en") -> Chart:
    """How likely a network finds each symbol at each place of its answer; ✓ and ✗ mark what it writes, ○ the truth.

    Args:
        solver: The solver to ask.
        question: The question.
        language: What the chart is written in.

    Returns:
        A chart whose data has a row a place and symbol: place (from the left, counted from 1), symbol, probability,
        mark (what the symbol is there, in words), sign.

    Raises:
        ExperimentError: The network gives a number, not characters.
        QuestionError: The question cannot be asked of this network.
    """
    said, found = _language(language), solver.solve(question)
    if not found.characters:
        raise ExperimentError("network", Sentence("one that writes characters"), solver.experiment.network.name)
    alphabet = solver.experiment.task.alphabet
    frame = answer_probabilities.answer_frame(said, found, alphabet)
    return _alone(frame, answer_probabilities.answer_chart(said, alphabet), alt.Step(30))


def mistakes(solver: Solver, language: str = "en") -> Chart:
    """The share of right answers by first and second number.

    Args:
        solver: The solver to ask: every question of a small task, and a sample of a large one.
        language: What the chart is written in.

    Returns:
        A chart whose data has a row a cell: first, first_end, second, second_end (the cell's edges), first_name,
        second_name, right (the share), asked (how many questions).

    Raises:
        ExperimentError: The task's questions do not have exactly two numbers.
    """
    frame = error_map.map_frame(_error_map(solver, _MOST_ROWS))
    return _alone(frame, error_map.map_chart(_language(language)), _WIDTH)


def right_by(report: Report, kind: str = "by_position", language: str = "en") -> Chart:
    """The share of right answers of each kind, such as at each place of the answer.

    Args:
        report: What `evaluate` found.
        kind: The tally: `"by_position"`, `"by_carries"`, `"by_length"`, `"by_terms"` or `"by_operator"`.
        language: What the chart is written in.

    Returns:
        A chart whose data has a row a kind: kind, share, asked.
    """
    validation.choice("kind", kind, tuple(KINDS))
    said = _language(language)
    frame = accuracy_bars.tally_frame(getattr(report, kind))
    chart = accuracy_bars.tally_chart(said, tuple(frame["kind"]), said.say(KINDS[kind]))
    return _alone(frame, chart, _WIDTH)


def units(solver: Solver, question: str, layer: str | None = None, gate: str = "", language: str = "en") -> Chart:
    """What each unit of a layer does at each step while the network answers.

    Args:
        solver: The solver to ask.
        question: The question.
        layer: The name of a layer, as `look_inside` gives it; by default the first.
        gate: One of its gates, such as `"forget"`; by default its states.
        language: What the chart is written in.

    Returns:
        A chart whose data has a row a step and unit: step, unit (counted from 1), value.

    Raises:
        ExperimentError: There is no such layer, or no such gate in it.
        QuestionError: The question cannot be asked of this network.
    """
    said, inside = _language(language), _inside(solver, question)
    name = layer or inside.layers[0].name
    validation.choice("layer", name, tuple(each.name for each in inside.layers))
    validation.choice("gate", gate, ("", *inside.layer(name).gates))
    chart = unit_activity.unit_chart(said, tuple(layer_names(inside, name)), gate)
    return _alone(unit_activity.unit_frame(inside, name, gate), chart, _WIDTH)


def attention(solver: Solver, question: str, language: str = "en") -> Chart:
    """What a network looks at while it writes each character; for reading heads, where they stand.

    Args:
        solver: The solver to ask.
        question: The question.
        language: What the chart is written in.

    Returns:
        A chart whose data has a row a written character and step that was read: written, read, share.

    Raises:
        ExperimentError: The network has neither attention nor reading heads.
        QuestionError: The question cannot be asked of this network.
    """
    said, inside = _language(language), _inside(solver, question)
    shares, network = attention_map.looks(inside), solver.experiment.network.name
    if shares is None:
        raise ExperimentError("network", Sentence("one with attention or reading heads"), network)
    chart = attention_map.attention_chart(said, tuple(read_names(inside)), tuple(written_names(inside)))
    return _alone(attention_map.attention_frame(inside, shares), chart)


def _language(code: str) -> Language:
    validation.choice("language", code, tuple(LANGUAGES))
    return LANGUAGES[code]


def _inside(solver: Solver, question: str) -> Inside:
    found = look_inside(solver, question)
    if len(found.read) > MOST_STEPS:
        raise QuestionError("This question has too many steps to draw; ask a shorter one.")
    return found


def _with(frame: pd.DataFrame, chart: Chart, width: int | alt.Step | None = None) -> Chart:
    return chart.properties(data=frame, **({} if width is None else {"width": width}))


def _alone(frame: pd.DataFrame, chart: Chart, width: int | alt.Step | None = None) -> Chart:
    return _with(frame, chart, width).properties(**_AROUND)
