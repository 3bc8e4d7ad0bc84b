"""What was called in: each complaint as its caller told it and as those involved took it, in plain data.

How far a complaint has come follows from how long ago it was called in: the play stops at the present.
"""

from dataclasses import dataclass, field
from typing import Final

import msgspec

from app.demo import people
from intake.grades import GradeFacts, Injury, MachineState, PropertyLoss
from visits.phone import CauseCategory

_CALM: Final = GradeFacts(
    injury=Injury.NONE, people_in_danger=False, structure_or_load=False, safety_device_out=False,
    machine_state=MachineState.WORKING, work_halted=False, property_loss=PropertyLoss.NONE, public_attention=False,
)  # fmt: skip


def _facts(**answers: object) -> GradeFacts:
    """The calm answers, but for these."""
    return msgspec.structs.replace(_CALM, **answers)


@dataclass(frozen=True, slots=True)
class Signed:
    """How the customer fills in the form."""

    satisfaction: int
    name: str
    remarks: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What the technician writes into the report."""

    component: str
    symptom: str
    category: CauseCategory
    work: str
    advice: str


@dataclass(frozen=True, slots=True)
class Tale:
    """One complaint. Minutes count from what came before; None means that it didn't come to that."""

    called_ago_min: int
    family: str
    city: int
    caller: str
    sentence: str
    component: str | None = None
    symptom: str | None = None
    asked_for: str | None = None
    facts: GradeFacts = field(default_factory=lambda: _CALM)
    #: A serial number nobody knows, given by the caller.
    unknown_serial: str | None = None
    #: Logged by the telephone system at night, not by a person.
    by_machine: bool = False
    #: How many technicians decline, and how many don't answer, before somebody accepts; None: nobody does.
    declines: int = 0
    silent: int = 0
    accepts_min: int | None = 3
    sets_off_min: int = 6
    works_min: int = 95
    #: Instead of finishing: wait for parts, for so many hours.
    suspends_h: int | None = None
    #: Tried by telephone instead of sending somebody, with this person's consent.
    guided_with: str | None = None
    found: Found | None = None
    signs: Signed | None = None
    refuses: str | None = None
    #: Hours after signing at which the follow-up call reaches nobody, and at which the customer says that it is solved.
    missed_calls_h: tuple[int, ...] = ()
    solved_h: int | None = None
    #: Minutes after which the owner of an escalation acknowledges it; None: not yet.
    owner_answers_min: int | None = None


