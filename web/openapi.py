"""The OpenAPI document: what the framework finds in the routes, with every refusal documented once for all."""

from typing import Final, cast

import msgspec
from litestar import Litestar

#: Refusals that any route may answer with, by status; all are `application/problem+json`.
REFUSALS: Final = {
    "401": "Sign-in needed.",
    "403": "Not allowed for this role or region, or a forged request.",
    "404": "No such thing for this reader.",
    "409": "A clash with the present state.",
    "413": "The body is too large.",
    "415": "The body is not of the declared media type.",
    "422": "The input is wrong in itself.",
    "429": "Asked too often.",
    "503": "A part is away for a moment; nothing was changed, repeat the same request.",
}
_PROBLEM: Final = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "description": "/problems/<code>"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
    },
    "additionalProperties": True,
}
_IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Same key and body give the first answer again; nothing happens twice. Kept for 30 days, readable only "
    "with the key: send random ones.",
    "schema": {"type": "string", "minLength": 8, "maxLength": 100, "pattern": "^[A-Za-z0-9_-]+$"},
}
_UNSAFE: Final = ("post", "put", "patch", "delete")


def document(app: Litestar) -> dict[str, object]:
    """The document of all JSON routes, as a plain mapping."""
    found = cast("dict[str, object]", msgspec.to_builtins(app.openapi_schema.to_schema()))
    components = cast("dict[str, dict[str, object]]", found.setdefault("components", {}))
    components.setdefault("schemas", {})["Problem"] = _PROBLEM
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": "__Host-session"},
    }
    found["security"] = [{"token": []}, {"session": []}]
    for operations in cast("dict[str, dict[str, object]]", found.get("paths", {})).values():
        for method, operation in operations.items():
            if isinstance(operation, dict):
                _complete(method, operation)
    _speak_plainly(found)
    return found


def _speak_plainly(node: object) -> None:
    """Say `any of` for what the framework calls `one of`, since 1 is both an integer and a number; and leave out the
    `anything` that it puts beside the items of a tuple of any length.
    """
    if isinstance(node, list):
        for inner in node:
            _speak_plainly(inner)
    if not isinstance(node, dict):
        return
    arms = node.get("oneOf")
    if isinstance(arms, list) and "discriminator" not in node:
        del node["oneOf"]
        if arms[1:] == [{}]:
            node.update(cast("dict[str, object]", arms[0]))
        else:
            node["anyOf"] = arms
    for inner in node.values():
        _speak_plainly(inner)


def _complete(method: str, operation: dict[str, object]) -> None:
    """Add the common refusals and, for unsafe routes, the header that makes repeating harmless."""
    responses = cast("dict[str, object]", operation.setdefault("responses", {}))
    responses.pop("400", None)
    for status, description in REFUSALS.items():
        responses[status] = {
            "description": description,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    if method in _UNSAFE:
        parameters = cast("list[object]", operation.setdefault("parameters", []))
        parameters.append(_IDEMPOTENCY_KEY)
