"""The parts of a teacher's board: the room that is led, its opponent, and what is on the screen in each state."""
