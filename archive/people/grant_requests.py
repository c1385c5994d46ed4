"""Rights that one administrator gives and another one confirms, or looks at afterwards.

A role, a link to sign in as somebody else, and membership of a closed compartment: as soon as two
administrators could act for the one concerned, one asks and the other confirms within some days.
Until then, and where the setting says so, it acts at once and waits for a review. Either way the
person concerned and the auditors are told. The second person is never who asked nor whom it is for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import access
from archive.audit.trail import Actor, lock_trail, storable
from archive.efile.change_history import actor
from archive.model import WHOLE, Grant, Reader, Role, Scope, joined
from archive.people import (
    access_ending,
    accounts,
    administration_scope,
    compartments,
    four_eyes,
    grant_lists,
    grant_records,
    passwords,
    sign_in,
)
from archive.people.grant_records import GrantRequest, Kind, State, Wanted
from archive.tables import schema
from config.errors import Conflict, Forbidden, NotFound, UsageError
from config.settings import Settings

_T = schema.grant_request
LONGEST_REMARK = 2_000  #: characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the settings say: a second person or not, how long a request and a link last."""

    second_person: bool
    request_for: timedelta
    link_for: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What came of it: ``waiting`` names the request that somebody else has to confirm; ``link`` is
    the secret of a one-time link, told once."""

    waiting: str | None = None
    link: str | None = None


def terms_of(settings: Settings) -> Terms:
    """How rights are given, by the settings."""
    return Terms(
        second_person=settings.rights.second_person,
        request_for=timedelta(days=settings.rights.request_days),
        link_for=timedelta(hours=settings.web.link_hours),
    )


def operator(name: str) -> Reader:
    """The machine's operator, who may do what an administrator of the whole house may."""
    return Reader(user=name, grants=frozenset({Grant(role=Role.ADMIN)}))


# ------------------------------------------------------------------ giving and asking
def give(session: Session, reader: Reader, wanted: Wanted, terms: Terms, *, at: datetime) -> Given:
    """Give it, or ask for a second person.

    Raises NotFound where the reader does not administer the user, Forbidden beyond the reader's own
    scope or for oneself, Conflict where it is asked for already, and what giving itself raises.
    """
    lock_trail(session)
    _expire(session, at)
    _demand_scope(session, reader, wanted)
    by = actor(reader)
    if wanted.kind is Kind.LINK and wanted.user == reader.user:  # one's own account already
        return Given(link=sign_in.new_link(session, wanted.user, terms.link_for, by=by, at=at))
    if _stands_already(session, wanted, by):
        return Given()
    scope = _scope_of(session, wanted)
    if not (terms.second_person and _second_person_needed(session, reader, scope, terms, at)):
        request = grant_records.insert(
            session, wanted, scope, State.UNREVIEWED, by=by, at=at, expires_at=None
        )
        return Given(link=_perform(session, wanted, request, terms, by=by, at=at))
    if _same_waits(session, wanted):
        raise Conflict(
            "Das ist schon beantragt und wartet auf die Bestätigung einer zweiten Person."
        )
    expires_at = at + terms.request_for
    request = grant_records.insert(
        session, wanted, scope, State.REQUESTED, by=by, at=at, expires_at=expires_at
    )
    grant_records.told(
        session, by, wanted.user, "GRANT_REQUESTED", at, grant_records.words(request, wanted)
    )
    return Given(waiting=request)


def confirm(
    session: Session, reader: Reader, request_id: str, terms: Terms, *, at: datetime
) -> Given:
    """Give what another administrator asked for.

    Raises NotFound where it is not the reader's affair, Forbidden for who is no second person
    (``four_eyes.stands_against``), Conflict where it is decided, over, or no longer what was asked
    for.
    """
    request = _waiting(session, reader, request_id, at)
    _demand_confirmable(session, reader, request)
    wanted, by = request.wanted, actor(reader)
    grant_records.decide(session, request, State.CONFIRMED, by=by, at=at, remark=None)
    detail = {**grant_records.words(request.id, wanted), "requested_by": request.requested_by}
    grant_records.told(session, by, wanted.user, "GRANT_CONFIRMED", at, detail)
    return Given(link=_perform(session, wanted, request.id, terms, by=by, at=at))


def obstacle(session: Session, reader: Reader, request: GrantRequest) -> str | None:
    """Why the reader cannot confirm this request, which waits within their scope, as things stand."""
    try:
        _demand_confirmable(session, reader, request)
    except (Conflict, Forbidden, NotFound) as refusal:
        return str(refusal)
    return None


