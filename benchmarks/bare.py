"""The measure of T1: a Litestar application that takes a small JSON body and answers a small one, nothing else."""

import msgspec
from litestar import Litestar, post
from litestar.logging import LoggingConfig


class Said(msgspec.Struct):
    """The same two fields that a call needs at least."""

    caller_phone: str
    sentence: str


class Answer(msgspec.Struct):
    """A number, as a call gets one."""

    number: str


@post("/")
async def answer(data: Said) -> Answer:
    """Decode, encode."""
    return Answer(number=data.caller_phone)


app = Litestar(route_handlers=[answer], openapi_config=None, logging_config=LoggingConfig(configure_root_logger=False))
