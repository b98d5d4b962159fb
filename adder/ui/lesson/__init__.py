"""What the steps of the lesson share: their runs, the choices made in them, and how their prose is set."""
