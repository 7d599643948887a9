"""The call plane: what a call does, as a table of rows, and the two interpreters that play it."""
