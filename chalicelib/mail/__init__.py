"""Mails: what kinds there are, how one is written down, and how it is sent, once and in time."""
