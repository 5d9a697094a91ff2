"""The one error of this package."""


class MachineError(Exception):
    """No such machine can be made here; the message says why and what to do."""
