"""Who rings next in a live demo: endless, invented, the same for the same seed. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Final

from app.demo import people
from app.replay.scenario import CALM, Fault, PlannedCall, Unit

#: Shares of the calls; more of them are grave than in life, so that the board shows every colour within minutes.
MAJOR: Final = 0.1
SERIOUS: Final = 0.35
#: Callers whose crane's number nobody can read.
UNKNOWN: Final = 0.08

_GRAVE: Final = ({"people_in_danger": True, "machine_state": "stopped"}, {"structure_or_load": True})
_SERIOUS: Final = ({"machine_state": "stopped"}, {"safety_device_out": True}, {"work_halted": True})
_NAMES: Final = [
    "赵德明",
    "钱国华",
    "孙丽萍",
    "李长江",
    "周卫东",
    "吴秀英",
    "郑海峰",
    "王守义",
    "冯玉兰",
    "陈建军",
    "褚大勇",
    "卫东平",
]

FAULTS: Final[Mapping[str, Sequence[Fault]]] = {
    people.TOWER_CRANE: (
        Fault("塔吊起升无动作, 吊钩停在半空", "起升机构", "不动作", 3),
        Fault("回转有异响, 司机不敢再转", "回转机构", "异响", 3),
        Fault("变幅小车走走停停", "变幅机构", "卡滞", 2),
        Fault("力矩限制器一直报警, 空钩也报", "力矩限制器", "误报警", 2),
        Fault("操作室没有电, 按钮都不亮", "电控系统", "无电", 2),
    ),
    people.HOIST: (
        Fault("施工升降机到 18 层就停, 门打不开", "吊笼门", "打不开", 3),
        Fault("升降机启动抖得厉害", "传动机构", "抖动", 2),
        Fault("平层差十几公分, 工人跨着走", "平层装置", "平层偏差", 3),
        Fault("防坠器动作了, 吊笼卡住", "防坠安全器", "动作", 1),
    ),
    people.CRAWLER_CRANE: (
        Fault("履带吊主卷扬漏油", "主卷扬", "漏油", 2),
        Fault("发动机冒黑烟, 没力", "发动机", "功率不足", 2),
    ),
    people.PLATFORM: (
        Fault("吊篮一头高一头低, 上不去", "提升机", "不同步", 3),
        Fault("吊篮安全锁锁死了", "安全锁", "锁死", 2),
    ),
    people.GANTRY: (
        Fault("龙门吊大车跑偏啃轨", "大车运行机构", "啃轨", 2),
        Fault("龙门吊遥控器没反应", "遥控器", "无响应", 1),
    ),
}


def calls(units: Sequence[Unit], *, seed: int, count: int | None) -> Iterator[PlannedCall]:
    """Calls one after the other, numbered from 0; endless without `count`. `units` must not be empty."""
    dice = Random(f"{seed}/live")  # noqa: S311 -- seeded on purpose
    number = 0
    while count is None or number < count:
        yield _call(number, dice.choice(units), dice=dice)
        number += 1


def _call(number: int, unit: Unit, *, dice: Random) -> PlannedCall:
    faults = FAULTS.get(unit.family, FAULTS[people.TOWER_CRANE])
    grade, facts = _graded(dice)
    known = dice.random() >= UNKNOWN
    return PlannedCall(
        number=number, at_min=0.0, unit=unit, grade=grade, facts=facts, knows_serial=known, by_token=False,
        fault=dice.choices(faults, weights=[fault.share for fault in faults])[0], caller=dice.choice(_NAMES),
        phone=f"139{dice.randrange(10_000):04d}{number % 10_000:04d}",
        serial_given=unit.serial_number if known else f"{unit.serial_number[:2]}??{unit.serial_number[-2:]}",
    )  # fmt: skip


def _graded(dice: Random) -> tuple[str, Mapping[str, object]]:
    pick = dice.random()
    if pick < MAJOR:
        return "major", {**CALM, **dice.choice(_GRAVE)}
    if pick < MAJOR + SERIOUS:
        return "serious", {**CALM, **dice.choice(_SERIOUS)}
    return "general", CALM
