"""G6: deadlines fire once and in order, also after a pause of six hours and with two clockworks at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from foundation.database.session import unit_of_work
from intake import sweeping
from tests.town import MAJOR, SERIOUS, Town
from tests.town_works import works_over

MANY = 60


def calls(town: Town, many: int) -> None:
    """Calls that nobody of the field can take up: their units are of a family nobody knows."""
    gateway = town.token("complaint.log")  # Nobody of the desk has heard of these calls yet.
    for index in range(many):
        facts = MAJOR if index % 3 == 0 else SERIOUS
        call = {
            "caller_phone": f"138001380{index:02}",
            "sentence": "It stopped.",
            "family": "gantry",
            "facts": dict(facts),
            "latitude": 31.2,
            "longitude": 121.4,
        }
        assert town.ask(None, "POST", "/complaints", call, headers=gateway).is_success
        town.works.clock.push(seconds=7)
    town.works.rest()


def test_a_pause_of_six_hours_is_caught_up_once_and_in_order_by_two_at_once(town: Town) -> None:
    calls(town, MANY)
    # Two at once may make a job wait too long for a row; it is tried again, which is what is proved.
    town.works.is_strict = False
    second = works_over(town.works.system.database_url, var=town.works.system.settings.var, clock=town.works.clock)
    town.works.clock.push(hours=6)
    second.is_strict = False
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda works: works.sweep(), (town.works, second)))
    second.system.sessions.engine.dispose()
    for _ in range(4):
        town.push(seconds=30)
    assert town.works.troubles() == []

    due = town.rows(
        "SELECT kind, count(*) AS many FROM deadlines WHERE due_at <= :now AND opened_at < :now "
        "AND closed_how IS DISTINCT FROM 'void' GROUP BY kind",
        now=town.now,
    )
    assert {row.kind: row.many for row in due}["acknowledge"] == MANY
    late = town.rows(
        "SELECT 1 FROM deadlines WHERE closed_at IS NULL AND due_at <= :now AND fired_at IS NULL", now=town.now
    )
    assert late == []
    told = Counter(
        row.id
        for row in town.rows("SELECT payload ->> 'deadline_id' AS id FROM announcements WHERE kind = 'deadline.fired'")
    )
    assert len(told) >= 2 * MANY
    assert set(told.values()) == {1}
    order = [
        row.due_at
        for row in town.rows(
            "SELECT d.due_at FROM announcements a JOIN deadlines d ON d.id = CAST(a.payload ->> 'deadline_id' AS uuid) "
            "WHERE a.kind = 'deadline.fired' ORDER BY a.announced_at, a.id"
        )
    ]
    assert order == sorted(order)


def test_after_a_pause_levels_rise_one_by_one_from_where_the_case_was_opened(town: Town) -> None:
    number = town.report(facts=MAJOR)
    town.jump(hours=30)
    rungs = "SELECT r.level FROM rungs r JOIN cases k ON k.id = r.case_id WHERE k.reason = 'major' ORDER BY r.opened_at"
    assert [row.level for row in town.rows(rungs)] in ([2], [2, 4])
    town.push(minutes=31)
    assert [row.level for row in town.rows(rungs)] == [2, 4]
    assert town.cases(number)["major"].owner == "head"


def test_a_tick_with_the_same_now_fires_nothing_again(town: Town) -> None:
    call = {"caller_phone": "13800138000", "sentence": "It stopped.", "facts": dict(MAJOR)}
    assert town.ask(None, "POST", "/complaints", call, headers=town.token("complaint.log")).is_success
    town.works.rest()
    town.works.clock.push(minutes=6)
    sessions = town.works.system.sessions
    with unit_of_work(sessions) as db:
        assert sweeping.fire_deadlines(db, now=town.now) == 1
    with unit_of_work(sessions) as db:
        assert sweeping.fire_deadlines(db, now=town.now) == 0
    town.works.sweep()
