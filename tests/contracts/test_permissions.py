"""What routes declare and what the table of permissions says are the same, word for word; nothing is left undeclared."""

import pytest
from litestar import Litestar, Router
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler

from app import routes
from foundation.accounts.roles import Permission
from tests.integration.promises.permitted import PERMITTED, PUBLIC
from tests.integration.promises.twins import PAGES


def declared(handlers: list[ControllerRouterHandler] = routes.API) -> dict[str, HTTPRouteHandler]:
    """Every handler by method and path, of the API or of the pages."""
    app = Litestar([Router("/", route_handlers=handlers)], openapi_config=None)
    return {
        f"{method} {route.path_format}": handler
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods - {"OPTIONS", "HEAD"}
    }


@pytest.mark.parametrize(("handlers", "table"), [(routes.API, PERMITTED), (routes.PAGES, PAGES)], ids=["api", "pages"])
def test_every_route_declares_what_the_table_says(
    handlers: list[ControllerRouterHandler], table: dict[str, tuple[str, str]]
) -> None:
    said = {}
    for name, handler in declared(handlers).items():
        permission = handler.opt.get("permission")
        if isinstance(permission, Permission):
            said[name] = {str(role) for role in permission.roles} | ({"token"} if permission.tokens else set())
        else:
            assert handler.opt["public"], f"{name} declares neither a permission nor why it is public"
            said[name] = set()
    listed = {name: set(roles.split()) for name, (roles, _) in table.items() if not name.startswith("GET /static")}
    assert said == listed


def test_a_public_route_says_why() -> None:
    public = {name for name, handler in declared().items() if "public" in handler.opt}
    assert public == {name for name, (_, about) in PERMITTED.items() if about == PUBLIC}
    assert all(len(str(declared()[name].opt["public"])) > 10 for name in public)


def test_one_name_means_one_permission() -> None:
    found: dict[str, set[Permission]] = {}
    for handler in declared().values():
        if isinstance(permission := handler.opt.get("permission"), Permission):
            found.setdefault(permission.name, set()).add(permission)
    assert {name for name, meanings in found.items() if len(meanings) > 1} == set()
