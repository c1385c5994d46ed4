"""Rights against a second statement of them: random roles with scopes, over every kind of object.

The model is the table of docs/reference/archive.md in the plainest words; it knows nothing of how
``access`` computes. Beside it: act by role by scope, one line each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from archive import access
from archive.model import WHOLE, Document, Grant, Item, Reader, Role, Scope, joined
from archive.stages import Stage
from tests.unit.archive.test_access import (
    DOCUMENT,
    DOCUMENTS,
    FILES,
    ITEM,
    ITEMS,
    READERS,
    without_glass,
)

MAILROOM = {Role.MAIL_CLERK, Role.SCAN_OPERATOR, Role.SCAN_SUPERVISOR}
CONTENT = {Role.CASE_WORKER, Role.RECORDS_MANAGER}
ITEM_SEERS = {*MAILROOM, *CONTENT, Role.QA_INSPECTOR, Role.DELIVERY_MANAGER, Role.AUDITOR}


# ------------------------------------------------------------------ the model
def granted(reader: Reader, thing: Item | Document, roles: Iterable[Role]) -> bool:
    """Whether one of the roles is held where the thing lies, and its compartment is joined."""
    if thing.compartment is not None and thing.compartment not in reader.compartments:
        return False
    for grant in reader.grants:
        department_fits = grant.department is None or grant.department == thing.department
        stream_fits = grant.stream is None or grant.stream == thing.stream
        if grant.role in roles and department_fits and stream_fits:
            return True
    return False


def reads(reader: Reader, document: Document) -> bool:
    unnarrowed = replace(reader, grants=frozenset(g for g in reader.grants if g.stream is None))
    return document.stage is Stage.FILED and granted(unnarrowed, document, CONTENT)


def knows(reader: Reader, document: Document) -> bool:
    on_the_road = document.stage is not Stage.FILED and granted(reader, document, ITEM_SEERS)
    return reads(reader, document) or on_the_road or granted(reader, document, {Role.AUDITOR})


def settles(reader: Reader, thing: Item | Document) -> bool:
    held = {Stage.HELD: {Role.MAIL_CLERK, Role.SCAN_SUPERVISOR}}
    return granted(
        reader, thing, {**held, Stage.AWAITING_QA: {Role.QA_INSPECTOR}}.get(thing.stage, ())
    )


MODEL: list[tuple[Callable[..., bool], Callable[..., bool], tuple[Any, ...]]] = [
    (access.may_read_document, reads, DOCUMENTS),
    (access.may_correct_document, reads, DOCUMENTS),
    (access.may_know_document, knows, DOCUMENTS),
    (access.may_settle, settles, DOCUMENTS),
    (access.may_settle, settles, ITEMS),
    (access.may_see_item, lambda reader, item: granted(reader, item, ITEM_SEERS), ITEMS),
    (access.may_see_evidence, lambda r, document: granted(r, document, {Role.AUDITOR}), DOCUMENTS),
]


@pytest.mark.parametrize(("decide", "model", "things"), MODEL)
@settings(deadline=None, max_examples=25)
@given(reader=READERS)
def test_what_is_allowed_is_what_the_table_says(
    decide: Callable[..., bool], model: Callable[..., bool], things: tuple[Any, ...], reader: Reader
) -> None:
    plain = without_glass(reader)
    allowed = {thing.id for thing in things if decide(plain, thing)}
    assert allowed == {thing.id for thing in things if model(plain, thing)}


@settings(deadline=None, max_examples=25)
@given(reader=READERS)
def test_a_narrower_scope_never_opens_more(reader: Reader) -> None:
    for grant in reader.grants:
        narrow = replace(
            reader, grants=reader.grants - {grant} | {replace(grant, department="bauamt")}
        )
        if grant.department is None:
            for document in DOCUMENTS:
                assert access.may_read_document(reader, document) or not (
                    access.may_read_document(narrow, document)
                )
            assert not access.may_manage_plan(narrow) or access.may_manage_plan(reader)
            assert not access.sees_everything(narrow.grants) or access.sees_everything(
                reader.grants
            )


def test_scopes_cover_and_join() -> None:
    scopes = [Scope(department=d, stream=s) for d in (None, "a", "b") for s in (None, "x", "y")]
    for one in scopes:
        assert WHOLE.covers(one) and one.covers(one) and joined([one]) == one
        assert one.covers(WHOLE) == (one == WHOLE)
        for other in scopes:
            both = joined((one, other))
            assert both.covers(one) and both.covers(other) and both == joined((other, one))
            assert [each for each in scopes if each.covers(one) and each.covers(other) and both != each
                    and both.covers(each)] == []  # fmt: skip
    assert joined(()) == WHOLE


# ------------------------------------------------------------------ act by role by scope
GLOBAL, OWN, OTHER, STREAM, OTHER_STREAM = (
    "global",
    "own dept",
    "other dept",
    "stream",
    "other stream",
)
SCOPES = {
    GLOBAL: WHOLE,
    OWN: Scope(department="bauamt", stream=None),
    OTHER: Scope(department="jugendamt", stream=None),
    STREAM: Scope(department=None, stream="mailroom"),
    OTHER_STREAM: Scope(department=None, stream="legacy"),
}
HELD = replace(ITEM, stage=Stage.HELD)
FILE = next(each for each in FILES if each.department == "bauamt" and each.compartment is None)
CLOSED = next(each for each in FILES if each.department == "bauamt" and each.compartment)
BOTH, THERE = {GLOBAL, OWN}, {GLOBAL, OWN, STREAM}
#: an act upon something of bauamt that came by the mailroom -> role -> the scopes that allow it
ACTS: dict[str, tuple[Callable[[Reader], bool], dict[Role, set[str]]]] = {
    "see the item": (
        lambda reader: access.may_see_item(reader, ITEM),
        dict.fromkeys(ITEM_SEERS, THERE),
    ),
    "read the document": (
        lambda reader: access.may_read_document(reader, DOCUMENT),
        dict.fromkeys(CONTENT, BOTH),
    ),
    "see its evidence": (
        lambda reader: access.may_see_evidence(reader, DOCUMENT),
        {Role.AUDITOR: THERE},
    ),
    "settle what is held": (
        lambda reader: access.may_settle(reader, HELD),
        {Role.MAIL_CLERK: THERE, Role.SCAN_SUPERVISOR: THERE},
    ),
    "give it to another department": (
        lambda reader: access.may_redirect(reader, ITEM),
        {Role.MAIL_CLERK: THERE, Role.SCAN_SUPERVISOR: THERE},
    ),
    "look at its pages": (
        lambda reader: access.may_see_held_pages(reader, HELD),
        dict.fromkeys(MAILROOM, THERE),
    ),
    "tend its door": (
        lambda reader: access.may_tend_stream(reader, "mailroom", department="bauamt"),
        dict.fromkeys(MAILROOM, THERE),
    ),
    "check its quality": (
        lambda reader: access.may_check_quality(reader, DOCUMENT),
        {Role.CASE_WORKER: BOTH, Role.QA_INSPECTOR: THERE},
    ),
    "read the file": (
        lambda reader: access.may_read_file(reader, FILE),
        dict.fromkeys(CONTENT, BOTH),
    ),
    "take the file away": (
        lambda reader: access.may_export_file(reader, FILE),
        dict.fromkeys(CONTENT, BOTH),
    ),
    "work on the file": (
        lambda reader: access.may_work_on_file(reader, FILE),
        {Role.CASE_WORKER: BOTH},
    ),
    "begin a file": (
        lambda reader: access.may_open_file(reader, "bauamt", None),
        {Role.CASE_WORKER: BOTH},
    ),
    "open the file again": (
        lambda reader: access.may_manage_file(reader, FILE),
        {Role.RECORDS_MANAGER: BOTH},
    ),
    "purge earlier attempts": (
        lambda reader: access.may_purge(reader, ITEM),
        {Role.RECORDS_MANAGER: BOTH},
    ),
    "break the glass": (
        lambda reader: access.may_break_glass(reader, CLOSED),
        dict.fromkeys(CONTENT, BOTH),
    ),
    "judge a broken glass": (
        lambda reader: access.may_review_glass(reader, CLOSED),
        {Role.AUDITOR: BOTH},
    ),
    "judge a resolution": (
        access.may_review_resolutions,
        {Role.AUDITOR: {GLOBAL}, Role.PRIVACY_RESOLVER: {GLOBAL}},
    ),
    "read in the file plan": (access.may_manage_plan, {Role.RECORDS_MANAGER: {GLOBAL}}),
    "see the whole trail": (
        lambda reader: access.sees_everything(reader.grants),
        {Role.AUDITOR: {GLOBAL}},
    ),
    "find by searching": (
        lambda reader: access.document_scope(DOCUMENT) in access.scopes(reader, ["bauamt"]),
        dict.fromkeys(CONTENT, BOTH),
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_role_counts_as_far_as_its_scope(act: str) -> None:
    allowed, expected = ACTS[act]
    found: dict[Role, set[str]] = {}
    for role in Role:
        for name, scope in SCOPES.items():
            grant = Grant(role=role, department=scope.department, stream=scope.stream)
            if allowed(Reader(user="x", grants=frozenset({grant}))):
                found.setdefault(role, set()).add(name)
    assert found == expected
