"""The one error of this package."""


class ControlPlaneError(Exception):
    """The control plane cannot be started or reached; the message says why and what to do."""
