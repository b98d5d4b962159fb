"""The part of a script that makes questions: drawn and written by its task, split, and turned into arrays."""

from __future__ import annotations

import json

from adder.base.source import Constants, block
from adder.experiment import Experiment

_IS_HELD_OUT = block('''
    def is_held_out(question):
        """Whether a question is kept away from training, whatever the seed."""
        return key(question) < int(HELD_OUT * 2.0**64)
''')


def constants(experiment: Experiment) -> Constants:
    """What the task and the encoding name."""
    task = experiment.task
    return {
        **task.constants(),
        "LEVELS": (task.levels, "The curriculum has this many levels."),
        "TRAINING_DRAW": (json.dumps(_draws(experiment)[0]), "Questions to train on are drawn this way."),
        "TRAINING_DRAWS": (by_epoch(experiment, "draw"), "Each holds from its epoch on."),
        "TEST_DRAW": (json.dumps(task.draw), "Questions to test with are drawn this way."),
        "HELD_OUT": (task.held_out, "This share of all questions is never trained on."),
        **experiment.encoding.constants(task),
    }


def blocks(experiment: Experiment) -> list[str]:
    """Functions that draw, split, write, answer and encode questions."""
    task, encoded = experiment.task, experiment.encoding.source(experiment.task)
    padded = "text(question, " in "".join(encoded)
    parts = task.source(_draws(experiment), curriculum=_curriculum(experiment), padded=padded)
    return [*parts, *([_IS_HELD_OUT] if task.held_out else []), _sample(experiment), *encoded]


def several_draws(experiment: Experiment) -> bool:
    """Whether questions are drawn in more than one way."""
    return len(_draws(experiment)) > 1


def changes(experiment: Experiment, setting: str) -> bool:
    """Whether a setting of training changes in mid-run."""
    return any(change.setting == setting for change in experiment.training.changes)


def by_epoch(experiment: Experiment, setting: str) -> str:
    """A dictionary in a script: the values of a setting of training, each by the epoch from which on it holds."""
    values = {1: getattr(experiment.training, setting)}
    values |= {change.epoch: change.value for change in experiment.training.changes if change.setting == setting}
    if setting == "draw":
        values = {epoch: value or experiment.task.draw for epoch, value in values.items()}
    return f"{{{', '.join(f'{epoch}: {json.dumps(value)}' for epoch, value in values.items())}}}"


def _draws(experiment: Experiment) -> tuple[str, ...]:
    """How questions are drawn, those to train on first."""
    training, usual = experiment.training, experiment.task.draw
    trained = [training.at(each.start).draw or usual for each in training.stretches]
    return tuple(dict.fromkeys([*trained, usual]))


def _curriculum(experiment: Experiment) -> bool:
    return experiment.training.curriculum != "none"


def _sample(experiment: Experiment) -> str:
    held_out, curriculum = bool(experiment.task.held_out), _curriculum(experiment)
    draw = ", draw" * several_draws(experiment)
    head = f"def sample(n, rng{draw}{', held_out=False' * held_out}{', levels=(LEVELS,)' * curriculum}):"
    if not held_out:
        level, place = (", levels[place % len(levels)]", "place") if curriculum else ("", "_")
        lines = [
            f'"""{"Questions of these levels in turn" if curriculum else "Draw n questions"}."""',
            f"return [draw_question(rng{draw}{level}) for {place} in range(n)]",
        ]
    elif not curriculum:
        lines = [
            '"""Questions from one side of the split."""',
            "questions = []",
            "while len(questions) < n:",
            f"    question = draw_question(rng{draw})",
            "    if is_held_out(question) == held_out:",
            "        questions.append(question)",
            "return questions",
        ]
    else:
        lines = [
            '"""Questions from one side of the split, of these levels in turn."""',
            "questions = []",
            "misses = 0",
            "while len(questions) < n:",
            "    # An easy level may lie wholly on the other side; then one of any level takes its place.",
            "    level = levels[len(questions) % len(levels)] if misses < 1_000 else LEVELS",
            f"    question = draw_question(rng{draw}, level)",
            "    misses += 1",
            "    if is_held_out(question) == held_out:",
            "        questions.append(question)",
            "        misses = 0",
            "return questions",
        ]
    return "\n".join([head, *(f"    {line}" for line in lines)])
