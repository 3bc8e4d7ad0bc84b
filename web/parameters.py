"""Limits of query and path parameters, said to the framework in its own words.

The framework reads msgspec's `Meta` in bodies but overlooks it in parameters: `limit: PageSize` would take any number.
So each is handed over as the framework's own constraint, which it enforces and writes into the OpenAPI document.
"""

import types
from collections.abc import Sequence
from typing import Annotated, Final, Union, cast, get_args, get_origin, get_type_hints

from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler
from msgspec import Meta

#: Constraints that both sides know by the same name.
_SHARED: Final = ("ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length", "pattern")
#: The body is read by msgspec itself.
_BODY: Final = "data"


def constrained(handlers: Sequence[ControllerRouterHandler]) -> Sequence[ControllerRouterHandler]:
    """The same handlers, with every limit of their parameters where the framework sees it. Before they are registered."""
    for handler in handlers:
        if isinstance(handler, HTTPRouteHandler):
            function = handler.fn
            for name, hint in get_type_hints(function, include_extras=True).items():
                if name not in {_BODY, "return"} and (limits := _limits(hint)):
                    function.__annotations__[name] = Annotated[_bare(hint), Parameter(**limits)]  # type: ignore[arg-type]
    return handlers


def _limits(hint: object) -> dict[str, object]:
    """What `Meta` says about the parameter, also when it may be left out."""
    found: dict[str, object] = {}
    for meta in _metas(hint):
        found |= {name: value for name in _SHARED if (value := getattr(meta, name)) is not None}
    return found


def _metas(hint: object) -> list[Meta]:
    if get_origin(hint) is Annotated:
        return [extra for extra in get_args(hint)[1:] if isinstance(extra, Meta)]
    return [meta for arm in _arms(hint) for meta in _metas(arm)]


def _bare(hint: object) -> object:
    """The type without its limits."""
    if get_origin(hint) is Annotated:
        return cast("object", get_args(hint)[0])
    arms = tuple(_bare(arm) for arm in _arms(hint))
    return cast("object", Union[arms]) if arms else hint  # noqa: UP007 -- made while running


def _arms(hint: object) -> tuple[object, ...]:
    return get_args(hint) if get_origin(hint) in {Union, types.UnionType} else ()
