"""The one settings object: read once from the environment, frozen, with the source of every value.

What an operator may change while the system runs is a row in the database, not a setting.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

from app.tiles import checked_datum, checked_url
from foundation.clock import clock_from

T = TypeVar("T")


class SettingsWrong(Exception):
    """The environment can't be used; the message lists every fault at once."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What is in force. Secrets may be given as `NAME_FILE`, a path whose content is the value."""

    database_url: str | None
    database_owner_url: str | None
    broker_url: str | None
    host: str
    port: int
    public_url: str
    var: Path
    clock: str
    secure_cookies: bool
    demo: bool
    smtp_url: str | None
    mail_from: str
    geocoder: str
    geocoder_key: str | None
    watchdog_url: str | None
    worker_threads: int
    company_zh: str
    company_en: str
    hotline: str
    map_tiles: str
    map_tiles_datum: str
    map_tiles_credit: str


@dataclass(frozen=True, slots=True)
class Row:
    """One setting for the operator: the variable's name, its value (secrets masked) and where it came from."""

    name: str
    value: str
    source: str


def _flag(text: str) -> bool:
    if text.lower() in {"1", "true", "yes", "on"}:
        return True
    if text.lower() in {"0", "false", "no", "off", ""}:
        return False
    raise ValueError("expected yes or no")


def _clock(text: str) -> str:
    clock_from(text)
    return text


#: field → (environment variable, default, reader, secret)
_TABLE: Mapping[str, tuple[str, str | None, Callable[[str], object], bool]] = {
    "database_url": ("DATABASE_URL", None, str, True),
    "database_owner_url": ("DATABASE_OWNER_URL", None, str, True),
    "broker_url": ("BROKER_URL", None, str, True),
    "host": ("CALLOUT_HOST", "127.0.0.1", str, False),
    "port": ("CALLOUT_PORT", "8000", int, False),
    "public_url": ("CALLOUT_PUBLIC_URL", "", str, False),
    "var": ("CALLOUT_VAR", "var", lambda text: Path(text).absolute(), False),
    "clock": ("CALLOUT_CLOCK", "", _clock, False),
    "secure_cookies": ("CALLOUT_SECURE_COOKIES", "yes", _flag, False),
    "demo": ("CALLOUT_DEMO", "", _flag, False),
    "smtp_url": ("SMTP_URL", None, str, True),
    "mail_from": ("CALLOUT_MAIL_FROM", "callout@localhost", str, False),
    "geocoder": ("CALLOUT_GEOCODER", "gazetteer", str, False),
    "geocoder_key": ("CALLOUT_GEOCODER_KEY", None, str, True),
    "watchdog_url": ("CALLOUT_WATCHDOG_URL", None, str, True),
    "worker_threads": ("CALLOUT_WORKER_THREADS", "4", int, False),
    "company_zh": ("CALLOUT_COMPANY_ZH", "华岳起重装备技术服务有限公司", str, False),
    "company_en": ("CALLOUT_COMPANY_EN", "Huayue Lifting Equipment Service", str, False),
    "hotline": ("CALLOUT_HOTLINE", "400-000-0000", str, False),
    "map_tiles": ("CALLOUT_MAP_TILES", "", checked_url, False),
    "map_tiles_datum": ("CALLOUT_MAP_TILES_DATUM", "wgs84", checked_datum, False),
    "map_tiles_credit": ("CALLOUT_MAP_TILES_CREDIT", "", str, False),
}


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings. Raises SettingsWrong with one line per faulty variable."""
    values: dict[str, object] = {}
    faults: list[str] = []
    for name, (variable, default, reader, _) in _TABLE.items():
        try:
            values[name] = _read(*_given(environment, variable, default), reader=reader)
        except ValueError as fault:
            faults.append(str(fault))
    if faults:
        raise SettingsWrong("\n".join(faults))
    if not environment.get("CALLOUT_DEMO"):
        # Accounts with a published password belong into a database of our own making, never into somebody's own.
        values["demo"] = values["database_url"] is None
    values["public_url"] = values["public_url"] or f"http://{values['host']}:{values['port']}"
    return Settings(**values)  # type: ignore[arg-type]  # The table has a reader for every field; a test compares them.


def in_force(environment: Mapping[str, str] = os.environ) -> list[Row]:
    """Every setting with its source, secrets masked, in the order of the Settings' fields."""
    rows = []
    for name in (field.name for field in fields(Settings)):
        variable, default, _, secret = _TABLE[name]
        text, source = _given(environment, variable, default)
        shown = "—" if not text else "••••••" if secret else text
        rows.append(Row(name=variable, value=shown, source=source))
    return rows


def _read(text: str | None, source: str, *, reader: Callable[[str], object]) -> object:
    """Raises ValueError with the source of a text that can't be read."""
    try:
        return None if text is None else reader(text)
    except ValueError as fault:
        raise ValueError(f"{source}: {fault}") from fault


def _given(environment: Mapping[str, str], variable: str, default: str | None) -> tuple[str | None, str]:
    if environment.get(variable):
        return environment[variable], f"environment {variable}"
    path = environment.get(f"{variable}_FILE")
    if path:
        return _content(path, variable), f"file named by {variable}_FILE"
    return default, "default"


def _content(path: str, variable: str) -> str:
    """Raises ValueError for a file that isn't there or is no text."""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise ValueError(f"file named by {variable}_FILE: {path} can't be read ({fault})") from fault
