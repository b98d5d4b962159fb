"""How the pages write numbers, spans of time and text whose padding must be seen."""

from __future__ import annotations

from typing import Any

import numpy as np

from adder.base.messages import counted
from adder.base.settings import Setting
from adder.plots.style import SPACE
from adder.tasks import AnyTask
from adder.ui.language import say
from adder.ui.markdown import plain


def visible(text: str) -> str:
    """`text` with its padding shown.

    >>> visible(" 62")
    '␣62'
    """
    return text.replace(" ", SPACE)


def printed(task: AnyTask, question: str) -> str:
    """A question as it is printed, safe for Markdown."""
    return pretty(task, question) if task.operators else plain(question)


def pretty(task: AnyTask, question: str) -> str:
    """A question as it is printed.

    >>> from adder.tasks.arithmetic import Task
    >>> pretty(Task(), "2*(3-4)"), pretty(Task(), "12^2")
    ('2 × (3 − 4)', '12²')
    """
    if not task.operators:
        return question
    return question.replace("^2", "²").replace("*", " × ").replace("+", " + ").replace("-", " − ")


def typeset(task: AnyTask, answer: str) -> str:
    """An answer as it is printed, with the minus sign of printed questions.

    >>> from adder.tasks.arithmetic import Task
    >>> typeset(Task(), "-4")
    '−4'
    """
    return answer.replace("-", "−") if task.operators else answer


def short(number: int) -> str:
    """A number in full, or a short form if it is too long to read.

    >>> short(76_012), short(5 * 10**19)
    ('76,012', '5.0 × 10¹⁹')
    """
    if number < 10**12:
        return f"{number:,}"
    power = len(str(number)) - 1
    return f"{number * 10 // 10**power / 10} × 10{str(power).translate(_RAISED)}"


_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def percent(share: float) -> str:
    """A rounded percentage; only a whole share is 100%, and only an empty one is 0%.

    >>> [percent(share) for share in (0.0, 0.0001, 1 / 24, 0.29, 0.9999, 1.0)]
    ['0%', '0.1%', '4.2%', '29%', '99.9%', '100%']
    """
    tenths = round(share * 1_000, 9)
    return f"{tenths / 10:g}%" if tenths in (0, 1_000) else f"{min(max(round(tenths), 1), 999) / 10:g}%"


def menu_label(declared: Setting, value: Any) -> str:
    """What a menu calls a value of a setting; a number has no exponent, which not everybody can read.

    >>> from adder.experiment.training import CHANGEABLE
    >>> menu_label(CHANGEABLE["learning_rate"], 1e-5), menu_label(CHANGEABLE["draw"], "ends")
    ('0.00001', 'often near the ends')
    """
    if declared.menu:
        return str(declared.menu[value])
    return np.format_float_positional(value, 3, fractional=False, trim="-") if value < 1 else f"{value:,g}"


def duration(seconds: float) -> str:
    """A span of time as a person reads it.

    >>> duration(2.34), duration(150), duration(9_000), duration(200_000)
    ('2.3 s', '2 min 30 s', '2 h 30 min', '2 d 7 h')
    """
    if seconds < 10:
        return say("{seconds:.1f} s", seconds=seconds)
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return say("{days} d {hours} h", days=days, hours=hours)
    if hours:
        return say("{hours} h {minutes} min", hours=hours, minutes=minutes)
    if minutes:
        return say("{minutes} min {seconds} s", minutes=minutes, seconds=rest)
    return say("{seconds} s", seconds=rest)


def size(count: int) -> str:
    """A number of bytes as a person reads it.

    >>> size(999_949), size(1_250_000), size(2 * 10**9)
    ('1.0 MB', '1.2 MB', '2.0 GB')
    """
    if count < 999_950_000:
        return say("{n:.1f} MB", n=count / 10**6)
    return say("{n:.1f} GB", n=count / 10**9)


def weights(count: int) -> str:
    """How many weights a network has, in words."""
    return say(counted("**{n:,}** weight", "**{n:,}** weights", n=count))
