"""Trained networks: their answers, their file, and how well they do."""
