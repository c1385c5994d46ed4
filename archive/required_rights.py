"""A right that must be held: refused in words for people where it is not."""

from __future__ import annotations

from archive import access
from archive.model import Reader, Role, Scope
from config.errors import Forbidden

_MISSING = "Dafür fehlt Ihnen die Rolle."


def demand(reader: Reader, *roles: Role, within: Scope) -> None:
    """Raises Forbidden where none of the roles is held for all of ``within``."""
    if not access.holds(reader, *roles, within=within):
        raise Forbidden(
            _MISSING
            if not access.scopes_of(reader, *roles)
            else "Ihre Rolle gilt nur für einen Teil des Hauses; das hier liegt nicht darin."
        )


def demand_somewhere(reader: Reader, *roles: Role) -> frozenset[Scope]:
    """Where one of the roles is held: what the answer is to be cut down to.

    Raises Forbidden where it is nowhere.
    """
    scopes = access.scopes_of(reader, *roles)
    if not scopes:
        raise Forbidden(_MISSING)
    return scopes
