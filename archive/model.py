"""The frozen words of the house: what the archive hands out and takes in.

Identifiers follow the glossary of the field (docs/reference/glossary.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum, unique
from typing import Any, Generic, TypeVar

from archive.stages import Outcome, Stage
from config.errors import HoldReason

T = TypeVar("T")


@unique
class Role(StrEnum):
    """What a person may do; rights are refused where no role grants them."""

    MAIL_CLERK = "mail_clerk"
    SCAN_OPERATOR = "scan_operator"
    SCAN_SUPERVISOR = "scan_supervisor"
    QA_INSPECTOR = "qa_inspector"
    CASE_WORKER = "case_worker"
    RECORDS_MANAGER = "records_manager"
    DELIVERY_MANAGER = "delivery_manager"
    DEPARTMENT_APPROVER = "department_approver"
    AUDITOR = "auditor"
    PRIVACY_RESOLVER = "privacy_resolver"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """How far a right reaches: one department or all of them (None), one stream or all (None)."""

    department: str | None
    stream: str | None

    def covers(self, other: Scope) -> bool:
        """Whether whatever lies within ``other`` lies within this one as well."""
        return self.department in (None, other.department) and self.stream in (None, other.stream)


WHOLE = Scope(department=None, stream=None)  #: the whole house


def joined(scopes: Iterable[Scope]) -> Scope:
    """The narrowest scope that covers all of them; that of none is the whole house."""
    found = tuple(scopes)
    departments, streams = {each.department for each in found}, {each.stream for each in found}
    return Scope(
        department=departments.pop() if len(departments) == 1 else None,
        stream=streams.pop() if len(streams) == 1 else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One role, for one department (or all: None) and, for the mailroom, one stream (or all)."""

    role: Role
    department: str | None = None
    stream: str | None = None

    @property
    def scope(self) -> Scope:
        return Scope(department=self.department, stream=self.stream)

    def detail(self) -> dict[str, str | None]:
        """As events of the trail name it."""
        return {"role": self.role.value, "department": self.department, "stream": self.stream}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who asks. There is no query without one."""

    user: str
    grants: frozenset[Grant]
    compartments: frozenset[str] = frozenset()
    #: Closed files that a break-glass access of the reader's opens now, and what came in for them.
    opened_files: frozenset[str] = frozenset()
    opened_items: frozenset[str] = frozenset()
    session: str | None = None
    on_behalf: str | None = None  #: the machine's operator acting through the command line

    def only(self, *roles: Role) -> Reader:
        """The reader in these roles alone; a broken glass is of no role."""
        return replace(
            self,
            grants=frozenset(grant for grant in self.grants if grant.role in roles),
            opened_files=frozenset(),
            opened_items=frozenset(),
        )

    def roles(self) -> frozenset[Role]:
        """Their names alone, to be shown. What they allow is asked with a scope (access.py)."""
        return frozenset(grant.role for grant in self.grants)


@unique
class RenditionRole(StrEnum):
    """What a stored object is to its document."""

    ORIGINAL = "original"
    SUPPLEMENT = "supplement"  #: handed in later for a held file: an arrival of its own
    WORKING_COPY = "working_copy"  #: of an arrival, opened with a password
    SCAN_PRODUCT = "scan_product"  #: the sealed, searchable PDF/A
    TEXT = "text"  #: recognition with positions, JSON
    STRUCTURED_DATA = "structured_data"
    THUMBNAIL = "thumbnail"
    SIGNATURE_REPORT = "signature_report"
    PDFA_REPORT = "pdfa_report"
    TRANSFER_NOTE = "transfer_note"
    NOTE_SEAL = "note_seal"  #: detached seal over a supplement of the note


@unique
class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    BLOCKS_DESTRUCTION = "blocks_destruction"  #: archived, but its paper may not be destroyed


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something a person should know of an item or document; never a silent note."""

    code: str
    text: str
    severity: Severity = Severity.WARNING
    page: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """One stored object of a document: address = SHA-256 of its bytes."""

    role: RenditionRole
    sha256: str
    size: int
    media_type: str
    file_name: str
    version: int = 1
    derived_from: str | None = None  #: sha256 of what it was made from
    created_at: datetime | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One arrived file and where it stands."""

    id: str
    source: str  #: path or name as given, printable
    source_bytes: bytes  #: the name as the file system had it
    sha256: str
    size: int
    stream: str
    department: str
    compartment: str | None
    stage: Stage
    outcome: Outcome | None
    received_at: datetime
    received_by: str  #: user or service that brought it in
    held_reason: HoldReason | None = None
    held_text: str | None = None
    held_from: Stage | None = None
    waiting_for: str | None = None  #: "wartet auf ..." while a part is away
    duplicate_of: str | None = None  #: document id
    rejected_text: str | None = None  #: why a person rejected it
    working_copy: str | None = None  #: sha256 of what the road reads instead of the original
    attempt: int = 1  #: how often the road was begun; goes up with each retry
    revision: int = 1
    findings: tuple[Finding, ...] = ()
    documents: tuple[str, ...] = ()


ARRIVAL_STAMP = "arrival.stamped"  #: finding: the day of an arrival stamp, in ``detail.date``
READ_OFF = frozenset({ARRIVAL_STAMP})  #: codes of findings that quote the pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document made of an item."""

    id: str
    item_id: str
    position: int  #: 1-based place within its item
    first_page: int | None  #: 1-based page range within the original; None = the whole file
    last_page: int | None
    department: str
    compartment: str | None
    stream: str
    stage: Stage
    revision: int
    received_on: date
    pages: int | None = None
    title: str | None = None
    sender: str | None = None
    letter_date: date | None = None
    document_class: str | None = None
    origin: str | None = None  #: "paper" or "digital"
    case_id: str | None = None
    file_id: str | None = None
    file_mark: str | None = None
    held_reason: HoldReason | None = None
    held_text: str | None = None
    held_from: Stage | None = None
    waiting_for: str | None = None
    rejected_text: str | None = None  #: why a person rejected it
    attempt: int = 1
    qa: str | None = None  #: None, "pending", "passed", "failed"
    evidenced: bool = False
    indexed_revision: int | None = None
    record_state: str = "REGISTERED"  #: a ``file_states.RecordState``
    findings: tuple[Finding, ...] = ()
    renditions: tuple[Rendition, ...] = ()

    def without_words(self) -> Document:
        """For those who may only know that it exists: nothing that is read off its pages."""
        kept = tuple(found for found in self.findings if found.code not in READ_OFF)
        return replace(self, title=None, sender=None, letter_date=None, findings=kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One line of what happened to an object, for people (from the audit chain)."""

    at: datetime
    actor: str
    action: str
    outcome: str
    reason: str | None
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    id: str
    file_mark: str
    subject: str
    plan_unit: str
    department: str
    compartment: str | None
    state: str  #: a ``file_states.FileState``
    opened_on: date
    closed_on: date | None = None
    retention_end: date | None = None  #: its last day; None while open, and where permanent


@dataclass(frozen=True, slots=True, kw_only=True)
class SubFile:
    """A part of a file (Teilakte) that is closed by itself."""

    id: str
    file_id: str
    number: int
    title: str
    state: str  #: OPEN or CLOSED
    opened_on: date
    closed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    id: str
    file_id: str
    number: int
    title: str
    state: str  #: OPEN or CLOSED
    closed_on: date | None = None
    sub_file_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanUnit:
    code: str
    parent: str | None
    title: str
    department: str | None
    retention_years: int | None  #: None = permanent
    disposal_code: str  #: A archive, B appraise, V destroy
    protection_need: str
    retention_start: str = "CLOSED_DATE"  #: a ``retention.RetentionStart``
    compartment: str | None = None  #: its files are closed to all but the members
    mark_pattern: str = "{code}/{number}/{year}"
    retired: bool = False  #: no new files


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """A slice of a list with an opaque cursor for the next one."""

    items: tuple[T, ...]
    next_cursor: str | None = None
    total: int | None = None
