"""The API keeps to its own document: no 5xx, no undocumented status or shape, whatever is sent (2,000 cases)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final, Protocol, cast

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.integration.promises.permitted import PERMITTED
from tests.postgres import Ground
from tests.town import Town, settled, town_over
from tests.townspeople import Register
from web import openapi

__all__ = ["settled"]


class AnyCase(Protocol):
    """A generated request, as far as it is used here."""

    path_parameters: dict[str, object]

    def as_transport_kwargs(self, base_url: str) -> dict[str, object]: ...

    def validate_response(self, response: httpx.Response, *, checks: list[object]) -> None: ...


class Operation(Protocol):
    """An operation of the document, as far as it is used here."""

    method: str
    path: str

    def as_strategy(self) -> st.SearchStrategy[AnyCase]: ...

    def Case(self) -> AnyCase: ...  # noqa: N802 -- the library's name


#: Cases in all, and into how many tests the operations are dealt out, so that test processes share them.
CASES: Final = 2_000
SHARES: Final = 8
CHECKS: Final = (
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
)  # fmt: skip
#: Who of the town speaks for a role.
SPEAKS: Final = {"agent": "agent", "dispatcher": "dispatcher", "manager": "manager", "head": "head", "admin": "admin",
                 "technician": "lu", "appraiser": "appraiser"}  # fmt: skip


@pytest.fixture(scope="module")
def spoken(
    settled: tuple[Ground, Register],
    worker_id: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Town, BaseSchema, Mapping[str, object]]]:
    """A town with something in it, its document, and ids of what is there."""
    template, register = settled
    with (
        template.clone(f"test_spoken_{worker_id}") as server,
        town_over(server.app_url, register, var=tmp_path_factory.mktemp("spoken")) as town,
    ):
        town.works.sweep()
        known = something(town)
        schema = schemathesis.openapi.from_dict(openapi.document(town.client.app))
        yield town, schema, known


def something(town: Town) -> Mapping[str, object]:
    """A complaint on site, with an escalation, an offer elsewhere and everything a path may name."""
    number = town.report(facts={"people_in_danger": True, "injury": "none", "structure_or_load": False})
    town.bring(number, "on_site")
    other = town.report(serial="SC200-7")
    town.push(minutes=1)
    named = {
        "case_id": "SELECT id FROM cases LIMIT 1", "decision_id": "SELECT id FROM decisions LIMIT 1",
        "visit_id": "SELECT id FROM visits LIMIT 1", "offer_id": "SELECT id FROM offers ORDER BY state = 'open' DESC LIMIT 1",
        "message_id": "SELECT id FROM messages LIMIT 1", "shift_id": "SELECT id FROM shifts LIMIT 1",
    }  # fmt: skip
    ids: dict[str, object] = {name: str(town.rows(query)[0].id) for name, query in named.items()}
    technician = str(town.register.technicians["zhou"])
    return {**ids, "number": other, "technician_id": technician, "serial_number": "ZJ5510-50", "version": 1}


def who_of(operation: Operation) -> str | None:
    """Somebody who may use the operation, so that more than the door is tried."""
    route = f"{operation.method.upper()} {operation.path.removeprefix('/api/v1')}"
    roles = PERMITTED[route][0].split()
    return SPEAKS[roles[0]] if roles and route != "DELETE /session" else None


@pytest.mark.parametrize("share", range(SHARES))
def test_two_thousand_odd_requests_are_answered_as_documented(
    spoken: tuple[Town, BaseSchema, Mapping[str, object]], share: int
) -> None:
    town, schema, known = spoken
    operations = cast("list[Operation]", [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)])
    each, dealt = -(-CASES // len(operations)), operations[share::SHARES]
    heard: Counter[int] = Counter()
    for operation in dealt:
        try_out(town, operation, known, times=each, heard=heard)
    assert heard.total() >= each * len(dealt), heard
    assert not [status for status in heard if status >= 500]
    assert sum(heard[status] for status in (200, 201, 204)) > heard.total() / 50, heard
    assert heard[401] < heard.total() / 5, heard


def try_out(town: Town, operation: Operation, known: Mapping[str, object], *, times: int, heard: Counter[int]) -> None:
    """So many generated requests of one operation, half of them about things that are there."""
    who = who_of(operation)

    @settings(
        max_examples=times,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), is_known=st.booleans())
    def speak(case: AnyCase, is_known: bool) -> None:  # noqa: FBT001 -- hypothesis passes by name
        if is_known:
            case.path_parameters = {
                name: known.get(name, value) for name, value in (case.path_parameters or {}).items()
            }
        response = send(town, case, who)
        heard[response.status_code] += 1
        case.validate_response(response, checks=list(CHECKS))

    before = heard.total()
    speak()
    for _ in range(times - (heard.total() - before)):
        heard[send(town, operation.Case(), who).status_code] += 1  # Fewer shapes than cases: the plainest once more.


def send(town: Town, case: AnyCase, who: str | None) -> httpx.Response:
    """The case as bytes through the whole application."""
    made = requests.Request(**case.as_transport_kwargs(base_url="https://callout.test")).prepare()  # type: ignore[arg-type]
    headers = {name: value for name, value in made.headers.items() if name.lower() not in {"cookie", "authorization"}}
    path = made.url.removeprefix("https://callout.test") if made.url else "/"
    content = made.body.encode() if isinstance(made.body, str) else made.body
    sent = {str(name): str(value) for name, value in headers.items()} | town.headers(who)
    return town.client.request(made.method or "GET", path, content=cast("bytes | None", content), headers=sent)


def test_the_document_names_every_route_and_its_refusals(spoken: tuple[Town, BaseSchema, Mapping[str, object]]) -> None:
    town, _, _ = spoken
    document = openapi.document(town.client.app)
    paths = cast("dict[str, dict[str, dict[str, object]]]", document["paths"])
    told = {f"{method.upper()} {path.removeprefix('/api/v1')}" for path, found in paths.items() for method in found}
    assert told == set(PERMITTED) - {"GET /live", "GET /openapi.json"}
    for path, found in paths.items():
        for method, operation in found.items():
            assert {"403", "404", "422", "503"} <= set(cast("dict[str, object]", operation["responses"])), (
                method,
                path,
            )
            assert operation["operationId"]
