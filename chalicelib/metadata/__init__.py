"""Metadata: typed values, in fields of sections, on secrets, folders, users and groups."""
