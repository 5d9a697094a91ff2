"""The server that tests of connections talk to."""

from tests.server.conftest import certificates, client, server, shared_recorder

__all__ = ["certificates", "client", "server", "shared_recorder"]
