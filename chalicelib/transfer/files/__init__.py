"""Files of vaults: each module reads one kind, some write it. A file that is none is Invalid."""
