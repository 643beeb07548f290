"""The console's document, the page of the API, and the files of both."""

from . import pages, reference

__all__ = ["pages", "reference"]
