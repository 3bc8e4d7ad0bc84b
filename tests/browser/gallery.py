"""One town in which something of everything is there, for tests that look at every page and change nothing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import select

from foundation.accounts import entering
from foundation.database.session import unit_of_work
from foundation.notifications import delivering, sending
from foundation.notifications.channels import Fate, Outcome
from foundation.notifications.models import Delivery
from intake import links
from tests.integration.promises.field_examples import previewed
from tests.postgres import Ground
from tests.serving import serving
from tests.town import GENERAL, MAJOR, SERIOUS, Town, town_over
from tests.townspeople import Register

#: As long as people make them: pages must bear it.
LONG_WORDS = "塔吊起升机构在吊起八吨钢筋到三十二米高处时突然失去动作，吊钩悬停，司机听见异响并闻到焦味。" * 3


@dataclass(frozen=True, slots=True)
class Gallery:
    """The open town: where it answers, what stands in the addresses of its pages, and whose sessions are open."""

    url: str
    town: Town
    places: Mapping[str, str]

    def path(self, template: str) -> str:
        """The address with its things put in."""
        return template.format(**self.places)

    def session(self, who: str) -> str:
        """The token of somebody's session, as their browser keeps it."""
        self.town.headers(self.who(who))
        return self.town.keys[self.who(who)].token

    @property
    def names(self) -> frozenset[str]:
        """What people and their logins are called, which no catalogue knows."""
        given = [one.replace(" ", ".") for one in self.town.register.people]
        return frozenset([*given, *(name.title() for name in self.town.register.people)])

    def who(self, name: str) -> str:
        """Somebody by name, or by what they have to do: `ringing`, `working`, `finished`."""
        return self.places.get(name, name)


@contextmanager
def gallery_over(settled: tuple[Ground, Register], *, name: str, var: Path) -> Iterator[Gallery]:
    """Build the town and serve it until the block ends."""
    template, register = settled
    with template.clone(name) as server, town_over(server.app_url, register, var=var) as town:
        town.works.sweep()
        places = _fill(town)
        system = town.works.system
        shown = replace(system, settings=replace(system.settings, secure_cookies=False, demo=True))
        with serving(shown) as served:
            yield Gallery(url=served.url, town=town, places=places)


def _fill(town: Town) -> dict[str, str]:
    """Complaints in every stage that has a page of its own, from the closed one to the one nobody has accepted yet."""
    closed = town.report(serial="SC200-7", facts=GENERAL)
    town.bring(closed, "closed")
    confirmed = town.report(serial="SC200-7", facts=GENERAL)
    town.bring(confirmed, "confirmed")
    town.execute("UPDATE follow_ups SET due_at = :now WHERE state = 'open'", now=town.now)
    _doubt(town, confirmed)
    repaired = town.report(serial="ZJ5510-52")
    finished = town.bring(repaired, "repaired")
    on_site = town.report(serial="ZJ5510-51", sentence=LONG_WORDS)
    working = town.bring(on_site, "on_site")
    unknown = town.report(serial=None, facts=SERIOUS, caller_phone="13900139222", caller_name="阿卜杜热合曼·买买提")
    major = town.report(serial="ZJ5510-50", facts=MAJOR)
    town.push(minutes=1)
    ringing = next(iter(town.offers(major)), None) or next(iter(town.offers(unknown)))
    return {
        "closed": closed,
        "repaired": repaired,
        "on_site": on_site,
        "unknown": unknown,
        "major": major,
        "ringing": ringing,
        "working": working,
        "finished": finished,
        **_identities(town, closed=closed, on_site=on_site, major=major),
        "follow": _link(town, on_site, "follow"),
        "rate": _link(town, repaired, "feedback"),
        "after": _link(town, closed, "follow"),
    }


def _doubt(town: Town, number: str) -> None:
    """A letter to the customer of which nobody knows whether it arrived."""
    facts = {"number": number, "technician": "Lu", "arrived_at": town.now, "link": "https://callout.test/c"}
    with unit_of_work(town.works.system.sessions) as db:
        message_id = sending.tell(
            db, address="wang@site.example", template="customer-arrived", facts=facts,
            case_id=town.complaint(number).id, dedup_key="doubt", now=town.now,
        )  # fmt: skip
        delivery_id = db.scalars(select(Delivery.id).where(Delivery.message_id == message_id)).one()
        delivering.settle(db, delivery_id, Outcome(Fate.UNKNOWN, "the answer was lost"), now=town.now)


def _identities(town: Town, *, closed: str, on_site: str, major: str) -> dict[str, str]:
    (job,) = town.rows(
        "SELECT a.id FROM assignments a JOIN complaints c ON c.id = a.complaint_id WHERE c.number = :number",
        number=on_site,
    )
    (record,) = town.rows(
        "SELECT f.record_sha256 AS code FROM feedbacks f JOIN complaints c ON c.id = f.complaint_id "
        "WHERE c.number = :number",
        number=closed,
    )
    manager_id = town.person("manager").id
    assert manager_id is not None
    case_id = town.cases(major)["major"].id
    with unit_of_work(town.works.system.sessions) as db:
        letter = entering.issue(db, manager_id, about_id=case_id, path=f"/escalations/{case_id}", now=town.now)
    customer = town.rows("SELECT id FROM customers ORDER BY id LIMIT 1")[0].id
    return {
        "customer": str(customer),
        "job": str(job.id),
        "code": str(record.code),
        "case": str(case_id),
        "letter": letter,
        "import": str(previewed(town)["id"]),
        "user": str(town.person("agent").id),
        "technician": str(town.register.technicians["lu"]),
    }


def _link(town: Town, number: str, purpose: str) -> str:
    with unit_of_work(town.works.system.sessions) as db:
        return links.issue(db, town.complaint(number).id, purpose=purpose, now=town.now)
