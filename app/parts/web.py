"""Serves pages and API until told to stop."""

from typing import Final

import uvicorn

from app import program
from app.asgi import create_app
from app.assembly import assemble
from app.place import found
from app.settings import Settings

#: Seconds that open requests get when the web process is told to stop; streams are closed at once.
GRACE_S: Final = 2


def web(settings: Settings) -> None:
    """Run only the pages and the API."""
    program.log_to_output()
    with found(settings, say=program.say) as server:
        system = assemble(settings, server.app_url, part="web")
        application = create_app(system)
        program.keep_what_is_loaded()
        program.switch_often()
        uvicorn.run(
            application, host=settings.host, port=settings.port, http="httptools", loop="uvloop", lifespan="on",
            access_log=False, server_header=False, timeout_graceful_shutdown=GRACE_S, log_config=None,
            proxy_headers=False,
        )  # fmt: skip


if __name__ == "__main__":
    program.run(web)
