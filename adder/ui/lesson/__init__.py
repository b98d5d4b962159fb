"""The lesson: its steps, and what they share, which is runs, choices, pictures and words."""
