"""The ASGI application: routes of all packages behind one edge."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Litestar, Router
from litestar.config.response_cache import ResponseCacheConfig
from litestar.datastructures import CacheControlHeader, State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.logging import LoggingConfig
from litestar.openapi import OpenAPIConfig
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig
from sqlalchemy.exc import SQLAlchemyError

from app import routes
from app.assembly import System
from foundation.language.templates import install
from foundation.problems import Problem
from web import authentication, bodies, compressing, edge, forms, guards, headers, parameters, repeating, responses
from web.live import Hub

WEB: Final = Path(__file__).resolve().parents[1] / "web"
#: Bytes of a request's body; uploads name their own limit.
BODY_LIMIT: Final = 64 * 1024
#: Seconds a browser keeps a static file without asking; their names don't carry a hash.
STATIC_AGE_S: Final = 300


def create_app(system: System) -> Litestar:
    """The application over assembled parts; it opens nothing until it is started."""
    return Litestar(
        route_handlers=[_api(system), _pages(), _static()],
        state=State(
            {
                "system": system,
                "sessions": system.sessions,
                "clock": system.clock,
                **routes.collaborators(system),
            }
        ),
        dependencies={
            "actor": Provide(edge.provide_actor, sync_to_thread=False),
            "now": Provide(edge.provide_now, sync_to_thread=False),
            "db": Provide(edge.provide_db),
            "look": Provide(edge.provide_look),
            "form": Provide(forms.provide_form),
            "ticked": Provide(forms.provide_ticked),
            **routes.dependencies(system),
        },
        guards=[guards.checked],
        middleware=[
            compressing.compressing,
            authentication.middleware(system.sessions, system.clock, secure=system.settings.secure_cookies),
        ],
        before_send=[headers.adding(tiles=routes.tiles(system.settings).origin)],
        after_request=repeating.remembered,
        request_class=bodies.CarefulRequest,
        response_class=repeating.RememberedResponse,
        exception_handlers={
            Problem: responses.on_problem,
            repeating.Replayed: repeating.on_replayed,
            HTTPException: responses.on_http_exception,
            SQLAlchemyError: responses.on_database_fault,
            Exception: responses.on_fault,
        },
        template_config=TemplateConfig(instance=JinjaTemplateEngine.from_environment(_templates())),
        openapi_config=OpenAPIConfig(title="Callout", version="1", path="/unused", render_plugins=[]),
        request_max_body_size=BODY_LIMIT,
        logging_config=LoggingConfig(log_exceptions="never", configure_root_logger=False),
        response_cache_config=ResponseCacheConfig(),
        lifespan=[_live(system)],
    )


def _api(system: System) -> Router:
    del system
    return Router(path="/api/v1", route_handlers=parameters.constrained(routes.API))


def _pages() -> Router:
    """A router registers all handlers of a path at once; the application itself would wrap the first for each further one."""
    return Router(path="/", route_handlers=routes.PAGES)


def _static() -> Router:
    return create_static_files_router(
        path="/static",
        directories=[WEB / "static"],
        cache_control=CacheControlHeader(max_age=STATIC_AGE_S),
        opt={"public": "files without data"},
    )


def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(WEB / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    install(environment)
    return environment


def _live(system: System) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """What belongs to one start of the application and its event loop: the boards' hub and the room for requests."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        hub = Hub(sessions=system.sessions, database_url=system.database_url)
        app.state.hub, app.state.room = hub, edge.room_for(system.sessions)
        await hub.start()
        try:
            yield
        finally:
            await hub.stop()

    return lifespan
