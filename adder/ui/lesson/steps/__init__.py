"""The steps of the lesson in order.

A step is a file with a title and `show`, which draws it and returns the part of the address that is its own.
"""

from __future__ import annotations

from adder.ui.lesson.steps import (
    beginners_mistake,
    beyond_plus,
    learned_or_memorised,
    look_inside,
    numbers_to_characters,
    the_network,
    the_task,
    train_it,
)

STEPS = (
    the_task,
    beginners_mistake,
    numbers_to_characters,
    the_network,
    train_it,
    learned_or_memorised,
    look_inside,
    beyond_plus,
)
