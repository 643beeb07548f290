"""One module per kind of target system: prove a password there, change it there."""
