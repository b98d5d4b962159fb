"""Benchmarks that measure adder beside a reference in one run, and print ratios.

Each name is a module with `run(*, as_json)`. If the module has `PARTS`, its `run` also takes `parts` and `size`.
They are run by hand, `python -m adder bench [NAME…]`, and are no tests: a slow machine fails nothing.
"""

BENCHMARKS = {
    "textbook": "textbook",
    "page": "page",
    "pocket": "pocket",
    "recipes": "recipes",
    "class": "classroom",
    "fuzz": "fuzz",
    "attack": "attack",
    "installed": "installed",
}
"""The name on the command line -> the module."""
