"""Who acts: a reader at a desk, or the service where nobody is."""

from __future__ import annotations

from archive.audit.trail import Actor
from archive.model import Reader
from ingest.queue.fair_queueing import Kind, Sender

SERVICE = Actor(user="service")


def actor_of(reader: Reader) -> Actor:
    """The reader as one who acts, with whom it was done for."""
    return Actor(user=reader.user, on_behalf=reader.on_behalf)


def at_desk(reader: Reader) -> Sender:
    """The reader as one who causes work by hand."""
    return Sender(Kind.PERSON, reader.user)
