"""From integrity facts to a conclusion: one decision table, pure.

The order of the rows is the law: the first one that applies decides. ``intact`` is the last row
and is reached only when every fact was computed and good.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum, unique

from signing.conclusions.model import SEVERITY, Changes, Conclusion, Integrity, Reason


@unique
class Check(StrEnum):
    """The result of one computation. What was not computed is not a pass."""

    HOLDS = "holds"
    FAILS = "fails"
    UNKNOWN = "unknown"


@unique
class Encoding(StrEnum):
    """Over which encoding of the signed attributes the value holds (RFC 5652 5.4)."""

    DER = "der"  #: transmitted in DER, or no signed attributes at all
    REORDERED = "reordered"  #: transmitted otherwise; holds over the DER encoding
    TRANSMITTED = "transmitted"  #: holds over the transmitted bytes alone


@unique
class Coverage(StrEnum):
    """How much of the file the signed ranges take in."""

    WHOLE_FILE = "whole_file"
    REVISION = "revision"  #: everything up to the end of a revision; later ones follow
    PARTIAL = "partial"
    UNKNOWN = "unknown"


@unique
class Modification(StrEnum):
    """What the later revisions of a PDF do; the engine's levels, and not knowing."""

    NONE = "none"
    LTA_UPDATES = "lta_updates"
    FORM_FILLING = "form_filling"
    ANNOTATIONS = "annotations"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrityFacts:
    """All that decides a conclusion. The defaults are the facts of a check that was not made."""

    supported: bool = True
    readable: bool = True
    digest: Check = Check.UNKNOWN
    value: Check = Check.UNKNOWN
    algorithms: Check = Check.UNKNOWN  #: RFC 6211 attribute agrees, or is absent
    structure: Check = Check.UNKNOWN  #: detached where it must be, one meaning only
    encoding: Encoding = Encoding.DER
    coverage: Coverage = Coverage.UNKNOWN
    anchored: bool = True  #: the document as it is now still names this signature
    trailing: Check = Check.UNKNOWN  #: HOLDS: no unexplained bytes after the signed range
    modification: Modification = Modification.UNKNOWN
    allowed: Check = Check.UNKNOWN  #: the document's DocMDP allows the modification
    parts: Check = Check.UNKNOWN  #: every file of a container, every part of a document is signed
    pages: Check = Check.UNKNOWN  #: a second reader shows the pages that were signed
    harmless: bool = False  #: the unexplained modification has a named harmless cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What follows from the facts."""

    conclusion: Conclusion
    integrity: Integrity
    changes: Changes
    reasons: tuple[Reason, ...] = ()


def decide(facts: IntegrityFacts) -> Verdict:
    """The conclusion for one signature."""
    return _signed_part(facts) or _what_came_after(facts)


def _signed_part(facts: IntegrityFacts) -> Verdict | None:
    """A verdict when the signed part itself decides; None when it holds."""
    if not facts.supported:
        return _verdict(Conclusion.UNSUPPORTED, Integrity.UNKNOWN, Changes.UNKNOWN)
    if not facts.readable:
        return _verdict(Conclusion.INDETERMINATE, Integrity.UNKNOWN, Changes.UNKNOWN)
    if facts.digest is Check.FAILS:
        return _verdict(Conclusion.BROKEN, Integrity.BROKEN, _seen(facts), Reason.DIGEST_MISMATCH)
    if facts.value is Check.FAILS:
        return _verdict(Conclusion.BROKEN, Integrity.BROKEN, _seen(facts), Reason.VALUE_MISMATCH)
    if facts.digest is Check.UNKNOWN or facts.value is Check.UNKNOWN:
        return _verdict(Conclusion.INDETERMINATE, Integrity.UNKNOWN, _seen(facts))
    if facts.structure is not Check.HOLDS:
        reason = Reason.ENCAPSULATED_CONTENT
        return _verdict(Conclusion.INDETERMINATE, Integrity.UNKNOWN, _seen(facts), reason)
    if facts.algorithms is not Check.HOLDS:
        reason = Reason.ALGORITHM_MISMATCH
        return _verdict(Conclusion.INDETERMINATE, Integrity.UNKNOWN, _seen(facts), reason)
    if facts.encoding is Encoding.TRANSMITTED:
        reason = Reason.ATTRIBUTES_AS_TRANSMITTED
        return _verdict(Conclusion.INDETERMINATE, Integrity.UNKNOWN, _seen(facts), reason)
    return None


