"""The local run: a whole cluster on loopback, on an embedded emulator of AWS."""
