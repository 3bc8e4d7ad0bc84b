"""What comes in with a signature or a refusal: the customer's own words, bound to what was shown."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from feedback.answers import Answers
from feedback.strokes import Signature
from foundation.wire import AwareTime, Latitude, Line, Longitude, Sha256, Text, Wire

#: The text the screen was made from, as it was; needed when the phone had no signal.
ShownText = Annotated[str, Meta(max_length=40_000)]
Skew = Annotated[float, Meta(ge=-1e9, le=1e9)]
Accuracy = Annotated[float, Meta(ge=0, le=1e6)]


class Place(Wire, frozen=True, kw_only=True):
    """Where it was signed, WGS 84, metres."""

    latitude: Latitude
    longitude: Longitude
    accuracy_m: Accuracy


class SignedForm(Wire, frozen=True, kw_only=True):
    """A form the customer signed. `id` is made at the tap; the same id and content again is the same feedback."""

    id: UUID
    answers: Answers
    signer_name: Line
    signer_role: Line | None = None
    signature: Signature
    shown_sha256: Sha256
    shown_text: ShownText | None = None
    signed_at: AwareTime
    skew_s: Skew | None = None
    place: Place | None = None


class RefusedForm(Wire, frozen=True, kw_only=True):
    """The customer would not sign: why, and who saw it beside the one who writes it down."""

    id: UUID
    reason: Text
    witness: Line
    answers: Answers | None = None
    refused_at: AwareTime
    skew_s: Skew | None = None
