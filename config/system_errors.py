"""What the operating system and the database say, in German: for people who run the service."""

from __future__ import annotations

import errno

_WHY = {
    errno.ENOENT: "gibt es nicht",
    errno.ENOTDIR: "ein Teil des Pfads ist kein Ordner",
    errno.EISDIR: "ist ein Ordner",
    errno.EEXIST: "gibt es schon",
    errno.ENOTEMPTY: "der Ordner ist nicht leer",
    errno.EACCES: "keine Zugriffsrechte",
    errno.EPERM: "nicht erlaubt",
    errno.ELOOP: "der Verweis führt im Kreis oder ist nicht erlaubt",
    errno.ENAMETOOLONG: "der Name ist zu lang",
    errno.ENOSPC: "die Platte ist voll",
    errno.EDQUOT: "das Kontingent auf der Platte ist erschöpft",
    errno.EFBIG: "die Datei ist zu groß für diese Platte",
    errno.EROFS: "die Platte ist nur lesbar",
    errno.EIO: "die Platte meldet einen Lese- oder Schreibfehler",
    errno.ENODEV: "das Gerät ist nicht da",
    errno.ENXIO: "das Gerät ist nicht da",
    errno.ESTALE: "die Freigabe ist nicht mehr eingehängt",
    errno.EBUSY: "wird gerade benutzt",
    errno.ETXTBSY: "wird gerade benutzt",
    errno.EXDEV: "liegt auf einer anderen Platte",
    errno.EMFILE: "zu viele offene Dateien",
    errno.ENFILE: "zu viele offene Dateien auf der Maschine",
    errno.ENOMEM: "der Arbeitsspeicher reicht nicht",
    errno.EINVAL: "die Angabe passt nicht",
    errno.ENOTSUP: "das kann diese Platte nicht",
    errno.ENOLCK: "die Freigabe kann nicht sperren",
    errno.ENOTCONN: "die Verbindung besteht nicht",
    errno.ECONNREFUSED: "die Gegenstelle nimmt keine Verbindung an",
    errno.ECONNRESET: "die Gegenstelle hat die Verbindung abgebrochen",
    errno.EPIPE: "die Gegenstelle hat die Verbindung abgebrochen",
    errno.ETIMEDOUT: "die Gegenstelle antwortet nicht",
    errno.EHOSTDOWN: "die Gegenstelle ist aus",
    errno.EHOSTUNREACH: "die Gegenstelle ist nicht erreichbar",
    errno.ENETUNREACH: "das Netz ist nicht erreichbar",
    errno.EADDRINUSE: "dort hört schon ein anderer Dienst",
    errno.EADDRNOTAVAIL: "die Adresse gehört nicht zu dieser Maschine",
}
_DATABASE = (  # what SQLite and PostgreSQL say, in lower case
    ("disk is full", "die Platte ist voll"),
    ("no space left", "die Platte ist voll"),
    ("readonly database", "sie ist nur lesbar"),
    ("read-only", "sie ist nur lesbar"),
    ("disk i/o error", "die Platte meldet einen Lese- oder Schreibfehler"),
    ("unable to open", "ihre Datei lässt sich nicht öffnen"),
    ("locked", "sie ist gesperrt"),
    ("refused", "sie nimmt keine Verbindung an"),
    ("timeout", "sie antwortet nicht"),
    ("password", "die Anmeldung an ihr wird abgewiesen"),
)


def why(error: OSError) -> str:
    """What went wrong, without the path; of rare errors their number."""
    if isinstance(error, TimeoutError) and error.errno is None:
        return "keine Antwort in der erlaubten Zeit"
    known = _WHY.get(error.errno or 0)
    return known or (f"Systemfehler {error.errno}" if error.errno else "unbekannter Systemfehler")


def of_path(error: OSError) -> str:
    """The same with the path that it was about, where the system names one."""
    name = error.filename
    shown = name.decode("utf-8", "backslashreplace") if isinstance(name, bytes) else name
    return f"{shown}: {why(error)}" if isinstance(shown, str) else why(error)


def said(error: Exception) -> str:
    """An error of a library: the system's in German, its own in its own words."""
    return of_path(error) if isinstance(error, OSError) else str(error)


def of_database(error: Exception) -> str:
    """What a database error says, without statement, values and the database's own language."""
    said = str(error).lower()
    return next((text for mark, text in _DATABASE if mark in said), "sie antwortet nicht")