def refuse(session: Session, reader: Reader, request_id: str, *, remark: str, at: datetime) -> None:
    """Say no to a request, with a remark; who asked takes it back instead.

    Raises NotFound, Forbidden for whom it is, Conflict where it is decided or over, UsageError.
    """
    request = _waiting(session, reader, request_id, at)
    own = reader.user == request.requested_by
    if reader.user == request.user_id:
        raise Forbidden("Über eigene Rechte entscheidet eine andere Person.")
    said = _remark(remark)
    if not own and said is None:
        raise UsageError("Eine Ablehnung braucht eine Bemerkung.")
    state = State.WITHDRAWN if own else State.REFUSED
    grant_records.decide(session, request, state, by=actor(reader), at=at, remark=said)
    action = "GRANT_WITHDRAWN" if own else "GRANT_REFUSED"
    detail = {
        **grant_records.words(request.id, request.wanted),
        "requested_by": request.requested_by,
    }
    grant_records.told(session, actor(reader), request.user_id, action, at, detail, reason=said)


def expire(session: Session, *, at: datetime) -> int:
    """End the requests that nobody confirmed in time, each with its event; says how many."""
    lock_trail(session)
    return _expire(session, at)


def _expire(session: Session, at: datetime) -> int:
    over = sa.select(_T).where(_T.c.state == State.REQUESTED.value, _T.c.expires_at <= at)
    requests = grant_records.requests(session, over)
    for request in requests:
        by = Actor(user="service")
        grant_records.decide(session, request, State.EXPIRED, by=by, at=at, remark=None)
        detail = {
            **grant_records.words(request.id, request.wanted),
            "requested_by": request.requested_by,
        }
        grant_records.told(session, by, request.user_id, "GRANT_EXPIRED", at, detail)
    return len(requests)


# ------------------------------------------------------------------ looking at it afterwards
def review(
    session: Session, reader: Reader, request_id: str, *, justified: bool, remark: str, at: datetime
) -> None:
    """Judge as the second person what acted at once; what was not justified ends with that.

    Raises NotFound where it is not the reader's to judge (``four_eyes.judged_by``), Forbidden for
    an auditor who is no second person for it, Conflict where somebody has judged it, UsageError.
    """
    lock_trail(session)
    request = grant_records.load(session, request_id)
    if request is None or not four_eyes.may_judge(session, reader, request.id):
        if request is not None and access.holds(reader, Role.AUDITOR, within=request.scope):
            reason = four_eyes.stands_against(session, reader, request)
            raise Forbidden(
                f"{reason} Es urteilt jemand anderes oder der Betreiber (registratur user review)."
            )
        raise NotFound(f"Die Rechtevergabe {request_id} gibt es nicht.")
    if request.state is not State.UNREVIEWED:
        raise Conflict(f"Über {request_id} ist schon entschieden.")
    said = _remark(remark)
    if not justified and said is None:
        raise UsageError("Was nicht gerechtfertigt war, braucht eine Bemerkung.")
    state, by = State.JUSTIFIED if justified else State.UNJUSTIFIED, actor(reader)
    grant_records.decide(session, request, state, by=by, at=at, remark=said)
    detail = {"request": request.id, "given_by": request.requested_by, "justified": justified}
    if not justified:
        detail |= _undo(session, request, by=by, at=at)
    grant_records.told(session, by, request.user_id, "GRANT_REVIEWED", at, detail, reason=said)


def notice(session: Session, reader: Reader, *, at: datetime) -> int:
    """Note that the reader knows what was given to them; says how many there were."""
    lock_trail(session)
    changed = session.execute(
        sa.update(_T).where(*grant_lists.unnoticed(reader)).values(noticed_at=at)
    )
    count = cast("sa.CursorResult[Any]", changed).rowcount
    if count:
        grant_records.told(
            session, actor(reader), reader.user, "GRANT_NOTICED", at, {"grants": count}
        )
    return count


# ------------------------------------------------------------------ rules
def _scope_of(session: Session, wanted: Wanted) -> Scope:
    """What the right and all rights of the person lie within. Raises NotFound."""
    if wanted.kind is Kind.MEMBERSHIP:  # a compartment goes through all departments
        return WHOLE
    of_user = administration_scope.scope_of_user(session, wanted.user)
    return of_user if wanted.grant is None else joined((wanted.grant.scope, of_user))


def _demand_scope(session: Session, reader: Reader, wanted: Wanted) -> None:
    """Raises NotFound for a person, Forbidden for a right outside the reader's scope."""
    administration_scope.demand_user(session, reader, wanted.user)
    needed = wanted.grant.scope if wanted.grant is not None else WHOLE
    if wanted.kind is not Kind.LINK and not access.holds(reader, Role.ADMIN, within=needed):
        raise Forbidden("Dieses Recht reicht über Ihre eigene Zuständigkeit hinaus.")


