"""Finds out about a network: its inside, its mistakes, what it memorised, and what it costs to train."""
