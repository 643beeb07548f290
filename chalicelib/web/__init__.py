"""HTTP: endpoints as rows of a table, and the one way in which each request runs through it."""
