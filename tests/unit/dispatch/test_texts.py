"""Every word dispatch says to a person has its text in both languages."""

import pytest

from dispatch.candidates import Why
from dispatch.snapshot import CrewRole
from dispatch.words import DeclineReason, OfferState
from foundation.language import catalogues

CHOICES = (
    "first_to_arrive", "least_late", "borrowed", "asked_again", "by_hand", "waits_for_work", "waits_for_duty",
    "waits_for_answers", "ringing", "nobody_qualified", "not_placed",
)  # fmt: skip

FAULTS = ("graver-waits-longer", "graver-rings-fewer", "graver-wakes-nobody", "impossible-hours")


@pytest.mark.parametrize(
    "code",
    [
        *(f"excluded.{word}" for word in Why),
        *(f"decline.{word}" for word in DeclineReason),
        *(f"offer-state.{word}" for word in OfferState),
        *(f"crew-role.{word}" for word in CrewRole),
        *(f"choice.{word}" for word in CHOICES),
        *(f"dispatch-fault.{word}" for word in FAULTS),
    ],
)
def test_every_code_has_a_text(code: str) -> None:
    assert catalogues.has(code)
