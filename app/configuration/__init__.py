"""The configuration file: one YAML document with a `process:` and a `rules:` part.

A value is taken from its flag, else from the environment, else from this file, else it is the
default. `process:` is read once; `rules:` is read again whenever the file's content changes.
"""

from app.configuration.document import (
    ConfigurationError,
    Document,
    parse_document,
    read_document,
)
from app.configuration.in_force import NoReloadObserver, ReloadObserver, RulesInForce

__all__ = [
    "ConfigurationError",
    "Document",
    "NoReloadObserver",
    "ReloadObserver",
    "RulesInForce",
    "parse_document",
    "read_document",
]
