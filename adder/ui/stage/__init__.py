"""The stage: a network at one epoch, drawn in the browser."""
