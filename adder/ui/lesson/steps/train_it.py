"""Train it, and watch twenty sums come right, and each place of the answer."""

from __future__ import annotations

from adder.base.messages import marked
from adder.presets import preset
from adder.ui import run_buttons, stage, training_view
from adder.ui.formats import visible
from adder.ui.language import say, session_language
from adder.ui.lesson import lesson_runs, prose
from adder.ui.lesson.sketch import TILE, Sketch
from adder.ui.stage import story

TITLE = marked("Train it")
NAME = marked("Training")

_PRESET = "seq2seq"
_EXPERIMENT = preset(_PRESET)


def show() -> dict[str, str]:
    """Train the textbook's network, with a slider through its epochs."""
    left, right = prose.sides()
    with left:
        prose.about(
            "Now it learns. Each epoch brings a thousand new sums, and after each it answers the same twenty. At first "
            "it babbles."
        )
        answers = say("The tens"), say("The ones"), say("Both at once")
        guessed = prose.guess("train", say("Which digit of an answer comes right first?"), answers, _sketch)
        if guessed or lesson_runs.poll(_EXPERIMENT):
            lesson_runs.train([_EXPERIMENT], say("Train"), _progress, replays=False)
        if lesson_runs.over(_EXPERIMENT):
            prose.notice(
                "The tens come first, since they are nearly alike for sums that are close to one another. Pull the "
                "slider back: where it errs, it often writes a digit next to the right one."
            )
    with right:
        view = lesson_runs.poll(_EXPERIMENT)
        if view or guessed:  # Until it is trained here, the run that ships can be replayed.
            stage.show(
                story.RUN if view else story.SHIPPED,
                view.id if view else _PRESET,
                _EXPERIMENT,
                live=view is not None,
                who="",
                asks=False,
                plays=run_buttons.plays(),
                on_change=lambda: None,
                small=True,
            )
    return lesson_runs.address([_EXPERIMENT])


def _sketch() -> Sketch:
    """The twenty sums with what the untrained network writes."""
    told, question, language = story.story_of(story.SHIPPED, _PRESET), _EXPERIMENT.task.example, session_language()
    assert told is not None  # It ships.
    found = story.look(told, _PRESET, question=question, language=language, wanted=[0])
    twenty, said = story.scene_of(_EXPERIMENT).plain["twenty"], found["moments"][0]["said"]
    shown = [(f"{asked} = {visible(text)}", TILE) for (asked, _), text in zip(twenty, said, strict=True)]
    return Sketch([shown[at : at + 2] for at in range(0, len(shown), 2)])


def _progress() -> None:
    if view := lesson_runs.poll(_EXPERIMENT):
        training_view.progress(view)
