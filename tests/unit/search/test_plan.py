"""What a question becomes: when all hits share a score, and what counting leaves out."""

from __future__ import annotations

import pytest

from search import query_plan
from search.german.analysis import Analyser
from search.query.parser import parse


@pytest.mark.parametrize(
    ("question", "score"),
    [
        ("", 0),
        ("seit:2026-01-03", 0),
        ("Antr*", query_plan.PREFIX),
        ("Antr* seit:2026-01-03", query_plan.PREFIX),
        ("Antr* Bau*", 2 * query_plan.PREFIX),
        ('"der Antrag"', query_plan.PHRASE),
        ("Antrag", None),
        ("Antr* ODER Bau*", None),
        ("Antr* -Antrag", query_plan.PREFIX),
    ],
)
def test_hits_that_share_a_score_are_known(
    analyser: Analyser, question: str, score: int | None
) -> None:
    assert query_plan.same_score(query_plan.documents(parse(question), analyser)) == score


def test_counting_leaves_out_what_only_ranks(analyser: Analyser) -> None:
    counted = repr(query_plan.matching(parse("Antrag"), analyser))
    assert "'often'" not in counted
    assert "'body_x'" not in counted
    assert "'body_x'" in repr(query_plan.matching(parse("Antrag~"), analyser))
