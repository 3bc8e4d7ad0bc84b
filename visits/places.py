"""Positions as the phone and the case give them, on one datum."""

from intake import datum
from intake.models import Complaint
from visits.arrival import Spot
from visits.phone import Position


def spot_of(position: Position | None) -> Spot | None:
    """The phone's position on WGS 84."""
    if position is None:
        return None
    place = datum.to_wgs84(position.latitude, position.longitude, datum=position.datum.value)
    return Spot(place.latitude, place.longitude, position.accuracy_m)


def site_of(complaint: Complaint) -> Spot | None:
    """Where the case is; None when nobody knows, its radius as accuracy."""
    if complaint.latitude is None or complaint.longitude is None:
        return None
    return Spot(complaint.latitude, complaint.longitude, complaint.position_radius_m or 0.0)
