"""Who acts: a reader at a desk, or the service where nobody is."""

from __future__ import annotations

from archive.audit import Actor
from archive.model import Reader

SERVICE = Actor(user="service")


def actor_of(reader: Reader) -> Actor:
    """The reader as one who acts, with whom it was done for."""
    return Actor(user=reader.user, on_behalf=reader.on_behalf)
