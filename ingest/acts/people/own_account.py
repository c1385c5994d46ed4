"""One's own account: signing in and out, password, tokens. Nobody else's right is touched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from archive.model import Role
from archive.people import accounts, passwords, sign_in
from archive.people.sign_in import Opened
from config.errors import NotFound, UsageError
from ingest.acts.act import Act, Records, Transaction
from ingest.acts.acting import Acting


# ------------------------------------------------------------------ sessions
def sign_in_by_password(records: Records, user: str, password: str) -> Opened:
    """Raises NotSignedIn, Locked after too many tries."""
    passwords.check_password(records.database.write, user, password, clock=records.clock)
    return _open(records, user)


def sign_in_by_link(records: Records, token: str) -> Opened:
    """Spend a one-time link. Raises NotSignedIn where it is spent or over."""
    with records.database.write() as session:
        user = sign_in.use_link(session, token, at=records.clock())
    return _open(records, user)


def _open(records: Records, user: str) -> Opened:
    longest = timedelta(hours=records.settings.web.session_hours)
    with records.database.write() as session:
        return sign_in.open_session(session, user, longest=longest, at=records.clock())


def keep_awake(records: Records, token: str) -> None:
    """The session behind a cookie was used just now."""
    with records.database.write() as session:
        sign_in.touch_session(session, token, at=records.clock())


def sign_out(records: Records, token: str) -> None:
    """End the session behind a cookie."""
    with records.database.write() as session:
        sign_in.close_session(session, token, at=records.clock())


# ------------------------------------------------------------------ password
def change_password(records: Records, by: Acting, *, old: str, new: str) -> Opened:
    """Set one's own password; whoever has one names it. All other sessions, links and tokens end.

    Raises UsageError for a wrong old one and a weak new one, Locked after too many tries.
    """
    user = by.reader.user
    with records.database.read() as session:
        has_one = accounts.existing_user(session, user).password_hash is not None
    if has_one:  # whoever finds an open screen must not take the account
        try:
            passwords.check_password(records.database.write, user, old, clock=records.clock)
        except sign_in.NotSignedIn as error:
            raise UsageError("Das bisherige Kennwort stimmt nicht.") from error
    return SetPassword(password=new).perform(records, by)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPassword(Act[Opened]):
    """Set one's own password and open a new session in the place of all others.

    Raises UsageError for a weak one.
    """

    password: str

    def within(self, change: Transaction) -> Opened:
        session, user = change.session, change.by.reader.user
        longest = timedelta(hours=change.settings.web.session_hours)
        passwords.set_password(session, user, self.password, by=change.by.actor, at=change.at)
        return sign_in.open_session(session, user, longest=longest, at=change.at)


# ------------------------------------------------------------------ tokens
@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken(Act[str]):
    """A token for programs with one's own rights, or one role of them; gives back the secret, once.

    Raises UsageError, Forbidden for a role that is not held.
    """

    role: Role | None
    label: str
    days: int

    def within(self, change: Transaction) -> str:
        return sign_in.new_token(
            change.session,
            change.by.reader.user,
            self.role,
            self.label,
            timedelta(days=self.days),
            by=change.by.actor,
            at=change.at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeOwnToken(Act[None]):
    """Raises NotFound where it is not one's own."""

    entry: str

    def within(self, change: Transaction) -> None:
        mine = {each.id for each in sign_in.tokens(change.session, change.by.reader.user)}
        if self.entry not in mine:
            raise NotFound(f"Ein gültiges Token {self.entry} gibt es nicht.")
        sign_in.revoke_token(change.session, self.entry, by=change.by.actor, at=change.at)
