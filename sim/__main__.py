"""``python -m sim`` is ``umtwin``."""

from sim.cli import main

main()
