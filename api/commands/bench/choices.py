"""What the measurements can be asked for."""

from __future__ import annotations

from enum import StrEnum


class Engine(StrEnum):
    TANTIVY = "tantivy"
    ELASTICSEARCH = "elasticsearch"


class Documents(StrEnum):
    LONG = "long"
    SINGLE = "single"
    BOTH = "both"


class Turning(StrEnum):
    NO = "no"
    YES = "yes"
    BOTH = "both"
