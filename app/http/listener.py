"""The listening sockets: what can go wrong before the server starts."""

from __future__ import annotations

import errno
import socket
from typing import Final

from app.errors import LeasegateError

_SOCKET_BYTES: Final = 64 * 1024


class ListenError(LeasegateError):
    """An address that cannot be listened on; the text is one sentence that says what to do."""


def bind(host: str, port: int, flags: str = "") -> socket.socket:
    """Return a socket bound to the address; `host` is a name or an address, port 0 takes any.

    :: is every address of the machine: of IPv4 alone where the kernel has no IPv6.

    `flags` is the prefix of the flags that an error names: --host and --port for the empty one.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError, OverflowError):
        raise ListenError(
            f"cannot listen on {host!r}: it is no address of this machine; "
            f"give --{flags}host another one"
        ) from None
    try:
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        if host == "::" and error.errno == errno.EAFNOSUPPORT:
            return bind("0.0.0.0", port, flags)  # noqa: S104
        raise ListenError(
            f"cannot listen on {host!r}: {(error.strerror or str(error)).lower()}; "
            f"give --{flags}host another one"
        ) from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Accepted sockets have them too. Linux would let each grow to megabytes, which count as
        # memory of the container that does not read them, or whose clients do not.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SOCKET_BYTES)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SOCKET_BYTES)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind(address)
        listener.listen(socket.SOMAXCONN)
    except OSError as error:
        listener.close()
        reason = (error.strerror or str(error)).lower()
        raise ListenError(
            f"cannot listen on {host} port {port}: {reason}; "
            f"stop the other program or give another --{flags}port or --{flags}host"
        ) from None
    listener.settimeout(0)
    return listener
