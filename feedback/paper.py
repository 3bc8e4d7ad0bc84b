"""The signed feedback on paper, made from its record alone: what was signed is what is printed.

Bilingual, the customer's language first. Layout: the feedback form of the design references.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast
from zoneinfo import ZoneInfo

from feedback.answers import PERCEPTIONS
from foundation.documents import furniture
from foundation.documents.bilingual import pair
from foundation.documents.flowables import Heading, Piece, Remarks
from foundation.documents.furniture import Letterhead
from foundation.documents.signing import Signature, Stroke, signatures
from foundation.documents.tables import Column, Fact, Likert, Rows, facts
from foundation.documents.timeline import Moment, Timeline
from foundation.language import Language, formats, negotiate
from foundation.ledger.chain import Facts

#: Steps of the answers.
STEPS: Final = range(1, 8)
#: Times of the path that are printed, in their order; `signed_at` comes from the signature.
PATH: Final = ("called_at", "accepted_at", "set_off_at", "arrived_at", "finished_at")


@dataclass(frozen=True, slots=True)
class House:
    """Whose letterhead it is, and where a paper can be verified."""

    name_zh: str
    name_en: str
    hotline: str
    public_url: str

    def line(self, reader: Language) -> str:
        """The company's line under the titles."""
        name = self.name_zh if reader is Language.CHINESE else self.name_en
        return f"{name} · 7×24 {pair(reader, 'form.hotline')} {self.hotline}"


def language_of(record: Facts) -> Language:
    """The customer's language, in which the paper reads first."""
    return negotiate(None, str(_part(record, "shown").get("language")))


def made(record: Facts, *, record_sha256: str, house: House, made_at: datetime) -> bytes:
    """The PDF of a signed or refused feedback; the same record gives the same bytes."""
    reader = language_of(record)
    shown = _part(record, "shown")
    head = Letterhead(
        reader=reader,
        title=pair(reader, "form.title"),
        number=str(shown["number"]),
        number_label=pair(reader, "form.number"),
        house=house.line(reader),
        verify_url=f"{house.public_url}/v/{record_sha256}",
        record_sha256=record_sha256,
        notices=(str(pair(reader, "form.bound")),),
    )
    return furniture.render(_story(reader, record), head=head, made_at=made_at)


def _story(reader: Language, record: Facts) -> list[Piece]:
    shown = _part(record, "shown")
    zone = ZoneInfo(str(shown["timezone"]))
    answers = record.get("answers")
    sections: list[tuple[str, Sequence[Piece]]] = [
        ("form.customer_and_equipment", facts(_about(reader, shown))),
        ("form.path", [Timeline(_moments(reader, record, zone))]),
        ("form.work", _work(reader, shown)),
    ]
    if answers is not None:
        sections.append(("form.satisfaction", [_likert(reader, cast("Facts", answers))]))
        sections.append(("form.remarks", [Remarks(_text(cast("Facts", answers).get("remarks")) or "—")]))
    sections.append(("form.signature", signatures([_signature(reader, record, zone)])))
    story: list[Piece] = []
    for number, (title, pieces) in enumerate(sections, start=1):
        story += [Heading(number, pair(reader, title)), *pieces]
    return story


def _about(reader: Language, shown: Facts) -> list[Fact]:
    site = " · ".join(dict.fromkeys(str(shown[name]) for name in ("site", "address") if shown.get(name)))
    return [
        Fact(pair(reader, "form.customer"), _text(shown.get("customer"))),
        Fact(pair(reader, "form.site"), site),
        Fact(pair(reader, "form.serial_number"), _text(shown.get("serial_number"))),
        Fact(pair(reader, "form.model"), _text(shown.get("model") or shown.get("family"))),
        Fact(pair(reader, "form.grade"), str(pair(reader, f"grade.{shown['grade']}"))),
        Fact(pair(reader, "form.technician"), _text(shown.get("technician"))),
        Fact(pair(reader, "form.reported"), _text(shown.get("sentence")), wide=True),
    ]


