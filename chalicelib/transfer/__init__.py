"""Secrets that come from files of other vaults, and leave in one: import and export."""
