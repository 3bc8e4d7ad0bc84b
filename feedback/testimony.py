"""What a form says, as its record and the ledger keep it: the customer's answers, who signed, when and where."""

import hashlib
from datetime import datetime
from typing import cast

import msgspec

import visits.skew
from feedback import strokes
from feedback.entries import RefusedForm, SignedForm
from feedback.errors import WitnessNeeded
from feedback.models import State, Via
from foundation.ledger.chain import Facts, canonical
from intake.models import Complaint
from visits.skew import PhoneTime


def checked(form: SignedForm | RefusedForm) -> None:
    """Refuse what says nothing. Raises SignatureEmpty, WitnessNeeded."""
    if isinstance(form, SignedForm):
        strokes.checked(form.signature)
        return
    missing = [name for name in ("reason", "witness") if not getattr(form, name).strip()]
    if missing:
        raise WitnessNeeded(missing=missing)


def time_of(form: SignedForm | RefusedForm, *, complaint: Complaint, now: datetime) -> PhoneTime:
    """The customer signs after the work is finished, whatever the phone's clock says."""
    phone_at = form.signed_at if isinstance(form, SignedForm) else form.refused_at
    not_before = complaint.repaired_at or complaint.called_at
    return visits.skew.corrected(phone_at, skew_s=form.skew_s, received_at=now, not_before=not_before)


def signed(form: SignedForm, *, at: PhoneTime, via: Via, now: datetime) -> Facts:
    """What the record of a signature says beside what was shown."""
    return {
        "state": State.SIGNED, "via": via, "answers": msgspec.structs.asdict(form.answers),
        "signer": {"name": form.signer_name, "role": form.signer_role},
        "signature": msgspec.to_builtins(form.signature),
        "phone_at": form.signed_at, "skew_s": form.skew_s, "signed_at": at.at, "received_at": now,
        "place": msgspec.to_builtins(form.place),
    }  # fmt: skip


def refused(form: RefusedForm, *, at: PhoneTime, via: Via, now: datetime) -> Facts:
    """What the record of a refusal says beside what was shown."""
    return {
        "state": State.REFUSED, "via": via, "reason": form.reason, "witness": form.witness,
        "answers": None if form.answers is None else msgspec.structs.asdict(form.answers),
        "phone_at": form.refused_at, "skew_s": form.skew_s, "refused_at": at.at, "received_at": now,
    }  # fmt: skip


def private(form: SignedForm | RefusedForm) -> dict[str, str | None]:
    """Names and places, which stand in the chain as digests."""
    if isinstance(form, RefusedForm):
        return {"witness": form.witness}
    place = form.place
    where = None if place is None else f"{place.latitude:.6f},{place.longitude:.6f} ±{place.accuracy_m:.0f} m"
    return {"signer": form.signer_name, "position": where}


def digest(form: SignedForm | RefusedForm) -> str:
    """SHA-256 of the whole form, by which the same one is known again."""
    return hashlib.sha256(canonical(cast("Facts", msgspec.to_builtins(form)))).hexdigest()
