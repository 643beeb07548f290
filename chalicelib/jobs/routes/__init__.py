"""The API of Diagnostics: trigger jobs, queues and their dead letters."""

from . import jobs, queues, summary

__all__ = ["jobs", "queues", "summary"]
