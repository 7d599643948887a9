"""The control plane: one SimPy process per node of the deployment."""
