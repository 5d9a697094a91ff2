"""The applications of the admission port and of the operations port, with their limits."""
