"""A chart of how a class answered one question: a bar for each answer, the commonest first."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from adder.base.language import Language
from adder.plots.style import BLUE, GREY, INK, ORANGE

RIGHT, WRONG, OTHERS = "right", "wrong", "others"
_COLOURS = {RIGHT: BLUE, WRONG: ORANGE, OTHERS: GREY}
_BAR_HEIGHT = 44

Bar = tuple[str, int, str, str]
"""An answer, how many gave it, one of the three above, and what went wrong."""


def answers_frame(language: Language, bars: Sequence[Bar]) -> pd.DataFrame:
    """One row a bar: answer, n, kind, and the label beside it."""
    rows = [(answer, n, kind, f"{n} · {language.say(why)}" if why else str(n)) for answer, n, kind, why in bars]
    return pd.DataFrame(rows, columns=["answer", "n", "kind", "label"])


def answers_chart(language: Language, answers: tuple[str, ...], most: int) -> alt.LayerChart:
    """Bars from the left, in this order.

    Args:
        language: What the titles are in.
        answers: The answers, as the frame has them.
        most: The most people who could give one answer, so that the bars keep their scale.
    """
    say = language.say
    axis = alt.Axis(labelFontSize=22, labelFontWeight="bold", labelColor=INK, ticks=False, domain=False, labelLimit=260)
    base = alt.Chart().encode(y=alt.Y("answer:N", sort=list(answers), title=None, axis=axis))
    scale = alt.Scale(domain=[0, max(1, most) * 2])
    colours = alt.Scale(domain=list(_COLOURS), range=list(_COLOURS.values()))
    bars = base.mark_bar(cornerRadiusEnd=3).encode(
        x=alt.X("n:Q", scale=scale, axis=None),
        color=alt.Color("kind:N", scale=colours, legend=None),
        tooltip=[alt.Tooltip("answer:N", title=say("Answer")), alt.Tooltip("n:Q", title=say("how many"))],
    )
    texts = base.mark_text(align="left", dx=7, fontSize=19, color=INK).encode(
        x=alt.X("n:Q", scale=scale, axis=None), text="label:N"
    )
    return alt.LayerChart(layer=[bars, texts]).properties(height=_BAR_HEIGHT * max(2, len(answers)))
