"""A feedback form as the furniture's tests print it: every piece once, with names that are hard to set."""

from __future__ import annotations

import io
import math
from datetime import UTC, datetime

from PIL import Image

from foundation.documents.bilingual import Pair
from foundation.documents.flowables import ORANGE, Heading, Piece, Remarks, Text
from foundation.documents.furniture import Letterhead
from foundation.documents.pictures import Picture, pictures
from foundation.documents.signing import Signature, signatures
from foundation.documents.tables import Column, Fact, Likert, Rows, facts
from foundation.documents.timeline import Moment, Timeline
from foundation.documents.typesetting import Span
from foundation.language import Language

MADE_AT = datetime(2026, 11, 21, 3, 31, 7, tzinfo=UTC)
#: Characters of real names: in Noto but beyond the BMP, only in the fallback, in neither.
RARE_NAME = "𬭎𠮷"
NOWHERE = "𡈼"


def a_head(reader: Language = Language.CHINESE) -> Letterhead:
    chinese, english = "产品技术服务情况反馈", "Product technical service feedback"
    both = reader is Language.CHINESE
    return Letterhead(
        reader=reader,
        title=Pair(chinese, english) if both else Pair(english, chinese),
        number="2026-000387",
        number_label=Pair("投诉编号", "Complaint no.") if both else Pair("Complaint no.", "投诉编号"),
        house="华岳起重装备技术服务有限公司 · 7×24 服务热线 Hotline 400-000-0000",
        verify_url="https://fs.example.cn/v/7Q4K-M2XA",
        record_sha256="2a97516c354b68848cdbd8f54a226a0a" * 2,
    )


def a_signature() -> list[list[dict[str, float]]]:
    swing = [{"t": i * 8.0, "x": i * 2.2, "y": 60 + 38 * math.sin(i / 5) * math.cos(i / 23)} for i in range(120)]
    return [swing, [{"t": 1000.0, "x": 280.0, "y": 20.0}]]


def a_jpeg(shade: str = "steelblue", size: tuple[int, int] = (400, 300)) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, shade).save(written, "JPEG")
    return written.getvalue()


def a_story(
    *, remarks: str = "“师傅到得很快，处理专业。 Arrived fast; please verify the serial number first.”"
) -> list[Piece]:
    scale = [
        Pair("很不满意", "Very dissat."), Pair("不满意", "Dissatisfied"), Pair("不太满意", "Rather dissat."),
        Pair("一般", "Neutral"), Pair("较满意", "Rather satisfied"), Pair("满意", "Satisfied"),
        Pair("很满意", "Very satisfied"),
    ]  # fmt: skip
    return [
        Heading(1, Pair("客户与设备", "Customer & equipment")),
        *facts(
            [
                Fact(Pair("客户名称", "Customer"), [Span("铉远建设集团有限公司 第三项目部", 9, bold=True)]),
                Fact(Pair("联系人 / 电话", "Contact / phone"), f"{RARE_NAME}{NOWHERE}（机管员） 138 0000 0000"),
                Fact(Pair("项目地点", "Site"), "浙江省杭州市余杭区仓前街道 云栖里二期 3# 楼塔吊"),
                Fact(Pair("产品型号", "Model"), "QTZ125（TC6015A-8）塔式起重机 Tower crane"),
                Fact(
                    Pair("投诉等级", "Grade"),
                    [
                        Span("重大 Major · ", 9, bold=True, colour=ORANGE),
                        Span("停机且有悬吊载荷 Stopped with suspended load", 9),
                    ],
                ),
                Fact(Pair("故障现象", "Reported fault"), "起升机构无动作，变频器报 F0003，吊钩悬停约 32 m"),
                Fact(Pair("处理措施", "Work done"), "更换 KM1 接触器与进线端子，校紧回路；" * 9),
            ]
        ),
        Heading(2, Pair("服务过程", "Service timeline")),
        Timeline(
            [
                Moment(Pair("来电", "Called"), "11-21 08:12"),
                Moment(Pair("派工", "Dispatched"), "08:16", "4 min"),
                Moment(Pair("接单", "Accepted"), "08:18", "2 min"),
                Moment(Pair("到场", "Arrived"), "09:21", "63 min"),
                Moment(Pair("完工", "Finished"), "11:05", "104 min"),
                Moment(Pair("客户签字", "Signed"), "11:19", "14 min", done=False),
            ]
        ),
        Heading(3, Pair("更换部件", "Parts")),
        Rows(
            [Column(Pair("更换部件", "Part"), 4), Column(Pair("图号", "Part no."), 2), Column(Pair("数量", "Qty"), 1)],
            [
                ["交流接触器 LC1-D95 AC contactor", "HY-E-2217", "1"],
                ["进线端子排 Input terminal block", "HY-E-0931", "1"],
            ],
        ),
        Heading(4, Pair("客户满意度", "Customer satisfaction")),
        Likert(
            scale,
            [
                (Pair("总体满意度", "Overall"), 6),
                (Pair("质量", "Quality"), 7),
                (Pair("速度", "Speed"), 4),
                (Pair("态度", "Attitude"), 2),
                (Pair("信息准确性", "Information"), 5),
                (Pair("安全", "Safety"), None),
            ],
        ),
        Heading(5, Pair("客户意见", "Customer remarks")),
        Remarks(remarks),
        Heading(6, Pair("签字确认", "Signatures")),
        *signatures(
            [
                Signature(
                    Pair("客户签字", "Customer"),
                    f"{RARE_NAME} · 机管员 Plant manager",
                    a_signature(),
                    notes=["2026-11-21 11:19:42 (UTC+8) · 30.27413 N, 120.01224 E ±18 m (WGS-84)", "笔迹摘要 9f3c…e1"],
                ),
                Signature(
                    Pair("技术员签字", "Technician"),
                    "陆堃 · T-0142",
                    instead="拒绝签字 Refused: 等部件 waiting for parts",
                ),
            ]
        ),
        Heading(7, Pair("现场照片", "Photos")),
        *pictures([Picture(a_jpeg(), "① 维修前 Before"), Picture(a_jpeg("sienna", (300, 500)), "② 修复后 After")]),
        Text(
            "签名、位置与照片仅用于本次服务的确认。Signature, location and photos are used only to confirm this service."
        ),
    ]
