"""The sentences of the living picture, which its scripts fill in."""

from __future__ import annotations

from adder.base.language import Language
from adder.base.messages import marked

_TEXTS = {
    "reads": marked("It reads {what}."),
    "reads_both": marked("It reads {left} from the front and {right} from the back."),
    "works": marked("At work: {layer}."),
    "crosses": marked("It hands over {what}."),
    "nothing_else": marked("Nothing else crosses."),
    "looks": marked("It looks at {what}."),
    "writes": marked("It writes {what}, {share} sure."),
    "right": marked("Right."),
    "wrong": marked("Wrong: it should be {truth}."),
    "answers": marked("It answers {answer}."),
    "nothing": marked("nothing"),
    "is": marked("The right answer is {truth}."),
    "carries": marked("The lamp is lit: this column carries."),
    "carries_nothing": marked("The lamp is dark: nothing to carry."),
    "blank": marked("a blank"),
    "play": marked("Watch it answer"),
    "pause": marked("Hold the answer"),
    "next": marked("Next moment"),
    "moment": marked("Moment of the answer"),
}


def picture_texts(language: Language) -> dict[str, str]:
    """The sentences of the living picture by name, in a language; `{what}` and others are filled in by its scripts.

    >>> from adder.base.language import LANGUAGES
    >>> picture_texts(LANGUAGES["en"])["reads"]
    'It reads {what}.'
    """
    return {name: language.say(text) for name, text in _TEXTS.items()}
