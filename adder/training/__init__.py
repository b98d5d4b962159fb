"""From an experiment to a solver: the trainer, the compiled epoch and the checkpoint."""
