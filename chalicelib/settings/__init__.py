"""What admins may set, with its defaults (DESIGN 14)."""
