"""`python -m app`: the same program as the `leasegate` command."""

from __future__ import annotations

from app.cli.main import leasegate


def main() -> None:
    """Run the command line; it ends the process with the exit code."""
    leasegate(prog_name="leasegate")


if __name__ == "__main__":
    main()
