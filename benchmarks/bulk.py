"""Much invented data in little time, by SQL alone: registers, technicians, open complaints with their deadlines.

The owner's connection skips foreign keys while it fills (the rows are consistent by construction) and builds spatial
indexes at the end. Uses PostgreSQL's random() with a fixed seed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg

from foundation.accounts import actions
from foundation.accounts.roles import system
from foundation.clock import MachineClock
from foundation.database.session import Sessions, unit_of_work

#: Units of the register; calls name one of them.
UNITS: Final = 20_000
FAMILIES: Final = ("tower_crane", "hoist", "mobile_crane", "pump", "lift", "mast")
REGIONS: Final = ("east", "north", "south", "west")
#: Degrees around (31, 120) over which units and people are spread: about 900 × 860 km.
SPREAD: Final = 8
LATITUDE: Final = f"27 + {SPREAD} * random()"
LONGITUDE: Final = f"116 + {SPREAD} * random()"

_REGION: Final = "(ARRAY['east', 'north', 'south', 'west'])[1 + n % 4]"
_FAMILY: Final = "(ARRAY['tower_crane', 'hoist', 'mobile_crane', 'pump', 'lift', 'mast'])[1 + {n} % 6]"

_REGISTER: Final = f"""
SELECT setseed(0.5);
INSERT INTO customers (id, name, name_pinyin, name_initials, kind, phone, language, region_code, search, created_at)
SELECT gen_random_uuid(), '华跃建筑 ' || n, 'huayuejianzhu', 'hyjz', 'company', '+86213' || lpad(n::text, 7, '0'), 'zh-CN',
    {_REGION}, '', now() FROM generate_series(1, {UNITS} / 10) n;
INSERT INTO sites (id, customer_id, name, address, region_code, latitude, longitude, datum, position_radius_m,
    position_source, search, created_at)
SELECT gen_random_uuid(), c.id, 'site ' || row_number() OVER (), '人民大道 1 号', c.region_code, {LATITUDE}, {LONGITUDE},
    'wgs84', 30, 'survey', '', now() FROM customers c, generate_series(1, 2) n;
INSERT INTO equipment (id, serial_number, family, model, customer_id, site_id, region_code, facts, search, created_at)
SELECT gen_random_uuid(), 'BENCH-' || n, {_FAMILY.format(n="n")}, 'QTZ80', s.customer_id, s.id, s.region_code, '{{}}',
    '', now()
FROM (SELECT *, row_number() OVER () AS at FROM sites) s, LATERAL generate_series((s.at - 1) * 5 + 1, s.at * 5) n;
"""  # noqa: S608 -- constants of this file

_TECHNICIANS: Final = f"""
SELECT setseed(0.25);
DROP INDEX ix_technician_reach_near;
INSERT INTO outlets (id, name, kind, region_code, latitude, longitude)
SELECT gen_random_uuid(), 'outlet ' || n, 'own', {_REGION}, {LATITUDE}, {LONGITUDE} FROM generate_series(0, 39) n;
CREATE TEMPORARY TABLE made AS
SELECT n, gen_random_uuid() AS id, gen_random_uuid() AS user_id, {LATITUDE} AS latitude, {LONGITUDE} AS longitude
FROM generate_series(0, %s - 1) n;
INSERT INTO users (id, login, name, role, password_hash, language, active, channels, created_at)
SELECT user_id, 'hand.' || n, 'hand ' || n, 'technician', '-', 'zh-CN', true, '["in_app"]', now() FROM made;
INSERT INTO technicians (id, user_id, code, name, outlet_id, region_code, senior, home_latitude, home_longitude, active,
    max_daily_hours, max_weekly_hours, min_rest_hours)
SELECT m.id, m.user_id, 'T' || lpad(m.n::text, 7, '0'), 'hand ' || m.n, o.id, o.region_code, m.n % 4 = 0, m.latitude,
    m.longitude, true, 12, 60, 8
FROM made m JOIN (SELECT id, region_code, row_number() OVER () - 1 AS at FROM outlets) o ON o.at = m.n % 40;
INSERT INTO skills (technician_id, family, level)
SELECT id, {_FAMILY.format(n="n")}, 2 FROM made;
INSERT INTO certificates (id, technician_id, family, kind, number, valid_until)
SELECT gen_random_uuid(), technician_id, family, 'operator', 'C', CURRENT_DATE + 300 FROM skills;
INSERT INTO duty (technician_id, state, since) SELECT id, 'on', now() - interval '15 minutes' FROM made WHERE n % 10 < 9;
INSERT INTO positions (technician_id, latitude, longitude, accuracy_m, at, source)
SELECT id, latitude, longitude, 20, now() + interval '4 hours', 'phone' FROM made WHERE n % 10 < 9;
INSERT INTO shifts (id, technician_id, during, kind)
SELECT gen_random_uuid(), id, tstzrange(date_trunc('day', now()) + d * interval '1 day',
    date_trunc('day', now()) + d * interval '1 day' + interval '12 hours'), 'duty'
