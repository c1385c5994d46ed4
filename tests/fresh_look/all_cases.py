"""All inputs, in the order of the table."""

from __future__ import annotations

from tests.fresh_look import (
    colour,
    geometry,
    limits,
    markup,
    over_text,
    pictures,
    scans,
    sealed,
    tiffs,
    trees,
)
from tests.fresh_look.model import Case

CASES: tuple[Case, ...] = (
    *geometry.CASES,
    *markup.CASES,
    *over_text.CASES,
    *trees.CASES,
    *scans.CASES,
    *tiffs.CASES,
    *pictures.CASES,
    *colour.CASES,
    *limits.CASES,
    *sealed.CASES,
)
