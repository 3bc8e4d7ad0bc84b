"""A case always has an owner when there is anybody at all."""

from uuid import UUID

from escalation import appointing
from escalation.appointing import AppointedAs, Appointment, Person, Roster

MAN, WOMAN, DEPUTY, CHIEF = (UUID(int=number) for number in range(1, 5))


def rosters(own: list[Person], above: list[Person] | None = None, heads: list[Person] | None = None) -> list[Roster]:
    return [
        Roster(AppointedAs.OWNER, own),
        Roster(AppointedAs.REGION_ABOVE, above or []),
        Roster(AppointedAs.HEAD, heads or []),
    ]


def test_the_first_who_is_there_owns_it() -> None:
    found = appointing.appoint(rosters([Person(MAN, away=True), Person(WOMAN, deputy_id=DEPUTY)]))
    assert found == Appointment(WOMAN, AppointedAs.OWNER, deputy_id=DEPUTY)


def test_a_deputy_answers_for_somebody_away() -> None:
    found = appointing.appoint(rosters([Person(DEPUTY, deputy_of_id=MAN)]))
    assert found == Appointment(DEPUTY, AppointedAs.DEPUTY, deputy_of_id=MAN)


def test_a_region_without_a_manager_goes_to_the_region_above_then_to_the_head() -> None:
    assert appointing.appoint(rosters([], [Person(WOMAN)], [Person(CHIEF)])) == Appointment(
        WOMAN, AppointedAs.REGION_ABOVE
    )
    assert appointing.appoint(rosters([], [], [Person(CHIEF)])) == Appointment(CHIEF, AppointedAs.HEAD)


def test_somebody_present_comes_before_somebody_away_who_is_nearer() -> None:
    found = appointing.appoint(rosters([Person(MAN, away=True)], [], [Person(CHIEF)]))
    assert found == Appointment(CHIEF, AppointedAs.HEAD)


def test_when_everybody_is_away_the_nearest_owns_it_all_the_same() -> None:
    found = appointing.appoint(rosters([Person(MAN, away=True)], [], [Person(CHIEF, away=True)]))
    assert found == Appointment(MAN, AppointedAs.OWNER)


def test_nobody_at_all_gives_nobody() -> None:
    assert appointing.appoint(rosters([])) is None


def test_the_region_above_is_read_from_the_code() -> None:
    assert appointing.region_above("NYC-BX") == "NYC"
    assert appointing.region_above("NYC") is None
