"""Reading JSON bodies: whatever can't be read is the caller's mistake, never a fault of ours."""

from litestar.connection import Request
from litestar.datastructures import State
from litestar.exceptions import ClientException, InternalServerException

from foundation.accounts.roles import Actor


class CarefulRequest(Request[Actor | None, object, State]):
    """A request whose body may be anything. The framework lets bad UTF-8 and bottomless nesting through as errors of its own."""

    async def body(self) -> bytes:
        """The body as bytes. Raises ClientException for one that ended early: the caller has gone, nobody failed."""
        try:
            return await super().body()
        except InternalServerException:
            raise ClientException("The connection ended before the body did.") from None

    async def json(self) -> object:
        """The body as JSON. Raises ClientException, which becomes a 422 like every other unreadable body."""
        try:
            return await super().json()
        except UnicodeDecodeError:
            raise ClientException("The body is not UTF-8.") from None
        except RecursionError:
            raise ClientException("The body is nested too deeply.") from None
