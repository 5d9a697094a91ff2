"""The commands: each module turns flags into calls and results into text, and nothing else.

Exit codes: 0 nothing to object, 1 something denied or found, 2 unusable input or usage.
"""
