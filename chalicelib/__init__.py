"""Conclave: a privileged-access vault without servers."""

VERSION = "11.7.0"  # what clients are told; SCHEMA is what the table holds
SCHEMA = 4
