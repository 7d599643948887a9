"""The call plane compiled by numba: the interpreter that runs by default."""
