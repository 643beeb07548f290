"""Lists of values, by category, that people and clients choose from."""
