"""The authorization matrix: who may ask what of whom, written by hand. See `row`."""