FROM made, generate_series(-1, 2) d WHERE n % 10 = 9;
INSERT INTO technician_reach (technician_id, family, spot)
SELECT s.technician_id, s.family, ll_to_earth(m.latitude, m.longitude) FROM skills s JOIN made m ON m.id = s.technician_id;
CREATE INDEX ix_technician_reach_near ON technician_reach USING gist (family, spot);
DROP TABLE made;
"""  # noqa: S608 -- constants of this file

#: Open complaints in the first minutes of their life, as the intake leaves them: graded, acknowledged, four promises live.
#: Called in over the last `spread`; `first_due` after that the earliest of their deadlines falls.
_COMPLAINTS: Final = """
SELECT setseed(0.75);
CREATE TEMPORARY TABLE made AS
SELECT n, gen_random_uuid() AS id, now() - random() * %(spread)s AS called_at, e.*
FROM generate_series(1, %(count)s) n JOIN (
    SELECT u.id AS unit_id, u.site_id, u.customer_id, u.region_code, u.family, s.latitude, s.longitude,
        row_number() OVER () - 1 AS at
    FROM equipment u JOIN sites s ON s.id = u.site_id
) e ON e.at = n %% (SELECT count(*) FROM equipment);
INSERT INTO complaints (id, number, year, region_code, stage, grade, grade_facts, grade_rules, grade_policy_version,
    commitments, called_at, received_at, promise_started_at, source, customer_id, site_id, equipment_id,
    to_be_identified, to_be_placed, latitude, longitude, family, language, caller_name, caller_phone, call_back_phone,
    sentence, component, symptom, injury_or_danger, version, first_acknowledged_at, reopened_count, pauses, next_due_at,
    next_due_kind)
SELECT id, '2020-' || lpad(n::text, 7, '0'), 2020, region_code, 'graded', 'general', '{}', '[]', 1,
    '{"policy_version": 1, "minutes": {"acknowledge": 5, "accept": 15, "on_site_target": 360, "on_site_promise": 1440,
      "resolve": 2880, "feedback": 30, "follow_up": 1440}}',
    called_at, called_at, called_at, 'phone', customer_id, site_id, unit_id, false, false, latitude, longitude, family, 'zh-CN',
    'caller ' || n, '+861' || lpad((3000000000 + n)::text, 10, '0'), '+861' || lpad((3000000000 + n)::text, 10, '0'),
    'the hoist stops between floors', 'gearbox', 'noise', false, 1, called_at, 0, '[]',
    called_at + %(first_due)s, 'accept'
FROM made;
INSERT INTO deadlines (id, complaint_id, kind, due_at, opened_at, why)
SELECT gen_random_uuid(), m.id, k.kind, m.called_at + %(first_due)s + k.later, m.called_at,
    '{"start": "2026-11-21T00:00:00+00:00", "minutes": 15, "start_of": "call", "policy_version": 1}'
FROM made m, (VALUES ('accept', interval '0'), ('on_site_target', interval '6 hours'),
    ('on_site_promise', interval '1 day'), ('resolve', interval '2 days')) k (kind, later);
DROP TABLE made;
"""


def regions(sessions: Sessions) -> None:
    """The regions, by the same action as the API."""
    with unit_of_work(sessions) as db:
        for code in REGIONS:
            actions.add_region(
                db, code, name_zh=code, name_en=code, timezone="Asia/Shanghai", actor=system("benchmark"),
                now=MachineClock().now(),
            )  # fmt: skip


def register(owner: psycopg.Connection) -> None:
    """Customers, sites and `UNITS` units called BENCH-1, BENCH-2, …"""
    with _unchecked(owner):
        owner.execute(_REGISTER)


def technicians(owner: psycopg.Connection, count: int) -> None:
    """`count` people with accounts and a skill each; nine of ten on duty with a position, the others on the roster."""
    with _unchecked(owner):
        for statement in _TECHNICIANS.split(";\n"):
            owner.execute(statement.replace("%s", str(count)))


def complaints(owner: psycopg.Connection, count: int, *, first_due: str = "30 days", spread: str = "20 days") -> None:
    """`count` open complaints of all units, called in over the last `spread`, the earliest due `first_due` later."""
    with _unchecked(owner):
        given = {"count": str(count), "first_due": f"interval '{first_due}'", "spread": f"interval '{spread}'"}
        for statement in (_COMPLAINTS % given).split(";\n"):
            owner.execute(statement)


def freshen(owner: psycopg.Connection) -> None:
    """Everybody signed on a quarter of an hour ago, whenever the database was made."""
    owner.execute("UPDATE duty SET since = now() - interval '15 minutes'; UPDATE positions SET at = now()")


@contextmanager
def _unchecked(owner: psycopg.Connection) -> Iterator[None]:
    owner.execute("SET session_replication_role = replica; SET work_mem = '256MB'; SET maintenance_work_mem = '1GB'")
    yield
    owner.execute("SET session_replication_role = DEFAULT; RESET work_mem; RESET maintenance_work_mem")
