"""The one HTTPS client: for trusted lists, from named hosts alone, with time and size limits.

Nothing that a file under check names is ever fetched. Redirects go to named hosts or nowhere.
"""

from __future__ import annotations

import ssl
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from typing import IO, Any, Protocol
from urllib.parse import urlsplit

from config.errors import Unavailable
from signing.errors import TrustError

PIECE = 1 << 16
REDIRECTS = 3


class Fetcher(Protocol):
    """Gets a file by its address."""

    def get(self, url: str) -> bytes:
        """The content.

        Raises:
            TrustError: this address is not allowed, or what lies there is too large.
            Unavailable: it cannot be reached at present.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Where may be fetched from, and how much."""

    hosts: tuple[str, ...]
    seconds: float
    most: int  #: bytes
    proxy: str = ""


class HttpsFetcher:
    """Certificates are checked against the system's authorities, or those in ``context``."""

    def __init__(self, limits: Limits, context: ssl.SSLContext | None = None) -> None:
        self._limits = limits
        proxies = {"https": limits.proxy} if limits.proxy else {}
        self._opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler(proxies),
            urllib.request.HTTPSHandler(context=context or ssl.create_default_context()),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
            _Redirects(limits.hosts),
        ):
            self._opener.add_handler(handler)

    def get(self, url: str) -> bytes:
        check_address(url, self._limits.hosts)
        deadline = time.monotonic() + self._limits.seconds
        request = urllib.request.Request(url, headers={"User-Agent": "registratur"})
        try:
            with self._opener.open(request, timeout=self._limits.seconds) as answer:
                return self._read(url, answer, deadline)
        except (OSError, HTTPException) as error:
            raise Unavailable(f"{url}: nicht erreichbar ({error})") from error

    def _read(self, url: str, answer: Any, deadline: float) -> bytes:
        parts, size = [], 0
        while part := answer.read1(PIECE):
            size += len(part)
            if size > self._limits.most:
                raise TrustError(f"{url}: größer als {self._limits.most >> 20} MiB")
            if time.monotonic() > deadline:
                raise Unavailable(f"{url}: dauert länger als {self._limits.seconds:.0f} s")
            parts.append(part)
        return b"".join(parts)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """To the named hosts alone, and not for ever."""

    max_redirections = REDIRECTS

    def __init__(self, hosts: tuple[str, ...]) -> None:
        self._hosts = hosts

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        check_address(newurl, self._hosts)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def check_address(url: str, hosts: tuple[str, ...]) -> None:
    """HTTPS to a named host (``host`` or ``host:port``). Raises TrustError."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise TrustError(f"{url!r} ist keine Adresse: {error}") from None
    name = (parts.hostname or "") + (f":{port}" if port not in (None, 443) else "")
    plain = parts.username is None and parts.password is None
    if parts.scheme != "https" or not plain or name not in hosts:
        raise TrustError(
            f"{url!r} wird nicht abgerufen: erlaubt ist https zu {', '.join(hosts) or 'niemandem'} "
            "(trust_lists.hosts)"
        )
