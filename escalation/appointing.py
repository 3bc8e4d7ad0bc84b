"""Who becomes the owner of a level: pure, over rosters that a query has read.

A case always gets an owner when there is anybody at all: a person of the role in the region who is there, or the deputy
of one who is away; else the same in the region above; else the head of service; else the first who exists, away or not,
and the ladder goes on from their silence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from uuid import UUID


class AppointedAs(StrEnum):
    """Why this person: in their own right, for somebody away, for want of anybody nearer, or by hand."""

    OWNER = "owner"
    DEPUTY = "deputy"
    REGION_ABOVE = "region_above"
    HEAD = "head"
    BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on a roster; `deputy_of_id` if they answer for a person who is away, `deputy_id` who would for them."""

    id: UUID
    away: bool = False
    deputy_of_id: UUID | None = None
    deputy_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """The people of one role in one region, in the order in which they are asked."""

    appointed_as: AppointedAs
    people: Sequence[Person]


@dataclass(frozen=True, slots=True)
class Appointment:
    """The owner, why they, for whom they stand in, and who follows when they are silent."""

    owner_id: UUID
    appointed_as: AppointedAs
    deputy_of_id: UUID | None = None
    deputy_id: UUID | None = None


def appoint(rosters: Sequence[Roster]) -> Appointment | None:
    """The first who is there, roster by roster; else the first who exists; None when nobody does."""
    everybody = [(roster.appointed_as, person) for roster in rosters for person in roster.people]
    there = (pair for pair in everybody if not pair[1].away)
    for appointed_as, person in chain(there, everybody):
        as_deputy = person.deputy_of_id is not None and appointed_as is AppointedAs.OWNER
        return Appointment(
            owner_id=person.id,
            appointed_as=AppointedAs.DEPUTY if as_deputy else appointed_as,
            deputy_of_id=person.deputy_of_id,
            deputy_id=person.deputy_id,
        )
    return None


def region_above(region_code: str) -> str | None:
    """The region above: codes are read like `310000-01`, from the wide to the narrow; None for the widest."""
    wide, dash, _ = region_code.rpartition("-")
    return wide if dash else None
