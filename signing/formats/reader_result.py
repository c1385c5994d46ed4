"""What a container's reader hands over: a line of the report, and what judging it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from signing.conclusions.model import Changes, Conclusion, Note, SignatureResult
from signing.formats.cms.signed_data import SignerCheck
from signing.formats.cms.timestamps import Token
from signing.formats.cms.validation_material import Material


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A signature as far as it was computed, before anybody is trusted.

    ``covers``: end of the signed part and start of the hole, in a file with several revisions;
    both None where a container has one.
    """

    result: SignatureResult
    check: SignerCheck | None = None
    tokens: tuple[Token, ...] = ()
    material: Material = field(default_factory=Material)
    end: int | None = None
    hole: int | None = None
    scope: str = ""  #: the file within the file; offsets of two scopes have nothing to do


def inside(name: str, found: Iterable[Looked]) -> Iterator[Looked]:
    """Signatures of a file within the file (attachment, member, signed content)."""
    for looked in found:
        field = f"{name}: {looked.result.field}" if looked.result.field else name
        yield replace(
            looked,
            result=replace(looked.result, field=field),
            scope=f"{name}/{looked.scope}",
        )


def noted(looked: Looked, *notes: Note) -> Looked:
    """With further notes; they change nothing else."""
    result = looked.result
    return replace(looked, result=replace(result, notes=(*result.notes, *notes)))


def doubtful(looked: Looked, doubts: tuple[Note, ...]) -> Looked:
    """With doubts of the container around it, a signature is indeterminate at best."""
    looked = noted(looked, *doubts)
    if doubts and looked.result.conclusion is Conclusion.INTACT:
        spoilt = replace(
            looked.result, conclusion=Conclusion.INDETERMINATE, changes=Changes.UNKNOWN
        )
        return replace(looked, result=spoilt)
    return looked


def numbered(found: Iterable[Looked]) -> tuple[Looked, ...]:
    """With identifiers that are unique in the report."""
    return tuple(
        replace(looked, result=replace(looked.result, signature_id=f"S{number}"))
        for number, looked in enumerate(found, 1)
    )


#: a file and further content -> its signatures; how a container looks at what lies in it
CheckFile = Callable[[Path, tuple[Path, ...]], tuple[Looked, ...]]
