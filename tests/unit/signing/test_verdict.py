"""The decision table: every row, and that nothing bad ever comes out as intact."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.conclusions.conclusion_table import (
    Check,
    Coverage,
    Encoding,
    IntegrityFacts,
    Modification,
    decide,
    worst,
)
from signing.conclusions.model import SEVERITY, Changes, Conclusion, Integrity, Reason

GOOD = IntegrityFacts(
    digest=Check.HOLDS,
    value=Check.HOLDS,
    algorithms=Check.HOLDS,
    structure=Check.HOLDS,
    coverage=Coverage.WHOLE_FILE,
    trailing=Check.HOLDS,
    modification=Modification.NONE,
    allowed=Check.HOLDS,
    pages=Check.HOLDS,
    parts=Check.HOLDS,
)
LATER = dataclasses.replace(
    GOOD, coverage=Coverage.REVISION, modification=Modification.FORM_FILLING
)

any_facts = st.builds(
    IntegrityFacts,
    supported=st.booleans(),
    readable=st.booleans(),
    digest=st.sampled_from(Check),
    value=st.sampled_from(Check),
    algorithms=st.sampled_from(Check),
    structure=st.sampled_from(Check),
    encoding=st.sampled_from(Encoding),
    coverage=st.sampled_from(Coverage),
    anchored=st.booleans(),
    trailing=st.sampled_from(Check),
    modification=st.sampled_from(Modification),
    allowed=st.sampled_from(Check),
    pages=st.sampled_from(Check),
    parts=st.sampled_from(Check),
    harmless=st.booleans(),
)


@pytest.mark.parametrize(
    ("change", "conclusion", "integrity", "changes"),
    [
        ({}, Conclusion.INTACT, Integrity.INTACT, Changes.NONE),
        ({"supported": False}, Conclusion.UNSUPPORTED, Integrity.UNKNOWN, Changes.UNKNOWN),
        ({"readable": False}, Conclusion.INDETERMINATE, Integrity.UNKNOWN, Changes.UNKNOWN),
        ({"digest": Check.FAILS}, Conclusion.BROKEN, Integrity.BROKEN, Changes.NONE),
        ({"value": Check.FAILS}, Conclusion.BROKEN, Integrity.BROKEN, Changes.NONE),
        ({"digest": Check.UNKNOWN}, Conclusion.INDETERMINATE, Integrity.UNKNOWN, Changes.NONE),
        ({"value": Check.UNKNOWN}, Conclusion.INDETERMINATE, Integrity.UNKNOWN, Changes.NONE),
        ({"structure": Check.FAILS}, Conclusion.INDETERMINATE, Integrity.UNKNOWN, Changes.NONE),
        ({"algorithms": Check.FAILS}, Conclusion.INDETERMINATE, Integrity.UNKNOWN, Changes.NONE),
        (
            {"encoding": Encoding.TRANSMITTED},
            Conclusion.INDETERMINATE,
            Integrity.UNKNOWN,
            Changes.NONE,
        ),
        ({"encoding": Encoding.REORDERED}, Conclusion.INTACT, Integrity.INTACT, Changes.NONE),
        (
            {"anchored": False, "coverage": Coverage.REVISION},
            Conclusion.CHANGED,
            Integrity.INTACT,
            Changes.SUSPICIOUS,
        ),
        (
            {"anchored": False, "coverage": Coverage.WHOLE_FILE},
            Conclusion.INDETERMINATE,
            Integrity.INTACT,
            Changes.NONE,
        ),
        ({"coverage": Coverage.PARTIAL}, Conclusion.CHANGED, Integrity.INTACT, Changes.SUSPICIOUS),
        ({"trailing": Check.FAILS}, Conclusion.CHANGED, Integrity.INTACT, Changes.SUSPICIOUS),
        ({"pages": Check.FAILS}, Conclusion.CHANGED, Integrity.INTACT, Changes.SUSPICIOUS),
        ({"parts": Check.FAILS}, Conclusion.CHANGED, Integrity.INTACT, Changes.SUSPICIOUS),
        (
            {"coverage": Coverage.UNKNOWN},
            Conclusion.INDETERMINATE,
            Integrity.INTACT,
            Changes.UNKNOWN,
        ),
        ({"trailing": Check.UNKNOWN}, Conclusion.INDETERMINATE, Integrity.INTACT, Changes.UNKNOWN),
    ],
)
def test_the_signed_part_decides_first(
    change: dict[str, object], conclusion: Conclusion, integrity: Integrity, changes: Changes
) -> None:
    verdict = decide(dataclasses.replace(GOOD, **change))  # type: ignore[arg-type]
    assert (verdict.conclusion, verdict.integrity, verdict.changes) == (
        conclusion,
        integrity,
        changes,
    )


@pytest.mark.parametrize(
    ("change", "conclusion", "reason"),
    [
        ({}, Conclusion.INTACT, Reason.PERMITTED_CHANGES),
        ({"modification": Modification.LTA_UPDATES}, Conclusion.INTACT, Reason.PERMITTED_CHANGES),
        ({"modification": Modification.OTHER}, Conclusion.CHANGED, Reason.CHANGED_AFTER_SIGNING),
        (
            {"modification": Modification.OTHER, "harmless": True},
            Conclusion.INTACT,
            Reason.HARMLESS_CAUSE,
        ),
        ({"allowed": Check.FAILS}, Conclusion.CHANGED, Reason.CHANGE_NOT_ALLOWED),
        ({"allowed": Check.UNKNOWN}, Conclusion.INDETERMINATE, Reason.CHANGES_UNKNOWN),
        ({"modification": Modification.UNKNOWN}, Conclusion.INDETERMINATE, Reason.CHANGES_UNKNOWN),
        ({"pages": Check.UNKNOWN}, Conclusion.INDETERMINATE, Reason.CHANGES_UNKNOWN),
        ({"pages": Check.FAILS}, Conclusion.CHANGED, Reason.PAGES_DIFFER),
    ],
)
def test_what_came_later(change: dict[str, object], conclusion: Conclusion, reason: Reason) -> None:
    verdict = decide(dataclasses.replace(LATER, **change))  # type: ignore[arg-type]
    assert verdict.conclusion is conclusion
    assert reason in verdict.reasons


@given(any_facts)
def test_nothing_bad_or_unknown_is_ever_intact(facts: IntegrityFacts) -> None:
    verdict = decide(facts)
    good = (
        facts.supported
        and facts.readable
        and facts.anchored
        and {facts.digest, facts.value, facts.algorithms, facts.structure} == {Check.HOLDS}
        and facts.encoding is not Encoding.TRANSMITTED
        and facts.coverage in (Coverage.WHOLE_FILE, Coverage.REVISION)
        and facts.trailing is Check.HOLDS
        and facts.pages is Check.HOLDS
        and facts.parts is Check.HOLDS
        and facts.modification is not Modification.UNKNOWN
        and (facts.harmless or facts.modification is not Modification.OTHER)
        and (facts.harmless or facts.allowed is Check.HOLDS)
    )
    assert (verdict.conclusion is Conclusion.INTACT) == good
    if verdict.conclusion is Conclusion.INTACT:
        assert verdict.integrity is Integrity.INTACT
        assert verdict.changes in (Changes.NONE, Changes.PERMITTED)


@given(any_facts)
def test_broken_means_a_computation_failed(facts: IntegrityFacts) -> None:
    verdict = decide(facts)
    if verdict.conclusion is Conclusion.BROKEN:
        assert Check.FAILS in (facts.digest, facts.value)
        assert verdict.integrity is Integrity.BROKEN


@given(any_facts)
def test_what_is_not_intact_says_why(facts: IntegrityFacts) -> None:
    """Unreadable and unsupported forms get their reason where they are read."""
    verdict = decide(facts)
    computed = facts.supported and facts.readable
    unknown = Check.UNKNOWN in (facts.digest, facts.value)
    if verdict.conclusion is not Conclusion.INTACT and computed and not unknown:
        assert verdict.reasons


def test_facts_of_a_check_that_was_not_made_are_no_pass() -> None:
    assert decide(IntegrityFacts()).conclusion is Conclusion.INDETERMINATE


@given(st.lists(st.sampled_from(Conclusion)))
def test_the_worst_counts(conclusions: list[Conclusion]) -> None:
    found = worst(conclusions)
    if not conclusions:
        assert found is Conclusion.UNSIGNED
    else:
        assert SEVERITY.index(found) == min(SEVERITY.index(c) for c in conclusions)
