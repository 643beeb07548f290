"""The API of Diagnostics: trigger jobs, their log, queues and their dead letters."""

from . import jobs, logs, queues, summary

__all__ = ["jobs", "logs", "queues", "summary"]
