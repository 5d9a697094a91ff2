"""Peers that are written in Python: each a module that serves until it is stopped."""
