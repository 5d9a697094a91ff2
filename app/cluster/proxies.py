"""Which proxy leads to an API server, as Go's HTTP client and so kubectl decides it."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

import httpx2

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCHEMES: Final = ("http", "https", "socks5", "socks5h")


def proxy_for(server: httpx2.URL, proxy_url: str, environment: Mapping[str, str]) -> str | None:
    """Return the URL of the proxy to take; None to go directly.

    `proxy_url` is the field of the kubeconfig, which counts for every server. Without it, the
    environment has HTTPS_PROXY (or HTTP_PROXY, by the scheme) and NO_PROXY, in capitals or not;
    a loopback address is never reached through those (golang.org/x/net/http/httpproxy). Raises
    ValueError for what is no URL of a proxy.
    """
    if proxy_url:
        return _checked("proxy-url", proxy_url)
    name = f"{server.scheme}_proxy"
    found = environment.get(name.upper()) or environment.get(name, "")
    if not found or _is_excepted(server, environment):
        return None
    return _checked(name.upper(), found if "://" in found else f"http://{found}")


def _checked(name: str, url: str) -> str:
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise ValueError(f"{name} {url!r} is no URL: {error}") from None
    if parsed.scheme not in _SCHEMES or not parsed.host:
        raise ValueError(f"{name} {url!r} must be like http://HOST:PORT ({', '.join(_SCHEMES)})")
    return url


def _is_excepted(server: httpx2.URL, environment: Mapping[str, str]) -> bool:
    host = server.host.lower()
    port = str(server.port or (443 if server.scheme == "https" else 80))
    address = _address(host)
    if host == "localhost" or (address is not None and address.is_loopback):
        return True
    excepted = environment.get("NO_PROXY") or environment.get("no_proxy", "")
    return any(
        _matches(entry.strip().lower(), host, address, port) for entry in excepted.split(",")
    )


def _matches(
    entry: str,
    host: str,
    address: ipaddress.IPv4Address | ipaddress.IPv6Address | None,
    port: str,
) -> bool:
    if entry == "*":
        return True
    if address is not None and "/" in entry:
        try:
            return address in ipaddress.ip_network(entry, strict=False)
        except ValueError:
            return False
    name, colon, only_port = entry.rpartition(":")
    if not colon or _address(entry) is not None or not only_port.isdecimal():
        name, only_port = entry, ""
    name = name.removeprefix("[").removesuffix("]").removeprefix("*")
    if not name or (only_port and only_port != port):
        return False
    if address is not None:
        return _address(name) == address
    return host.endswith(f".{name.removeprefix('.')}") or host == name


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
