"""Values and errors that every part shares. Pure: no AWS, no clock, no chance, no environment."""
