"""`make soak`: clients of every kind at once, and what came of it."""
