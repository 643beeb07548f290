"""The cluster's keys: rotation in the background, escrow, wrapping anew."""
