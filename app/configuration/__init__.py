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
from app.configuration.in_force import ConfigurationObserver, RulesInForce

__all__ = [
    "ConfigurationError",
    "ConfigurationObserver",
    "Document",
    "RulesInForce",
    "parse_document",
    "read_document",
]
