"""Nodes and what they are to do: gate, agent, guard, health (clustering guide; DESIGN 3)."""
