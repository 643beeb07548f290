"""Heartbeats and password changes: some stored value always logs in (DESIGN 8)."""
