"""Whose cranes they are: invented construction companies, their sites and units."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import cycle
from random import Random
from typing import Final
from uuid import UUID

from app.demo import people
from app.demo.people import CITIES, City
from foundation.accounts.roles import Actor
from foundation.database.session import WriteSession
from intake import datum, registering
from intake.registering import NewCustomer, NewSite, NewUnit

CUSTOMERS: Final = 60
SITES: Final = 72
UNITS: Final = 150
#: Years of warranty from commissioning.
WARRANTY_YEARS: Final = 2

_HEADS: Final = "华跃,中兴,宏远,鼎盛,长城,天工,恒基,泰和,金川,瑞丰,建安,隆盛,正大,东方,南方,北辰,西岳,远大,力天,广厦"
_TAILS: Final = "建设集团有限公司,建筑工程有限公司,安装工程有限公司"
_SITES: Final = (
    "云锦府,滨江壹号,科创中心,地铁上盖,会展城,人民医院二期,实验学校,物流港,安置房三标段,跨江大桥北塔,体育公园"
)
_LOTS: Final = "一标段,二标段,A 地块,B 地块,3 号楼,主塔楼"


@dataclass(frozen=True, slots=True)
class Model:
    """A model the company sells: family, name, share of all units."""

    family: str
    name: str
    share: int


MODELS: Final = (
    Model(people.TOWER_CRANE, "ZJ5510", 28),
    Model(people.TOWER_CRANE, "QTZ125", 22),
    Model(people.TOWER_CRANE, "QTZ250", 14),
    Model(people.TOWER_CRANE, "ZJ7035", 8),
    Model(people.HOIST, "SC200/200", 34),
    Model(people.HOIST, "SC100", 14),
    Model(people.CRAWLER_CRANE, "QUY80", 10),
    Model(people.PLATFORM, "ZLP630", 14),
    Model(people.GANTRY, "MHG25", 6),
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as the invented callers know it."""

    serial_number: str
    family: str
    city: int


def enter(db: WriteSession, *, dice: Random, actor: Actor, now: datetime) -> list[Unit]:
    """Put customers, sites and units into the registers; the units in the order of their serial numbers."""
    customers = [registering.add_customer(db, _customer(number), actor=actor, now=now) for number in range(CUSTOMERS)]
    db.flush()
    sites = [
        registering.add_site(db, _site(number, customers[number % CUSTOMERS].id, dice=dice), actor=actor, now=now)
        for number in range(SITES)
    ]
    db.flush()
    models = cycle(_spread(MODELS))
    units = [
        registering.add_unit(
            db, _unit(number, next(models), sites[number % SITES].id, dice=dice, today=now.date()), actor=actor, now=now
        )
        for number in range(UNITS)
    ]
    db.flush()
    return [Unit(unit.serial_number, unit.family, _city_of(number % SITES)) for number, unit in enumerate(units)]


def _spread(models: Sequence[Model]) -> list[Model]:
    """The models in the order of even distribution, each as often as its share."""
    places = [
        ((turn + 0.5) / model.share, number) for number, model in enumerate(models) for turn in range(model.share)
    ]
    return [models[number] for _, number in sorted(places)]


def _city_of(site: int) -> int:
    return site % len(CITIES)


def _customer(number: int) -> NewCustomer:
    heads, tails = _HEADS.split(","), _TAILS.split(",")
    city = CITIES[number % len(CITIES)]
    return NewCustomer(
        name=f"{city.name}{heads[number % len(heads)]}{tails[number // len(heads) % len(tails)]}",
        phone=f"+8613700{number:06d}",
        language="en" if number % 15 == 7 else "zh-CN",  # noqa: PLR2004 -- a few builders from abroad
        region_code=city.region,
        external_ref=f"K{number + 1:04d}",
    )


def _site(number: int, customer_id: UUID, *, dice: Random) -> NewSite:
    """A site in one of the city's districts. Chinese maps give positions in GCJ-02, so that is what was declared."""
    city: City = CITIES[_city_of(number)]
    district, latitude, longitude = city.districts[number // len(CITIES) % len(city.districts)]
    names, lots = _SITES.split(","), _LOTS.split(",")
    street = dice.choice(("建设", "人民", "科技", "滨河", "创新"))
    return NewSite(
        name=f"{names[number % len(names)]}{lots[number // 7 % len(lots)]}",
        customer_id=customer_id,
        address=f"{district}{street}路{dice.randint(1, 880)}号",
        district=district,
        region_code=city.region,
        latitude=round(latitude + dice.uniform(-0.03, 0.03), 6),
        longitude=round(longitude + dice.uniform(-0.03, 0.03), 6),
        datum=datum.GCJ02,
        position_radius_m=30.0,
        access_notes=dice.choice(("3 号门登记, 需安全帽和反光背心", "从东侧临时便道进入", None)),
    )


def _unit(number: int, model: Model, site_id: UUID, *, dice: Random, today: date) -> NewUnit:
    commissioned = today - timedelta(days=dice.randint(20, 2400))
    return NewUnit(
        serial_number=f"{model.name.replace('/', '-')}-{number + 1:04d}",
        family=model.family,
        model=model.name,
        manufacturer="华岳重工",
        left_works_on=commissioned - timedelta(days=12),
        commissioned_on=commissioned,
        warranty_until=_years_later(commissioned, WARRANTY_YEARS),
        site_id=site_id,
    )


def _years_later(day: date, years: int) -> date:
    return date(day.year + years, day.month, min(day.day, 28))
