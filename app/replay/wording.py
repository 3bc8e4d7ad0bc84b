"""What bots say where somebody would type: reasons, reports, words of customers and owners."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one invented world. `component`, `symptom` and `work_done` are the report's."""

    language: str
    merges: str
    signer: str
    refuses: str
    witness: str
    street_closed: str
    hands_back: str
    remedied: str
    component: str
    symptom: str
    work_done: str


ENGLISH: Final = Wording(
    language="en",
    merges="The caller rang again about the same fault.",
    signer="Building manager",
    refuses="The manager is away and nobody else may sign.",
    witness="the porter",
    street_closed="The street is closed; I walk the rest.",
    hands_back="Needs somebody who knows this controller.",
    remedied="Talked to the customer; what was missed has been done.",
    component="door operator",
    symptom="out of adjustment",
    work_done="Adjusted, cleaned and lubricated; test runs on all landings.",
)
CHINESE: Final = Wording(
    language="zh-CN",
    merges="同一故障, 来电人再次来电。",
    signer="工地机管员",
    refuses="项目经理不在, 其他人不便签字。",
    witness="门卫老李",
    street_closed="前方封路, 步行进场。",
    hands_back="需要熟悉该电控系统的同事处理。",
    remedied="已与客户沟通, 遗漏事项已补办。",
    component="起升机构制动器",
    symptom="间隙超标",
    work_done="调整制动器间隙并清理制动盘, 空载与额定载荷试车正常。",
)
