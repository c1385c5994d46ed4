"""Whether two accounts are two people: nobody confirms or judges what they may have done themselves.

Who alone gives an account a role, a way to sign in, or a membership, may be the one who uses it. Until
somebody else has looked at that, the two count as one person; so do accounts with the same giver, and
it goes on through others. The machine's operators are no accounts and could do it all by other means:
what they give ties nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import access
from archive.model import Reader, Role, Scope
from archive.people.grant_records import GrantRequest, State
from archive.tables import schema

_T = schema.grant_request
OPERATOR = "operator:"  #: how the names of the machine's operators begin; they are no accounts
#: Lines of a right that stands because of them, looked at or not.
_STANDING = tuple(each.value for each in (State.UNREVIEWED, State.CONFIRMED, State.JUSTIFIED))
_JUDGES = (Role.ADMIN.value, Role.AUDITOR.value)


@dataclass(frozen=True, slots=True)
class Hands:
    """Who gave whom what nobody else has looked at; by who has it."""

    givers: Mapping[str, frozenset[str]]

    def behind(self, user: str) -> frozenset[str]:
        """The accounts that may be acting where this one acts: itself, its givers, and theirs."""
        found, left = {user}, [user]
        while left:
            new = self.givers.get(left.pop(), frozenset()) - found
            found |= new
            left += new
        return frozenset(found)

    def shared(self, one: str, other: str) -> str | None:
        """An account that may be acting as both; None: they are two people."""
        both = self.behind(one) & self.behind(other)
        return min(both, key=lambda each: (each not in (one, other), each), default=None)

    def one_with(self, user: str) -> frozenset[str]:
        """This account, and all that may be the same person."""
        everyone = frozenset(self.givers).union(*self.givers.values())
        return frozenset({user} | {each for each in everyone if self.shared(user, each)})

    def second_for(self, user: str) -> sa.ColumnElement[bool]:
        """The lines of ``grant_request`` for which the account is one: neither who asked or gave, nor
        for whom it is."""
        return sa.and_(
            _T.c.requested_by.not_in(self.one_with(user)), _T.c.user_id.not_in(self.behind(user))
        )


def hands(session: Session) -> Hands:
    """As things stand."""
    at_once = sa.select(_T.c.user_id, _T.c.requested_by).where(
        _T.c.state == State.UNREVIEWED.value,
        _T.c.requested_by.not_like(OPERATOR + "%"),
    )
    # Roles from before such lines were written; who was no account gave them at the set-up.
    grant, account = schema.role_grant, schema.app_user
    line = sa.exists().where(
        _T.c.user_id == grant.c.user_id,
        _T.c.role == grant.c.role,
        _T.c.department.is_not_distinct_from(grant.c.department),
        _T.c.stream.is_not_distinct_from(grant.c.stream),
        _T.c.state.in_(_STANDING),
    )
    unseen = (
        sa.select(grant.c.user_id, grant.c.granted_by)
        .join(account, account.c.id == grant.c.granted_by)
        .where(grant.c.role.in_(_JUDGES), sa.not_(line))
    )
    givers: dict[str, set[str]] = {}
    for query in (at_once.distinct(), unseen.distinct()):
        for user, giver in session.execute(query):
            givers.setdefault(user, set()).add(giver)
    return Hands({user: frozenset(found) for user, found in givers.items()})


# ------------------------------------------------------------------ who judges
def may_judge(session: Session, reader: Reader, request_id: str) -> bool:
    """Whether the reader judges afterwards what acted at once (``judged_by``)."""
    query = sa.select(_T.c.id).where(_T.c.id == request_id, judged_by(session, reader))
    return session.execute(query).first() is not None


def judged_by(session: Session, reader: Reader) -> sa.ColumnElement[bool]:
    """What of ``grant_request`` this reader judges: as an auditor for its scope; where no auditor can,
    as an administrator; as the machine's operator. Always as a second person."""
    if reader.user.startswith(OPERATOR):
        return _T.c.requested_by != reader.user
    who = hands(session)
    judging = within(access.scopes_of(reader, Role.AUDITOR))
    if scopes := access.scopes_of(reader, Role.ADMIN):
        judging = sa.or_(
            judging, sa.and_(within(scopes), sa.not_(_an_auditor_judges(session, who)))
        )
    return sa.and_(who.second_for(reader.user), judging)


def _an_auditor_judges(session: Session, who: Hands) -> sa.ColumnElement[bool]:
    """Whether there is an auditor who can; closed accounts do not count."""
    grant, account = schema.role_grant, schema.app_user
    query = (
        sa.select(grant.c.user_id, grant.c.department, grant.c.stream)
        .join(account, account.c.id == grant.c.user_id)
        .where(grant.c.role == Role.AUDITOR.value, account.c.disabled.is_(False))
    )
    return sa.or_(
        sa.false(),
        *(
            sa.and_(
                within(frozenset({Scope(department=row.department, stream=row.stream)})),
                who.second_for(row.user_id),
            )
            for row in session.execute(query)
        ),
    )


def within(scopes: frozenset[Scope]) -> sa.ColumnElement[bool]:
    """What of ``grant_request`` lies within one of the scopes; true or false, also for the house's."""
    covered = (
        sa.and_(
            *(
                column.is_not_distinct_from(value)
                for column, value in (
                    (_T.c.scope_department, each.department),
                    (_T.c.scope_stream, each.stream),
                )
                if value is not None
            ),
            sa.true(),
        )
        for each in scopes
    )
    return sa.or_(sa.false(), *covered)


# ------------------------------------------------------------------ in words
def stands_against(session: Session, reader: Reader, request: GrantRequest) -> str | None:
    """Why the reader is no second person for this, as a German sentence; None: they are one."""
    if reader.user == request.requested_by:
        return "Das ist Ihr eigener Antrag; als zweite Person handelt jemand anderes."
    if reader.user == request.user_id:
        return "Das betrifft Sie selbst; darüber entscheidet eine andere Person."
    if reader.user.startswith(OPERATOR):
        return None
    who = hands(session)
    if who.shared(reader.user, request.requested_by) is not None:
        return _not_two(who, reader.user, request.requested_by)
    if request.user_id in who.behind(reader.user):
        return _not_two(who, reader.user, request.user_id)
    return None


def standing(session: Session, reader: Reader) -> str | None:
    """Whose second person the reader is not yet, as German sentences; None: everybody's."""
    others = sorted(hands(session).behind(reader.user) - {reader.user})
    if not others:
        return None
    names = ", ".join(others)
    return (
        f"Ihr Konto hat Rechte oder einen Anmeldelink allein von {names}, und das hat noch niemand "
        f"anderes nachträglich geprüft. Bis dahin sind Sie für {names} und für andere Konten von dort "
        "keine zweite Person. Prüfen kann es jemand anderes oder der Betreiber "
        "(registratur user review)."
    )


def are_two(session: Session, one: str, other: str) -> bool:
    """Whether the two accounts count as two people."""
    return hands(session).shared(one, other) is None


def _not_two(who: Hands, reader: str, other: str) -> str:
    root = who.shared(reader, other)
    if root == other:
        what = f"Ihr Konto hat Rechte oder einen Anmeldelink allein von {other}"
    elif root == reader:
        what = f"{other} hat Rechte oder einen Anmeldelink allein von Ihnen"
    else:
        what = f"Ihr Konto und {other} haben Rechte oder einen Anmeldelink allein von {root}"
    return (
        f"Sie sind hier noch keine zweite Person: {what}, und das hat noch niemand anderes "
        "nachträglich geprüft."
    )
