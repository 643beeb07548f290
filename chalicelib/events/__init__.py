"""Events leave through the outbox; what a process could not send is sent by a sweep (DESIGN 7)."""