def _moments(reader: Language, record: Facts, zone: ZoneInfo) -> list[Moment]:
    shown = _part(record, "shown")
    times = [(name, shown.get(name)) for name in PATH]
    times.append(("signed_at", record.get("signed_at") or record.get("refused_at")))
    moments: list[Moment] = []
    before: datetime | None = None
    for name, text in times:
        if text is None:
            continue
        at = datetime.fromisoformat(str(text))
        gap = formats.duration(reader, at - before) if before else ""
        moments.append(Moment(pair(reader, f"form.{name}"), formats.short_instant(reader, at, zone=zone), gap))
        before = at
    return moments


def _work(reader: Language, shown: Facts) -> list[Piece]:
    if shown.get("report") is None:
        return facts([Fact(pair(reader, "form.work_done"), "")])
    report = _part(shown, "report")
    category = pair(reader, f"cause.{report['category']}")
    cause = f"{report['component']} · {report['symptom']} · {category}"
    table = facts(
        [
            Fact(pair(reader, "form.cause"), cause),
            Fact(pair(reader, "form.works_again"), str(pair(reader, f"works.{report['works_again']}"))),
            Fact(pair(reader, "form.work_done"), _text(report.get("work_done")), wide=True),
            Fact(pair(reader, "form.advice"), _text(report.get("advice")), wide=True),
        ]
    )
    parts = cast("Sequence[Facts]", report.get("parts") or ())
    return [*table, _parts(reader, parts)] if parts else table


def _parts(reader: Language, parts: Sequence[Facts]) -> Rows:
    columns = [
        Column(pair(reader, "form.part"), 4), Column(pair(reader, "form.part_number"), 2),
        Column(pair(reader, "form.quantity"), 1), Column(pair(reader, "form.old_part"), 2),
        Column(pair(reader, "form.warranty"), 1.4),
    ]  # fmt: skip
    rows = [
        [
            _text(part.get("name")), _text(part.get("part_number")), _text(part.get("quantity")),
            _text(part.get("old_part")), _yes_or_no(reader, part.get("under_warranty")),
        ]
        for part in parts
    ]  # fmt: skip
    return Rows(columns, rows)


def _likert(reader: Language, answers: Facts) -> Likert:
    scale = [pair(reader, f"satisfaction.{step}") for step in STEPS]
    questions = ["satisfaction", *PERCEPTIONS]
    return Likert(
        scale, [(pair(reader, f"perception.{name}"), cast("int | None", answers.get(name))) for name in questions]
    )


def _signature(reader: Language, record: Facts, zone: ZoneInfo) -> Signature:
    at = datetime.fromisoformat(str(record.get("signed_at") or record.get("refused_at")))
    when = formats.instant(reader, at, zone=zone)
    if record["state"] == "refused":
        return Signature(
            title=pair(reader, "form.refused"), name=_text(record.get("witness")), instead=_text(record.get("reason")),
            notes=(str(pair(reader, "form.customer" if record.get("via") == "link" else "form.witness")), when),
        )  # fmt: skip
    signer = _part(record, "signer")
    drawn = _part(record, "signature")
    place = record.get("place")
    where = "" if place is None else _place(cast("Facts", place))
    notes = [" · ".join(filter(None, (when, where))), str(pair(reader, f"form.via.{record['via']}"))]
    return Signature(
        title=pair(reader, "form.customer_signature"),
        name=" · ".join(str(signer[name]) for name in ("name", "role") if signer.get(name)),
        strokes=cast("Sequence[Stroke]", drawn["strokes"]),
        notes=notes,
    )


def _place(place: Facts) -> str:
    latitude, longitude = cast("float", place["latitude"]), cast("float", place["longitude"])
    accuracy = cast("float", place["accuracy_m"])
    return f"{latitude:.5f}, {longitude:.5f} ±{accuracy:.0f} m (WGS-84)"


def _yes_or_no(reader: Language, value: object) -> str:
    if value is None:
        return ""
    return str(pair(reader, "form.yes" if value else "form.no"))


def _part(facts_: Facts, name: str) -> Facts:
    return cast("Facts", facts_[name])


def _text(value: object) -> str:
    return "" if value is None else str(value)
