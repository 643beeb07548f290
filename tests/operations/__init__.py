"""One request for every operation of the contract that succeeds, written by hand. See `call`."""
