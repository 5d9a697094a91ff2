"""Where the server listens on a machine that has not all that is asked for."""

from __future__ import annotations

import errno
import socket

import pytest

from app.http.listener import ListenError, bind


@pytest.fixture
def _no_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be a kernel that was booted with ipv6.disable=1, which this one cannot be made."""
    real = socket.socket

    def make(family: int, kind: int, protocol: int) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return real(family, kind, protocol)

    monkeypatch.setattr(socket, "socket", make)


@pytest.mark.usefixtures("_no_ipv6")
def test_every_address_is_every_address_of_ipv4_where_there_is_no_ipv6() -> None:
    with bind("::", 0) as listener:
        assert listener.family == socket.AF_INET
        assert listener.getsockname()[0] == "0.0.0.0"  # noqa: S104


@pytest.mark.usefixtures("_no_ipv6")
def test_an_address_of_ipv6_is_refused_where_there_is_no_ipv6() -> None:
    with pytest.raises(ListenError, match="give --operations-host another one"):
        bind("::1", 0, "operations-")


def test_every_address_takes_both_families() -> None:
    with bind("::", 0) as listener:
        listener.settimeout(300)
        address = ("127.0.0.1", listener.getsockname()[1])
        with socket.create_connection(address, timeout=300), listener.accept()[0]:
            pass
