"""How a process knows that it runs in a machine of its own."""

from pathlib import Path

MARK = Path("/run/leasegate-node")
"""A folder that exists inside alone."""


def is_inside() -> bool:
    """Say whether this process runs in such a machine."""
    return MARK.is_dir()
