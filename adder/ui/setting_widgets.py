"""Every setting of an experiment as a widget, for the panel of settings.

How a setting is declared (`adder.base.settings`) decides its widget, label, help, limits and choices. A change that
cannot work yet is kept as a draft and explained, since two settings may only go together; the experiment changes as
soon as all of the draft can work.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import streamlit as st

from adder.base.errors import AdderError, CombinationError, ExperimentError
from adder.base.messages import marked
from adder.base.settings import Number, Setting, Switch, Whole, written
from adder.experiment import Experiment
from adder.networks import NETWORKS
from adder.presets import PRESETS
from adder.tasks.pairs import Pairs
from adder.ui import own_list, session, widget_values
from adder.ui.hiding import shows
from adder.ui.language import say
from adder.ui.markdown import plain, sentence

_MOST_EXACT_IN_JAVASCRIPT = 2**53 - 1
_DRAFT = "draft"
_TROUBLE = "setting trouble"
_TABS = {
    "task": marked("Task"),
    "encoding": marked("Writing"),
    "network": marked("Network"),
    "training": marked("Training"),
}
_COLUMNS = 3


def label(setting: str, experiment: Experiment) -> str:
    """What a setting, such as `task.largest`, is called on the page."""
    declared = experiment.settings.get(setting)
    return say(declared.label) if declared else setting


def trouble(error: AdderError, experiment: Experiment) -> str:
    """An error about a setting, with the name that the page gives it."""
    if isinstance(error, ExperimentError) and not isinstance(error, CombinationError):
        named = label(error.field, experiment)
        if named != error.field:
            text = say("“{setting}” must be {expected}.", setting=named, expected=say(error.expected))
            return plain(text)
    return sentence(error)


def show(experiment: Experiment) -> None:
    """Draw the settings of the chosen parts; a change that cannot work is explained and changes nothing yet."""
    draft: dict[str, Any] = st.session_state.get(_DRAFT, {})
    if text := st.session_state.get(_TROUBLE):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.error(say("Nothing was changed yet. {text}", text=text), icon=":material/error:")
            st.button(say("Undo"), icon=":material/undo:", on_click=_forget)
    flat = experiment.flat() | draft
    tabs = st.tabs([say(name) for name in _TABS.values()])
    for tab, part in zip(tabs, _TABS, strict=True):
        with tab:
            _part(part, experiment, flat)


def _part(part: str, experiment: Experiment, flat: Mapping[str, Any]) -> None:
    """The widgets of one part of the experiment; the seed stands with those of training."""
    declared = experiment.settings
    if part == "task":
        _menu("task.name", declared["task.name"], flat)
        own_list.show(experiment, on_change=_forget)
    if part == "network":
        _menu("network.name", declared["network.name"], flat, _choose_network)
        st.caption(say(type(experiment.network).blurb))
    if part == "encoding":
        _menu("encoding.name", declared["encoding.name"], flat)
    own = {setting: each for setting, each in declared.items() if setting.startswith(f"{part}.")}
    if part == "training":
        own["seed"] = declared["seed"]
    shown = [
        (setting, each)
        for setting, each in own.items()
        if setting in flat and not setting.endswith(".name") and not isinstance(each, Pairs)
    ]
    if not shown:
        st.caption(say("There is nothing to set here."))
    columns = st.columns(_COLUMNS)
    for place, (setting, each) in enumerate(shown):
        if shows(setting):
            with columns[place % _COLUMNS]:
                _widget(setting, each, flat)


def _widget(setting: str, declared: Setting, flat: Mapping[str, Any]) -> None:
    value = flat[setting]
    title, text = say(declared.label), say(declared.help)
    if declared.menu:
        _menu(setting, declared, flat)
    elif isinstance(declared, Switch):
        widget_values.show(setting, value)
        st.toggle(title, key=setting, on_change=_set, args=(setting,), help=text)
    elif isinstance(declared, Whole) and not isinstance(value, str) and (value or 0) <= _MOST_EXACT_IN_JAVASCRIPT:
        widget_values.show(setting, value)
        most = min(declared.high, _MOST_EXACT_IN_JAVASCRIPT)
        start: Literal["min"] | None = None if declared.optional else "min"  # None lets a person empty the field.
        st.number_input(
            title, declared.low, most, start, step=1, key=setting, on_change=_set, args=(setting,), help=text
        )
    elif isinstance(declared, Number) and declared.percent:
        widget_values.show(setting, round(value * 100))
        low, high = round(declared.low * 100), round(declared.high * 100)
        st.number_input(title, low, high, step=5, key=setting, on_change=_set, args=(setting, 100), help=text)
    else:  # A number field would round such a number, or could not hold it.
        widget_values.show(setting, _written(value))
        st.text_input(title, key=setting, on_change=_set, args=(setting,), help=text, placeholder=say("none"))


def _written(value: Any) -> str:
    """A value as a person types it; an empty text for None."""
    if value in (None, ()):
        return ""
    return f"{value:g}" if isinstance(value, float) else written(value)


def _menu(setting: str, declared: Setting, flat: Mapping[str, Any], on_change: Any = None) -> None:
    labels = {_chosen(value): say(label) for value, label in declared.menu.items()}
    value = _chosen(flat[setting])
    labels.setdefault(value, _written(value))
    st.session_state[setting] = value
    st.selectbox(
        say(declared.label),
        list(labels),
        format_func=labels.__getitem__,
        key=setting,
        on_change=on_change or _set,
        args=(setting,),
        help=say(declared.help),
    )


def _chosen(value: Any) -> Any:
    """A value as a selectbox takes it: to a selectbox, None means that nothing is chosen."""
    return "none" if value is None else value


def _set(setting: str, divisor: int | None = None) -> None:
    value = st.session_state[setting]
    _change({setting: value if divisor is None else value / divisor})


def _choose_network(setting: str) -> None:
    """Choose a network, and an encoding that it reads if it cannot read the present one."""
    name = st.session_state[setting]
    experiment = session.experiment()
    if NETWORKS[name].reads(type(experiment.encoding)) and _works(experiment, {setting: name}):
        _change({setting: name})
        return
    example = next((each.experiment for each in PRESETS.values() if each.experiment.network.name == name), Experiment())
    wanted = {key: value for key, value in example.flat().items() if key.startswith("encoding.")}
    _change({setting: name, **wanted})


def _works(experiment: Experiment, changes: Mapping[str, Any]) -> bool:
    try:
        experiment.replaced(changes)
    except AdderError:
        return False
    return True


def _change(changes: Mapping[str, Any]) -> None:
    draft: dict[str, Any] = st.session_state.get(_DRAFT, {})
    for setting in changes:
        if setting.endswith(".name"):  # Another part starts from its own settings.
            draft = {key: value for key, value in draft.items() if not key.startswith(setting.removesuffix("name"))}
    draft = draft | dict(changes)
    experiment = session.experiment()
    try:
        new = experiment.replaced(draft)
    except AdderError as error:
        st.session_state[_DRAFT] = draft
        st.session_state[_TROUBLE] = trouble(error, experiment)
        return
    _forget()
    session.choose(new)


def _forget() -> None:
    st.session_state.pop(_DRAFT, None)
    st.session_state.pop(_TROUBLE, None)
