"""Sites, their pairs of queues, and the engines in them as the server sees them (DESIGN 4)."""
