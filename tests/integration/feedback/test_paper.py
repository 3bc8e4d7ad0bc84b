import io
import json
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from feedback import paper, record
from feedback.paper import House
from foundation.language import Language

HOUSE = House("华岳起重装备技术服务有限公司", "Huayue Lifting Service", "400-000-0000", "https://callout.example")
MADE_AT = datetime(2026, 11, 21, 3, 31, tzinfo=UTC)
SHOWN: dict[str, object] = {
    "number": "2026-000387", "round": 0, "language": "zh-CN", "timezone": "Asia/Shanghai", "customer": "铉远建设集团",
    "site": "云栖里二期", "address": "杭州市余杭区仓前街道", "serial_number": "HY6015-2023-0418", "family": "tower_crane",
    "model": "QTZ125", "grade": "major", "sentence": "起升机构无动作，变频器报 F0003",
    "called_at": "2026-11-21T00:12:00+00:00", "accepted_at": "2026-11-21T00:18:00+00:00", "set_off_at": None,
    "arrived_at": "2026-11-21T01:21:00+00:00", "finished_at": "2026-11-21T03:05:00+00:00", "technician": "陆堃 · T-0142",
    "report": {
        "version": 1, "component": "变频器", "symptom": "母线欠压", "category": "use", "work_done": "更换 KM1 接触器",
        "parts": [{"name": "AC contactor", "part_number": "HY-E-2217", "quantity": 1, "old_part": None, "under_warranty": True}],
        "works_again": "yes", "advice": None,
    },
}  # fmt: skip
WAVE = [{"x": 10.0 * step, "y": 40.0 + 20 * (step % 2), "t": 16.0 * step} for step in range(30)]
SIGNED: dict[str, object] = {
    "state": "signed", "via": "phone", "signer": {"name": "赵龑", "role": "机管员"},
    "answers": {
        "satisfaction": 6, "quality": 6, "speed": 7, "attitude": 7, "information": 5, "safety": 4,
        "remarks": "师傅到得很快 Arrived fast.",
    },
    "signature": {"width": 400, "height": 150, "strokes": [WAVE]}, "signed_at": "2026-11-21T03:19:42+00:00",
    "place": {"latitude": 30.27413, "longitude": 120.01224, "accuracy_m": 18},
}  # fmt: skip
REFUSED: dict[str, object] = {
    "state": "refused", "reason": "不认可费用", "witness": "王工", "answers": None,
    "refused_at": "2026-11-21T03:19:42+00:00",
}  # fmt: skip


def printed(signed: dict[str, object], **shown: object) -> tuple[bytes, str, str]:
    content = {**SHOWN, **shown}
    text = record.text_of(content)
    sealed, sha256 = record.sealed(record.Shown(text, record.digest(text), ()), signed)
    pdf = paper.made(json.loads(sealed), record_sha256=sha256, house=HOUSE, made_at=MADE_AT)
    return pdf, "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages), sha256


@pytest.mark.parametrize(
    "words",
    ["产品技术服务情况反馈", "2026-000387", "铉远建设集团", "HY6015-2023-0418", "更换 KM1 接触器", "HY-E-2217",
     "师傅到得很快 Arrived fast.", "赵龑", "很满意", "Rather satisfied", "11月21日 08:12", "30.27413"],
)  # fmt: skip
def test_what_was_signed_is_printed(words: str) -> None:
    assert words in printed(SIGNED)[1]


def test_the_paper_names_the_hash_of_the_record_it_was_made_from() -> None:
    _, text, sha256 = printed(SIGNED)
    assert sha256 in text.replace("\n", "")


def test_an_english_customer_reads_english_first_and_chinese_beside_it() -> None:
    _, text, _ = printed(SIGNED, language="en", timezone="America/New_York")
    assert "20 Nov 19:12" in text
    assert "Product technical service feedback" in text
    assert "客户满意度" in text


def test_a_refusal_prints_its_reason_and_witness_and_no_answers() -> None:
    _, text, _ = printed(REFUSED)
    assert "不认可费用" in text
    assert "王工" in text
    assert "很不满意" not in text


def test_no_text_is_missing_in_either_language() -> None:
    for language in Language:
        assert "⟦form." not in printed(SIGNED, language=language.value)[1]


def test_the_same_record_gives_the_same_bytes() -> None:
    assert printed(SIGNED)[0] == printed(SIGNED)[0]


def test_a_case_of_which_half_is_unknown_still_prints() -> None:
    nothing = dict.fromkeys(("customer", "site", "address", "serial_number", "family", "model", "technician", "report"))
    assert "2026-000387" in printed(SIGNED, **nothing)[1]
