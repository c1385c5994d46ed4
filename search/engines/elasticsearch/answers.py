"""What the cluster answers, in our words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from search.index import Bucket, Hit


def hit(row: Mapping[str, Any]) -> Hit:
    """One document with its matching pages, the best of which came first."""
    inner = row.get("inner_hits", {}).get("pages", {}).get("hits", {}).get("hits", [])
    pages = [int(each["sort"][-1]) for each in inner]
    return Hit(
        document_id=str(row["_id"]),
        score=float(row["_score"] or 0),
        best_page=pages[0] if pages else None,
        pages=tuple(sorted(pages)),
        revision=int(row["fields"]["revision"][0]),
    )


def buckets(found: Sequence[Mapping[str, Any]]) -> tuple[Bucket, ...]:
    """Values of a field with their counts, largest first."""
    counted = [Bucket(value=str(each["key"]), count=int(each["doc_count"])) for each in found]
    return tuple(sorted(counted, key=lambda bucket: (-bucket.count, bucket.value)))
