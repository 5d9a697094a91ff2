"""Looks for the bodies of reviews that cost most for their size."""
