"""Writes the hostile inputs by hand into the corpus: `python -m tests.fuzz`."""

from __future__ import annotations

from tests.fuzz import KINDS, corpus
from tests.fuzz.mutation import MOST_BYTES

for kind, module in KINDS.items():
    for name, recipe in module.SEEDS.items():
        data = recipe()
        assert len(data) < MOST_BYTES, (kind, name, len(data))
        corpus.keep(kind, data, name)
