"""Who acts, and by which way they came."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from archive import access, required_rights
from archive.audit.trail import Actor
from archive.model import Grant, Reader, Role, Scope
from config.errors import Forbidden
from ingest.actors import actor_of


class Way(StrEnum):
    """How somebody came to act."""

    SESSION = "session"  #: a person, signed in at the pages
    TOKEN = "token"  #: a program with a token of a person's
    MACHINE = "machine"  #: the machine's operator, on the command line


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """A reader who does something."""

    reader: Reader
    way: Way

    @property
    def actor(self) -> Actor:
        """As the trail names them."""
        return actor_of(self.reader)

    def may(self, *roles: Role, within: Scope) -> bool:
        """Whether one of the roles is held for all of ``within``."""
        return access.holds(self.reader, *roles, within=within)

    def demand(self, *roles: Role, within: Scope) -> None:
        """Raises Forbidden where none of the roles is held for all of ``within``."""
        required_rights.demand(self.reader, *roles, within=within)

    def demand_somewhere(self, *roles: Role) -> frozenset[Scope]:
        """Where one of the roles is held: what the answer is to be cut down to.

        Raises Forbidden where it is nowhere.
        """
        return required_rights.demand_somewhere(self.reader, *roles)

    def demand_in_person(self) -> None:
        """Raises Forbidden for programs: some acts are a person's own, in their own session."""
        if self.way is Way.TOKEN:
            raise Forbidden("Das tut nur eine Person in ihrer eigenen Sitzung, kein Programm.")


def operator(name: str) -> Acting:
    """The machine's operator, who may do what an administrator of the whole house may."""
    reader = Reader(user=name, grants=frozenset({Grant(role=Role.ADMIN)}))
    return Acting(reader=reader, way=Way.MACHINE)
