"""One action on many secrets or users, in the background (guide: Bulk Operations)."""