#: The oldest first.
TALES: Final = (
    Tale(
        6 * 1440 + 130,
        people.HOIST,
        2,
        "周国庆",
        "升降机到 12 层平层不准, 差十几公分, 工人要跨着走",
        "平层装置",
        "平层偏差",
        "重新调整平层",
        accepts_min=11,
        works_min=110,
        found=Found(
            "平层感应器",
            "支架松动移位",
            CauseCategory.MAINTENANCE,
            "紧固感应器支架并重新标定各层平层位置",
            "每周检查支架螺栓",
        ),
        signs=Signed(7, "周国庆", "来得快, 讲得也明白"),
        solved_h=50,
    ),
    Tale(
        4 * 1440 + 410,
        people.TOWER_CRANE,
        4,
        "黎永年",
        "塔吊回转不动, 有焦糊味, 已经停用",
        "回转机构",
        "不动作",
        "更换回转电机",
        facts=_facts(machine_state=MachineState.STOPPED),
        declines=1,
        accepts_min=4,
        works_min=190,
        found=Found(
            "回转电机",
            "绕组烧毁",
            CauseCategory.USE,
            "更换回转电机, 调整液力耦合器, 空载与额定载荷试车正常",
            "避免频繁打反车",
        ),
        signs=Signed(6, "黎永年"),
        missed_calls_h=(26,),
        solved_h=44,
    ),
    Tale(
        3 * 1440 + 275,
        people.PLATFORM,
        1,
        "沈丽娟",
        "吊篮安全锁偶尔会卡住, 要拍一下才松",
        "安全锁",
        "卡滞",
        None,
        silent=1,
        accepts_min=6,
        works_min=80,
        found=Found(
            "安全锁",
            "进灰卡滞",
            CauseCategory.MAINTENANCE,
            "清洗安全锁并做锁绳试验三次合格",
            "雨后做一次锁绳试验",
        ),
        signs=Signed(6, "沈丽娟"),
        missed_calls_h=(40,),
    ),
    Tale(
        2 * 1440 + 380,
        people.HOIST,
        6,
        "蒋勇",
        "升降机启动时抖得厉害, 上个月才修过",
        "变频器",
        "启动抖动",
        "换一台变频器",
        accepts_min=9,
        works_min=140,
        found=Found(
            "变频器",
            "参数丢失",
            CauseCategory.INSTALLATION,
            "恢复变频器参数, 更换后备电池",
            "停电后核对参数",
        ),
        signs=Signed(3, "蒋勇", "同一个毛病第二次了, 等了一上午"),
        owner_answers_min=35,
    ),
    Tale(
        1 * 1440 + 640,
        people.TOWER_CRANE,
        0,
        "侯建业",
        "塔吊小车变幅异响, 走到一半会顿一下",
        "变幅机构",
        "异响",
        "更换减速机",
        accepts_min=8,
        works_min=75,
        suspends_h=48,
        found=Found(
            "变幅减速机",
            "齿轮点蚀",
            CauseCategory.MANUFACTURE,
            "确认减速机齿轮点蚀, 已下单发货",
            "减速机到货前停用变幅高速档",
        ),
    ),
    Tale(
        1 * 1440 + 85,
        people.HOIST,
        3,
        "陶金荣",
        "升降机门锁失灵, 门没关也能开走",
        "门机联锁",
        "失效",
        "马上派人",
        facts=_facts(safety_device_out=True),
        accepts_min=3,
        works_min=100,
        found=Found(
            "门机联锁开关",
            "触点烧结",
            CauseCategory.USE,
            "更换联锁开关两只, 逐层试验合格",
            "不得短接联锁开关",
        ),
        refuses="项目经理不在, 其他人不肯签字",
        owner_answers_min=170,
    ),
    Tale(
        9 * 60 + 20,
        people.TOWER_CRANE,
        5,
        "温志伟",
        "塔吊力矩限制器报警不停, 吊什么都报警",
        "力矩限制器",
        "误报警",
        None,
        facts=_facts(work_halted=True),
        accepts_min=5,
        works_min=900,
    ),
    Tale(
        36,
        people.HOIST,
        7,
        "冉光明",
        "升降机楼层呼叫没反应, 别的都正常",
        "呼叫系统",
        "无反应",
        None,
        accepts_min=None,
        guided_with="冉光明",
    ),
    Tale(
        2 * 60 + 25,
        people.TOWER_CRANE,
        2,
        "戚大勇",
        "塔吊起升刹车打滑, 吊着的钢筋往下溜了两米多, 人都跑开了",
        "起升制动器",
        "打滑",
        "赶快来人, 我们不敢动",
        facts=_facts(structure_or_load=True, machine_state=MachineState.STOPPED),
        accepts_min=1,
        sets_off_min=3,
        works_min=300,
        owner_answers_min=9,
    ),
    Tale(
        105,
        people.TOWER_CRANE,
        6,
        "尹德全",
        "塔吊驾驶室空调和雨刮都不工作, 司机看不清",
        "驾驶室电气",
        "不工作",
        None,
        accepts_min=12,
        sets_off_min=10,
    ),
    Tale(
        70,
        people.GANTRY,
        4,
        "Peter Novak",
        "The gantry crane stops under load, the pour is waiting.",
        "drive",
        "stops under load",
        None,
        facts=_facts(machine_state=MachineState.STOPPED, work_halted=True),
        declines=9,
        accepts_min=None,
        owner_answers_min=12,
    ),
    Tale(
        48,
        people.TOWER_CRANE,
        1,
        "倪海峰",
        "塔吊顶升一半, 液压站突然没压力了, 停在那里",
        "顶升液压站",
        "无压力",
        None,
        facts=_facts(machine_state=MachineState.STOPPED),
        declines=2,
        accepts_min=4,
        sets_off_min=5,
    ),
    Tale(
        26,
        people.CRAWLER_CRANE,
        4,
        "欧阳健",
        "履带吊发动机水温高, 开半小时就要歇",
        "发动机",
        "水温高",
        None,
        silent=9,
        accepts_min=None,
    ),
    Tale(
        9,
        people.TOWER_CRANE,
        0,
        "值班室",
        "设备编号看不清, 塔吊主电缆破皮, 有火花",
        unknown_serial="ZJ55?0-88",
        by_machine=True,
        facts=GradeFacts(machine_state=MachineState.STOPPED),
        accepts_min=None,
    ),
    Tale(
        4,
        people.HOIST,
        3,
        "费敏",
        "升降机限速器到期了, 想约检测, 顺便看看齿条润滑",
        "限速器",
        "到期",
        "约时间检测",
        accepts_min=None,
    ),
)
