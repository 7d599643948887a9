"""What the tables of a run say: measures, their intervals, and the theory they are held to."""
