"""Runs of trigger jobs: one a tick in the whole cluster, whoever brings it (DESIGN 5)."""
