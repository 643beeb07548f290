"""Pages in a real browser, which ends before tests elsewhere have event loops of their own."""
