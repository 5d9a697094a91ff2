"""`python -m app`: the same program as the `leasegate` command."""


def main() -> None:
    """Run the command line; it ends the process with the exit code."""


if __name__ == "__main__":
    main()
