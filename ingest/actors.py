"""Who acts when nobody at a desk does."""

from __future__ import annotations

from archive.audit import Actor

SERVICE = Actor(user="service")
