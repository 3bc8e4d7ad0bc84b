"""What a feedback form shows of a case: one plain document of codes and facts, from which the screen and the paper are made."""

from collections.abc import Mapping

from feedback.queries import Sheet
from foundation.ledger.chain import Facts


def content(sheet: Sheet) -> Facts:
    """The facts a customer signs for. Telephone numbers are left out: the paper goes from hand to hand."""
    complaint = sheet.complaint
    return {
        "number": complaint.number,
        "round": complaint.reopened_count,
        "language": sheet.customer.language if sheet.customer else complaint.language,
        "timezone": sheet.timezone,
        "customer": sheet.customer.name if sheet.customer else None,
        "site": sheet.site.name if sheet.site else complaint.address,
        "address": sheet.site.address if sheet.site else complaint.address,
        "serial_number": sheet.equipment.serial_number if sheet.equipment else complaint.serial_number_given,
        "family": complaint.family,
        "model": sheet.equipment.model if sheet.equipment else None,
        "grade": complaint.grade,
        "sentence": complaint.sentence,
        "called_at": complaint.called_at,
        "accepted_at": sheet.accepted_at,
        "set_off_at": sheet.visit.set_off_at if sheet.visit else None,
        "arrived_at": sheet.visit.arrived_at if sheet.visit else None,
        "finished_at": complaint.repaired_at,
        "technician": None if sheet.technician is None else f"{sheet.technician.name} · {sheet.technician.code}",
        "report": _report(sheet),
    }


def _report(sheet: Sheet) -> Mapping[str, object] | None:
    report = sheet.report
    if report is None:
        return None
    return {
        "version": report.version,
        "component": report.cause_component,
        "symptom": report.cause_symptom,
        "category": report.cause_category,
        "work_done": report.work_done,
        "parts": report.parts,
        "works_again": report.works_again,
        "advice": report.advice,
    }