def _what_came_after(facts: IntegrityFacts) -> Verdict:
    """The signed part holds; judge coverage and later additions."""
    notes = (Reason.ATTRIBUTES_REORDERED,) if facts.encoding is Encoding.REORDERED else ()
    suspicions = _suspicions(facts)
    if not facts.anchored and facts.coverage is Coverage.WHOLE_FILE and not suspicions:
        return _verdict(
            Conclusion.INDETERMINATE,
            Integrity.INTACT,
            Changes.NONE,
            *notes,
            Reason.NOT_ANCHORED,
        )
    if suspicions:
        return _verdict(
            Conclusion.CHANGED, Integrity.INTACT, Changes.SUSPICIOUS, *notes, *suspicions
        )
    if _changes_unknown(facts):
        return _verdict(
            Conclusion.INDETERMINATE,
            Integrity.INTACT,
            Changes.UNKNOWN,
            *notes,
            Reason.CHANGES_UNKNOWN,
        )
    if facts.modification is Modification.NONE:
        return _verdict(Conclusion.INTACT, Integrity.INTACT, Changes.NONE, *notes)
    cause = Reason.HARMLESS_CAUSE if facts.harmless else Reason.PERMITTED_CHANGES
    return _verdict(Conclusion.INTACT, Integrity.INTACT, Changes.PERMITTED, *notes, cause)


def _suspicions(facts: IntegrityFacts) -> tuple[Reason, ...]:
    found = []
    if not facts.anchored and facts.coverage is not Coverage.WHOLE_FILE:
        found.append(Reason.FIELD_MISSING)
    if facts.coverage is Coverage.PARTIAL:
        found.append(Reason.NOT_WHOLE_REVISION)
    if facts.parts is Check.FAILS:
        found.append(Reason.PART_NOT_COVERED)
    if facts.trailing is Check.FAILS:
        found.append(Reason.TRAILING_BYTES)
    if facts.pages is Check.FAILS:
        found.append(Reason.PAGES_DIFFER)
    if facts.modification is Modification.OTHER and not facts.harmless:
        found.append(Reason.CHANGED_AFTER_SIGNING)
    if facts.allowed is Check.FAILS and not facts.harmless:
        found.append(Reason.CHANGE_NOT_ALLOWED)
    return tuple(found)


def _changes_unknown(facts: IntegrityFacts) -> bool:
    return (
        facts.coverage is Coverage.UNKNOWN
        or facts.modification is Modification.UNKNOWN
        or Check.UNKNOWN in (facts.trailing, facts.pages, facts.parts)
        or (facts.allowed is Check.UNKNOWN and not facts.harmless)
    )


def _seen(facts: IntegrityFacts) -> Changes:
    """What can be said of changes where the signed part does not decide them."""
    if _suspicions(facts):
        return Changes.SUSPICIOUS
    if _changes_unknown(facts):
        return Changes.UNKNOWN
    return Changes.NONE if facts.modification is Modification.NONE else Changes.PERMITTED


def _verdict(
    conclusion: Conclusion, integrity: Integrity, changes: Changes, *reasons: Reason
) -> Verdict:
    return Verdict(conclusion=conclusion, integrity=integrity, changes=changes, reasons=reasons)


def worst(conclusions: Iterable[Conclusion]) -> Conclusion:
    """Of several signatures the worst counts; of none, unsigned."""
    found = set(conclusions)
    return next((c for c in SEVERITY if c in found), Conclusion.UNSIGNED)
