"""What the steps of the lesson share: their runs, their choices, their pictures, their keys, and how they speak."""
