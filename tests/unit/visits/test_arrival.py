from dataclasses import replace

import pytest
from geopy.distance import geodesic
from hypothesis import given
from hypothesis import strategies as st

from visits.arrival import FENCE_M, Evidence, EvidenceGrade, Spot, distance_m, graded
from visits.errors import ArrivalEvidenceMissing

SITE = Spot(40.7128, -74.0060, 20)
NEAR = Spot(40.7155, -74.0060, 15)  # 300 m north
FAR = Spot(40.7308, -74.0060, 15)  # 2 km north
AT_THE_GATE = Evidence(
    spot=NEAR, position_state="given", online=True, reason=None, photos=0, name_plate_photo=False, code_given=None
)


def grade(evidence: Evidence, site: Spot | None = SITE) -> EvidenceGrade:
    return graded(evidence, site=site, code="123456").grade


def test_a_position_in_the_fence_online_is_the_best_proof() -> None:
    assert grade(AT_THE_GATE) is EvidenceGrade.A


def test_a_position_taken_without_signal_is_the_second_best() -> None:
    assert grade(replace(AT_THE_GATE, online=False)) is EvidenceGrade.B


def test_the_name_plate_and_the_customers_code_prove_it_without_a_position() -> None:
    evidence = replace(
        AT_THE_GATE, spot=None, position_state="denied", name_plate_photo=True, photos=1, code_given="123456"
    )
    assert grade(evidence) is EvidenceGrade.C


def test_a_wrong_code_proves_nothing() -> None:
    with pytest.raises(ArrivalEvidenceMissing):
        grade(replace(AT_THE_GATE, spot=None, name_plate_photo=True, photos=1, code_given="654321"))


def test_by_hand_needs_a_reason_and_a_photo_and_then_a_manager() -> None:
    found = graded(replace(AT_THE_GATE, spot=FAR, reason="gate is on the other side", photos=1), site=SITE, code=None)
    assert (found.grade, found.needs_approval) == (EvidenceGrade.D, True)


@pytest.mark.parametrize(
    ("reason", "photos", "missing"),
    [(None, 0, ["reason", "photo"]), ("fog", 0, ["photo"]), (None, 1, ["reason"])],
    ids=["nothing", "a reason without a photo", "a photo without a reason"],
)
def test_two_kilometres_away_without_proof_is_asked_for_it(reason: str | None, photos: int, missing: list[str]) -> None:
    with pytest.raises(ArrivalEvidenceMissing) as refused:
        grade(replace(AT_THE_GATE, spot=FAR, reason=reason, photos=photos))
    assert refused.value.facts["needs"] == missing


def test_a_position_that_may_be_anywhere_is_no_proof() -> None:
    with pytest.raises(ArrivalEvidenceMissing):
        grade(replace(AT_THE_GATE, spot=replace(NEAR, accuracy_m=3000)))


@pytest.mark.parametrize("site", [None, replace(SITE, accuracy_m=20_000)], ids=["unknown", "known by district only"])
def test_a_site_that_is_not_on_the_map_blocks_nobody(site: Spot | None) -> None:
    assert grade(AT_THE_GATE, site) is EvidenceGrade.D


@given(
    latitude=st.floats(-80, 80),
    longitude=st.floats(-179, 179),
    north=st.floats(-0.01, 0.01),
    east=st.floats(-0.01, 0.01),
)
def test_our_distance_agrees_with_the_geodesic_within_a_hundredth(
    latitude: float, longitude: float, north: float, east: float
) -> None:
    there = Spot(latitude + north, longitude + east, 0)
    exact = geodesic((latitude, longitude), (there.latitude, there.longitude)).meters
    assert distance_m(Spot(latitude, longitude, 0), there) == pytest.approx(exact, rel=0.01, abs=0.01)


def test_the_fence_is_that_of_the_service_rules() -> None:
    assert FENCE_M == 500