def _demand_confirmable(session: Session, reader: Reader, request: GrantRequest) -> None:
    """Raises as ``confirm``, and what giving it would raise."""
    reason = four_eyes.stands_against(session, reader, request)
    if reason is not None:
        raise Forbidden(
            f"{reason} Es bestätigt eine andere Verwaltungsperson oder der Betreiber "
            "(registratur user confirm)."
        )
    wanted = request.wanted
    _demand_scope(session, reader, wanted)
    scope = _scope_of(session, wanted)
    if scope != request.scope:
        raise Conflict(
            f"Die Rechte von {wanted.user} haben sich seit dem Antrag geändert; bitte neu beantragen."
        )
    if request.requested_by not in administration_scope.administrators(session, within=scope):
        raise Conflict(
            f"{request.requested_by} darf das nicht mehr beantragen; bitte selbst neu beantragen."
        )
    if wanted.kind is Kind.LINK:
        accounts.reader(session, wanted.user)  # not into a closed account


def _second_person_needed(
    session: Session, reader: Reader, scope: Scope, terms: Terms, at: datetime
) -> bool:
    """Whether there are two administrators for it, or were until the reader removed one.

    The machine's operator is no account: what they do acts at once, since they could do it by other
    means, and is reviewed.
    """
    if reader.user.startswith(four_eyes.OPERATOR):
        return False
    if len(administration_scope.administrators(session, within=scope)) >= 2:
        return True
    one = four_eyes.hands(session).one_with(reader.user)
    return administration_scope.has_removed_another(session, one, since=at - terms.request_for)


def _stands_already(session: Session, wanted: Wanted, by: Actor) -> bool:
    """Whether there is nothing to give; raises what would stand against giving it."""
    if wanted.kind is Kind.ROLE:
        assert wanted.grant is not None
        return accounts.held_already(session, wanted.user, wanted.grant, by=by)
    if wanted.kind is Kind.MEMBERSHIP:
        name, purpose = wanted.compartment or "", wanted.purpose or ""
        return accounts.joined_already(session, wanted.user, name, purpose=purpose, by=by)
    accounts.reader(session, wanted.user)  # no link into a closed account
    return False


def _same_waits(session: Session, wanted: Wanted) -> bool:
    query = sa.select(_T).where(_T.c.user_id == wanted.user, _T.c.state == State.REQUESTED.value)
    return any(
        (each.kind, each.wanted.grant, each.compartment)
        == (wanted.kind, wanted.grant, wanted.compartment)
        for each in grant_records.requests(session, query)
    )


def _waiting(session: Session, reader: Reader, request_id: str, at: datetime) -> GrantRequest:
    lock_trail(session)
    request = grant_records.load(session, request_id)
    if request is None or not access.holds(reader, Role.ADMIN, within=request.scope):
        raise NotFound(f"Den Antrag {request_id} gibt es nicht.")
    if request.expires_at is not None and request.expires_at <= at:
        raise Conflict("Der Antrag ist verfallen; bitte neu beantragen.")
    if request.state is not State.REQUESTED:
        raise Conflict("Über diesen Antrag ist schon entschieden.")
    return request


# ------------------------------------------------------------------ doing
def _perform(
    session: Session, wanted: Wanted, request: str, terms: Terms, *, by: Actor, at: datetime
) -> str | None:
    """Give it; the secret of a link comes back."""
    if wanted.kind is Kind.LINK:
        return sign_in.new_link(session, wanted.user, terms.link_for, by=by, at=at, request=request)
    if wanted.grant is not None:
        accounts.grant_role(session, wanted.user, wanted.grant, by=by, at=at, request=request)
    else:
        accounts.join_compartment(
            session, wanted.user, wanted.compartment or "", purpose=wanted.purpose or "",
            by=by, at=at, request=request,
        )  # fmt: skip
    return None


def _undo(
    session: Session, request: GrantRequest, *, by: Actor, at: datetime
) -> Mapping[str, int | bool]:
    """End what was not justified; what is gone already is. Gives back what ended with a link.

    Whoever used the link may have set a password since, and broken a glass: those end, too.
    """
    wanted = request.wanted
    if wanted.kind is Kind.LINK:
        ended = access_ending.end_access(session, wanted.user, at=at)
        access_ending.end_glass(session, wanted.user, by=by, at=at)
        since = request.requested_at
        return {
            **ended,
            "password": passwords.forget_password_since(session, wanted.user, since=since),
        }
    if wanted.grant is not None:
        if wanted.grant in accounts.grants_of(session, wanted.user):
            accounts.revoke_role(session, wanted.user, wanted.grant, by=by, at=at)
    elif wanted.compartment is not None:
        inside = {each.user for each in compartments.members(session, wanted.compartment)}
        if wanted.user in inside:
            accounts.leave_compartment(session, wanted.user, wanted.compartment, by=by, at=at)
    return {}


def _remark(text: str) -> str | None:
    return storable(text.strip())[:LONGEST_REMARK] or None
