"""One input, what is expected of it, and the list of all."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, unique
from pathlib import Path

from PIL import Image

Pages = Callable[[], list[Image.Image]]
Build = Callable[[Path], None]
LINK = re.compile(r"https?://\S+")


@unique
class Shows(Enum):
    """What the drawn copy is compared with."""

    SOURCE = "source"  #: both drawers' drawings of the source PDF
    PDFIUM = "pdfium"  #: the source as pdfium draws it, since poppler is known to be wrong here
    POPPLER = "poppler"  #: the other way round
    PICTURE = "picture"  #: the pixels that the builder meant
    NOTHING = "nothing"  #: not compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must hold of an input; a tuple of outcomes means that each of them is right."""

    outcomes: tuple[str, ...] = ("archived",)
    pages: int | None = 1
    size: tuple[float, float] | None = None  #: of the first page as shown, in points
    words: tuple[str, ...] = ()  #: must be found by search
    absent: tuple[str, ...] = ()  #: must not be found
    codes: tuple[str, ...] = ()  #: findings that must be there
    no_codes: tuple[str, ...] = ()  #: findings that would be untrue; a prefix is enough
    reason: str = ""  #: pattern that the reason of a held file must match
    untrue: str = ""  #: pattern that neither reason nor finding may match
    mentions: str = ""  #: pattern that some finding must match if the file is archived
    shows: Shows = Shows.SOURCE
    picture: Pages | None = None
    extra: Callable[[Path, Path], str] | None = None  #: (source, copy) -> what is wrong, or ""


@dataclass(frozen=True, slots=True)
class Case:
    """An input: its docstring says in words what is expected and where it was reported."""

    name: str
    kind: str
    suffix: str
    build: Build
    expected: Expected
    text: str
    link: str

    @property
    def file_name(self) -> str:
        return f"{self.name}{self.suffix}"


def case(cases: list[Case], kind: str, suffix: str, expected: Expected) -> Callable[[Build], Build]:
    """Put the decorated builder on the list; the first link of its docstring is its source."""

    def put(build: Build) -> Build:
        text = " ".join((build.__doc__ or "").split())
        found = LINK.search(text)
        name = getattr(build, "__name__", "")
        link = found.group(0).rstrip(".,);") if found else "own choice"
        cases.append(Case(name, kind, suffix, build, expected, text, link))
        return build

    return put
