"""What happens when something of ours breaks."""

import logging

import pytest
from litestar import Litestar, get
from litestar.logging import LoggingConfig
from litestar.testing import TestClient

from web import responses


@get("/api/v1/broken", opt={"public": "breaks"}, sync_to_thread=False)
def broken() -> None:
    raise ZeroDivisionError("dividing by nothing")


def test_a_fault_is_logged_once_under_the_instance_that_the_reader_sees(caplog: pytest.LogCaptureFixture) -> None:
    app = Litestar(
        [broken],
        exception_handlers={Exception: responses.on_fault},
        logging_config=LoggingConfig(log_exceptions="never", configure_root_logger=False),
    )
    with caplog.at_level(logging.ERROR, logger="callout.web"), TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/api/v1/broken")
    assert answer.status_code == 500
    (logged,) = [record for record in caplog.records if record.name == "callout.web"]
    assert answer.json()["instance"] in logged.getMessage()
    assert logged.exc_info is not None
