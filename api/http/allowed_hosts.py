"""Which hosts a request may be meant for (RFC 9110, 7.2 and 7.4).

A page of another site whose name suddenly points here (DNS rebinding) would else be served, and a
link or redirect made from such a name would lead there.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from config.settings import Web

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{0,5}))?")


class Hosts:
    """The names of this service: that of ``web.public_url``, the address it listens at, loopback.

    Where it listens at every address and no ``web.public_url`` is set, any address of a machine is
    taken, but no other name.
    """

    def __init__(self, web: Web) -> None:
        public = urlsplit(web.public_url).hostname if web.public_url else None
        self._names = LOOPBACK | {web.host.lower()} | ({public.lower()} if public else set())
        self._any_address = public is None and web.host in ("0.0.0.0", "::")

    def fits(self, host: str) -> bool:
        """Whether ``host``, a name or address as it stands in a request, is one of ours."""
        name = host.strip("[]").rstrip(".").lower()
        return name in self._names or (self._any_address and _is_address(name))


def host_of(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The host of the one ``Host`` field, without its port; None where it is missing, doubled or not
    written as RFC 3986, 3.2.2 has it."""
    given = [value for name, value in headers if name == b"host"]
    if len(given) != 1:
        return None
    found = _HOST.fullmatch(given[0].decode("latin-1"))
    return found["name"] if found else None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
