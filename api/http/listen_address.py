"""Where the running service listens, for commands beside it (``registratur user link``).

The service writes its address into a file of the home and keeps that file locked. The kernel lets go
of the lock when the process dies, however it dies, so that an address is never older than its service.
"""

from __future__ import annotations

import fcntl
import json
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from config import system_errors
from config.errors import Unavailable
from config.settings import Settings

FILE = "service.address"
FORMAT = 1


@dataclass(slots=True)
class Listening:
    """The file of one home. Of several services on a home, the first one is told."""

    home: Path
    _file: IO[str] | None = None

    def tell(self, address: str) -> None:
        """Say where this process listens, until ``forget`` or its end."""
        file = (self.home / FILE).open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return
        file.truncate(0)
        json.dump({"format": FORMAT, "address": address}, file)
        file.flush()
        self._file = file

    def forget(self) -> None:
        if self._file is not None:
            self._file.truncate(0)
            self._file.close()
            self._file = None

    def address(self) -> str | None:
        """Where a service of this home listens now; None where none does."""
        try:
            file = (self.home / FILE).open("r", encoding="utf-8")
        except FileNotFoundError:
            return None
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _read(file.read())
        return None


def _read(text: str) -> str | None:
    """The address in the file; None while the service is still writing it."""
    try:
        told = json.loads(text)
    except json.JSONDecodeError:
        return None
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        return None
    return str(told["address"])


def address_of(settings: Settings) -> str:
    """Where people reach this home: as the county set it, else where the service listens now, else
    where it is set to listen."""
    return settings.web.public_url or Listening(settings.home).address() or settings.public_url


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address (port 0: any free one).

    Raises:
        Unavailable: the address is taken or not this machine's; the text says which setting.
    """
    try:
        if not 0 <= port <= 65535:  # the C library would take it modulo 65536
            raise OverflowError("einen solchen Port gibt es nicht")
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
        except OSError:
            bound.close()
            raise
    except (OSError, OverflowError) as error:
        why = system_errors.why(error) if isinstance(error, OSError) else str(error)
        raise Unavailable(
            f"An {host}, Port {port}, kann der Dienst nicht hören: {why}. Läuft dort schon einer? "
            "Sonst web.host und web.port (oder --host und --port) ändern."
        ) from error
    return bound
