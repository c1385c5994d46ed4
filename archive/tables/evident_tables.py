"""Which rows carry evidence: the written list (docs/reference/archive.md holds the same).

Every column of an evident table is promised by the trail unless it is named here with a reason; a
table that is neither evident nor a projection is refused by a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique


@unique
class Kind(StrEnum):
    """Whose rows are promised together, so that one object can be judged by itself."""

    ITEM = "item"
    FILE = "file"
    USER = "user"
    HOUSE = "house"  #: of no single object: the county's plan, units, rules, people on duty


@dataclass(frozen=True, slots=True, kw_only=True)
class Evident:
    """An evident table: ``owner`` is the column that names the aggregate.

    The owner of a row that knows its document alone is that document's item.
    """

    kind: Kind
    owner: str = ""
    excepted: Mapping[str, str] = field(default_factory=dict)


EVIDENT: Mapping[str, Evident] = {
    "item": Evident(kind=Kind.ITEM, owner="id"),
    "document": Evident(
        kind=Kind.ITEM,
        owner="item_id",
        excepted={
            "indexed_revision": "says what the search index shows; the index is a projection",
        },
    ),
    "finding": Evident(kind=Kind.ITEM, owner="item_id"),
    "rendition": Evident(kind=Kind.ITEM, owner="item_id"),
    "metadata_history": Evident(kind=Kind.ITEM, owner="document_id"),
    "qa_result": Evident(kind=Kind.ITEM, owner="document_id"),
    "case_file": Evident(kind=Kind.FILE, owner="id"),
    "sub_file": Evident(kind=Kind.FILE, owner="file_id"),
    "case_record": Evident(kind=Kind.FILE, owner="file_id"),
    "follow_up": Evident(kind=Kind.FILE, owner="file_id"),
    "record_history": Evident(kind=Kind.FILE, owner="file_id"),
    "break_glass": Evident(kind=Kind.FILE, owner="file_id"),
    "app_user": Evident(kind=Kind.USER, owner="id"),
    "role_grant": Evident(kind=Kind.USER, owner="user_id"),
    "compartment_member": Evident(kind=Kind.USER, owner="user_id"),
    "grant_request": Evident(kind=Kind.USER, owner="user_id"),
    "sign_in_link": Evident(kind=Kind.USER, owner="user_id"),
    "session": Evident(
        kind=Kind.USER,
        owner="user_id",
        excepted={"seen_at": "moves with every page; a session still ends at its promised end"},
    ),
    "api_token": Evident(kind=Kind.USER, owner="user_id"),
    "saved_search": Evident(
        kind=Kind.USER,
        owner="user_id",
        excepted={"looked_at": "when the list of new hits was last opened"},
    ),
    "unit": Evident(kind=Kind.HOUSE),
    "person": Evident(kind=Kind.HOUSE),
    "plan_unit": Evident(kind=Kind.HOUSE),
    "compartment": Evident(kind=Kind.HOUSE),
    "filing_rule": Evident(kind=Kind.HOUSE),
}
#: tables that carry no evidence as a whole, each with the reason
PROJECTIONS: Mapping[str, str] = {
    "audit_event": "is the trail itself: judged as a chain, against the anchors",
    "audit_head": "is the end of the trail: judged with the chain",
    "stage_transition": "is written by migrations alone: judged with the schema",
    "outbox": "says what the search index does not show yet; can be made again",
    "saved_search_hit": "is a projection of search index and saved searches",
    "item_count": "counts items; the database keeps it, and it can be made again",
    "file_count": "counts files; the database keeps it, and it can be made again",
    "paper_kept": "says again what findings and documents say; can be made again",
    "to_place": "says again what findings, documents and the trail say; can be made again",
    "file_counter": "only proposes the next number; a mark that is taken is passed over",
    "sign_in_attempt": "paces the guessing of passwords; goes after 30 days",
}


def aggregate(kind: Kind, owner: str | None) -> str:
    """The name under which rows are promised together, e.g. ``item:i0…`` or ``house``."""
    return kind.value if kind is Kind.HOUSE else f"{kind.value}:{owner}"
