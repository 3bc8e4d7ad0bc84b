"""A correction as it stands in the fields of its form: facts, and a position as people copy it from a map. Pure."""

import re
from typing import Final

from foundation.problems import FieldWrong
from intake.corrections import Correction
from intake.schemas import CorrectionIn
from web.forms import Form, shaped

#: The fact that the form asks for in several fields.
POSITION: Final = "position"
#: Metres to which a spot on a map is exact unless somebody says otherwise.
EXACT_TO_M: Final = "50"
#: What stands between the halves of a position that was copied as one: a comma, also the Chinese one, or a blank.
_BETWEEN: Final = re.compile(r"\s*[,，]\s*|\s+")


def corrected(form: Form) -> CorrectionIn:
    """The correction that was sent, shaped as the API's. Only what was filled in is corrected: a fact can't be emptied
    by leaving its field empty. Raises FieldWrong with the field's path.
    """
    facts: dict[str, object] = {
        name: form[name] for name in Correction.__struct_fields__ if name != POSITION and form.get(name)
    }
    place = _place(form)
    if place:
        facts[POSITION] = place
    rest = {name: form.get(name, "") for name in ("reason", "version")}
    return shaped({"correction": facts, **rest}, CorrectionIn)


def _place(form: Form) -> dict[str, str]:
    """The position, empty if none was given. The page doesn't guess its datum: a wrong one is hundreds of metres off."""
    latitude, longitude, datum = (form.get(name, "").strip() for name in ("latitude", "longitude", "datum"))
    if not (latitude and longitude):
        halves = _BETWEEN.split(latitude or longitude)
        if len(halves) == 2:  # noqa: PLR2004 -- latitude and longitude
            latitude, longitude = halves
    if not (latitude or longitude or datum):
        return {}
    if not datum:
        raise FieldWrong(field="datum", reason="missing")
    given = {
        "latitude": latitude,
        "longitude": longitude,
        "datum": datum,
        "radius_m": form.get("radius_m", "").strip() or EXACT_TO_M,
    }
    return {name: value for name, value in given.items() if value}
