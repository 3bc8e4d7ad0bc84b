"""The statements of one call, as the application sends them, made into a script for pgbench.

One call is taken in this process with every statement written down, values filled in as literals. Keys that must be
new each time get a tail from the clock and the client, so that they stay in order as the application's do.
"""

import os
import random
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from psycopg import sql
from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPICursor

from app import hotline
from benchmarks import calls
from benchmarks.ground import VAR, sessions_of, token
from foundation.accounts import authenticating, idempotency
from foundation.accounts.idempotency import Asked
from foundation.clock import MachineClock
from foundation.database import cluster
from foundation.database.server import Server
from foundation.database.session import Sessions, glancing, unit_of_work
from intake import schemas

#: Twelve hex digits that order keys by time and keep those of two clients apart.
_TAIL: Final = (
    "lpad(to_hex((extract(epoch FROM clock_timestamp()) * 100000)::bigint % 1099511627776), 10, '0') || "
    "lpad(to_hex(CAST(:client_id AS integer)), 2, '0')"
)
_KEY: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_MARK: Final = "@" * 12
#: The hash under which an answer is stored: the first bytes written by the statement that stores it.
_STORED_UNDER: Final = re.compile(
    r"(INSERT INTO idempotency.*?VALUES \()'\\x[0-9a-f]{52}[0-9a-f]{12}'::bytea", re.DOTALL
)
_DOCUMENT: Final = re.compile(r"\s?E?'\{\"complaint\".*?\}'", re.DOTALL)
_WORD_AFTER_COLON: Final = re.compile(r'":(?=[a-z])')
_LINK_HASH: Final = re.compile(r'"token_hash": ?"[\\]+x[0-9a-f]{64}')
_NAME: Final = re.compile(r"%\((\w+)\)s")


def script(found: Server) -> Path:
    """The script's path."""
    sessions = sessions_of(found, pool_size=1)
    secret = token(found, "complaint.log")
    with _written_down(sessions) as said:
        _take(sessions, secret)
        said.clear()  # the first one also read rule books and prepared statements
        scope = _take(sessions, secret)
    sessions.engine.dispose()
    enter = f"SELECT set_config('callout.regions', '{scope}', true), set_config('callout.user', '', true)"
    lines = [said[0], "BEGIN", enter, *(_made_new(statement) for statement in said[1:])]
    path = VAR / "call.sql"
    path.write_text("".join(f"{' '.join(line.split())};\n" for line in [*lines, "COMMIT"]), encoding="utf-8")
    return path


def pgbench(found: Server, path: Path, *, connections: int, seconds: float) -> float:
    """Transactions per second of the script, prepared as the application's are."""
    program = str(cluster.program("pgbench"))
    command = [program, "-n", "-M", "prepared", "-c", str(connections), "-j", "2", "-T", str(round(seconds))]
    ended = subprocess.run(
        [*command, "-f", str(path), found.app_url], check=False, capture_output=True, text=True,
        env={**os.environ, "PGOPTIONS": "-c jit=off -c timezone=UTC"},
    )  # fmt: skip
    rate = re.search(r"tps = ([\d.]+)", ended.stdout)
    if ended.returncode or rate is None:
        raise RuntimeError(ended.stderr[-2000:] or ended.stdout)
    return float(rate[1])


def _take(sessions: Sessions, secret: str) -> str:
    """Take one call by the same functions in the same order as the route; returns the scope's regions."""
    now = MachineClock().now()
    with glancing(sessions) as look:
        actor = authenticating.by_token(look, secret, now=now)
    if actor is None:
        raise RuntimeError("the token is not known")
    call = msgspec.convert(calls.call(random.Random(9)), schemas.CallIn, strict=False).call()
    asked = Asked(key=f"key-{os.urandom(8).hex()}", actor_key=f"token:{actor.id}", route="POST", body_sha256=b"0" * 32)
    with unit_of_work(sessions, actor.scope) as db:
        idempotency.begin(db, asked)
        answer = schemas.call_answer(hotline.take_call(db, call, actor=actor, now=now))
        idempotency.finish(
            db, asked, status=201, headers='{"content-type": "application/json"}', body=msgspec.json.encode(answer),
            now=now,
        )  # fmt: skip
    return actor.scope.settings()["regions"]


@contextmanager
def _written_down(sessions: Sessions) -> Iterator[list[str]]:
    said: list[str] = []

    def write(
        connection: Connection, cursor: DBAPICursor, statement: str, values: Mapping[str, object], *rest: object
    ) -> None:
        del cursor, rest
        wire = connection.connection.driver_connection

        def literal(found: re.Match[str]) -> str:
            return sql.Literal(values[found[1]]).as_string(wire)

        said.append(_NAME.sub(literal, statement).replace("%%", "%"))

    event.listen(sessions.engine, "before_cursor_execute", write)
    yield said
    event.remove(sessions.engine, "before_cursor_execute", write)


def _made_new(statement: str) -> str:
    """The statement with fresh keys: its document's keys of version 7 and the link's hash end in the moment's tail."""
    statement = _STORED_UNDER.sub(lambda found: f"{found[1]}sha256(({_TAIL})::bytea)", statement)
    document = _DOCUMENT.search(statement)
    if document is None:
        return statement
    known = {key: f"{key[:15]}{number:03x}-8000-{_MARK}" for number, key in enumerate(set(_KEY.findall(document[0])))}
    # pgbench would take the colon of `"x":null` for one of its variables.
    text = _WORD_AFTER_COLON.sub('": ', _KEY.sub(lambda found: known[found[0]], document[0]))
    text = _LINK_HASH.sub(lambda found: found[0][:-12] + _MARK, text)
    return statement.replace(document[0], f"replace({text}, '{_MARK}', {_TAIL})")
