"""Secrets, their templates and folders, and who may do what with them."""
