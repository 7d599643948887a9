"""The deployment as a graph, and the paths through it."""
