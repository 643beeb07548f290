"""Runs of trigger jobs: one run a tick in the whole cluster, whoever brings its message (DESIGN 5)."""
