"""Who works in the invented company: regions, cities, desk and field, and how they sign in."""

from dataclasses import dataclass
from typing import Final

from app.settings import Settings
from foundation.accounts.roles import Role
from foundation.language.tongues import Language
from technicians.words import OutletKind

#: One password for every invented person; long enough for the rules, and shown on the sign-in page on purpose.
PASSWORD: Final = "callout-demo-2026"  # noqa: S105 -- invented, shown to everybody
TIMEZONE: Final = "Asia/Shanghai"

TOWER_CRANE: Final = "tower_crane"
HOIST: Final = "construction_hoist"
CRAWLER_CRANE: Final = "crawler_crane"
PLATFORM: Final = "suspended_platform"
GANTRY: Final = "gantry_crane"


@dataclass(frozen=True, slots=True)
class InventedRegion:
    """A region of the company."""

    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody of the desk; `regions` is empty for those who see everything or only what is shown to them."""

    login: str
    name: str
    role: Role
    regions: tuple[str, ...] = ()
    deputy: str | None = None
    language: Language = Language.CHINESE


@dataclass(frozen=True, slots=True)
class City:
    """Where the company has an outlet; WGS-84 degrees of the outlet, and of districts where sites are."""

    name: str
    region: str
    outlet: str
    kind: OutletKind
    latitude: float
    longitude: float
    plate: str
    districts: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody of the field; `city` is an index into CITIES, `families` what they work on beside cranes and hoists."""

    login: str
    name: str
    city: int
    families: tuple[str, ...] = ()
    senior: bool = False


@dataclass(frozen=True, slots=True)
class SignIn:
    """One login for the sign-in page; `language` is what this person reads."""

    login: str
    name: str
    role: str
    language: str


@dataclass(frozen=True, slots=True)
class SignIns:
    """What the sign-in page of a demo tells."""

    password: str
    people: tuple[SignIn, ...]
    #: Everybody in the field: whose telephone rings depends on the hour.
    field: tuple[SignIn, ...]


REGIONS: Final = (
    InventedRegion("HB", "华北", "North China"),
    InventedRegion("HD", "华东", "East China"),
    InventedRegion("HN", "华南", "South China"),
    InventedRegion("XN", "西南", "Southwest China"),
)

STAFF: Final = (
    Staff("agent.hd", "顾晓雯", Role.AGENT, ("HD",)),
    Staff("agent.hn", "莫佳怡", Role.AGENT, ("HN",)),
    Staff("agent.hb", "白静", Role.AGENT, ("HB",)),
    Staff("agent.xn", "蒲小燕", Role.AGENT, ("XN",)),
    Staff("agent.night", "Emma Clarke", Role.AGENT, ("HB", "HD", "HN", "XN"), language=Language.ENGLISH),
    Staff("dispatcher.hd", "施文斌", Role.DISPATCHER, ("HD",), deputy="dispatcher.hn"),
    Staff("dispatcher.hn", "区志强", Role.DISPATCHER, ("HN",), deputy="dispatcher.hd"),
    Staff("dispatcher.hb", "石磊", Role.DISPATCHER, ("HB",), deputy="dispatcher.xn"),
    Staff("dispatcher.xn", "向阳", Role.DISPATCHER, ("XN",), deputy="dispatcher.hb"),
    Staff("manager.hd", "严立群", Role.MANAGER, ("HD",), deputy="manager.hn"),
    Staff("manager.hn", "麦国栋", Role.MANAGER, ("HN",), deputy="manager.hd"),
    Staff("manager.hb", "贺建民", Role.MANAGER, ("HB",), deputy="manager.xn"),
    Staff("manager.xn", "龙兴华", Role.MANAGER, ("XN",), deputy="manager.hb"),
    Staff("appraiser", "秦知远", Role.APPRAISER, deputy="appraiser.2"),
    Staff("appraiser.2", "孟庆安", Role.APPRAISER, deputy="appraiser"),
    Staff("head", "夏国平", Role.HEAD),
    Staff("admin", "华志明", Role.ADMIN),
)

OWN, CONTRACTED = OutletKind.OWN, OutletKind.CONTRACTED
CITIES: Final = (
    City(
        "北京",
        "HB",
        "北京通州服务站",
        OWN,
        39.9025,
        116.6570,
        "京A",
        (("北京市通州区", 39.9090, 116.6570), ("北京市大兴区", 39.7268, 116.3417), ("北京市朝阳区", 39.9219, 116.4435)),
    ),
    City(
        "石家庄",
        "HB",
        "石家庄特约服务网点",
        CONTRACTED,
        38.0428,
        114.5149,
        "冀A",
        (
            ("石家庄市裕华区", 38.0065, 114.5310),
            ("石家庄市正定县", 38.1465, 114.5710),
            ("保定市莲池区", 38.8833, 115.4970),
        ),
    ),
    City(
        "上海",
        "HD",
        "上海松江服务站",
        OWN,
        31.0322,
        121.2277,
        "沪A",
        (
            ("上海市浦东新区", 31.2215, 121.5447),
            ("上海市青浦区", 31.1500, 121.1242),
            ("上海市嘉定区", 31.3747, 121.2653),
        ),
    ),
    City(
        "杭州",
        "HD",
        "杭州萧山服务站",
        OWN,
        30.1838,
        120.2644,
        "浙A",
        (("杭州市余杭区", 30.4190, 120.2990), ("杭州市滨江区", 30.2084, 120.2120), ("绍兴市柯桥区", 30.0820, 120.4950)),
    ),
    City(
        "广州",
        "HN",
        "广州番禺服务站",
        OWN,
        22.9377,
        113.3840,
        "粤A",
        (("广州市黄埔区", 23.1815, 113.4805), ("佛山市顺德区", 22.8052, 113.2930), ("广州市南沙区", 22.8018, 113.5253)),
    ),
    City(
        "深圳",
        "HN",
        "深圳龙岗特约服务网点",
        CONTRACTED,
        22.7200,
        114.2478,
        "粤B",
        (
            ("深圳市宝安区", 22.5550, 113.8840),
            ("东莞市南城街道", 23.0207, 113.7518),
            ("惠州市惠城区", 23.0841, 114.3828),
        ),
    ),
    City(
        "成都",
        "XN",
        "成都双流服务站",
        OWN,
        30.5744,
        103.9237,
        "川A",
        (("成都市高新区", 30.5430, 104.0633), ("成都市新都区", 30.8235, 104.1588), ("德阳市旌阳区", 31.1428, 104.4168)),
    ),
    City(
        "重庆",
        "XN",
        "重庆渝北特约服务网点",
        CONTRACTED,
        29.7180,
        106.6310,
        "渝A",
        (
            ("重庆市两江新区", 29.7290, 106.4630),
            ("重庆市巴南区", 29.4024, 106.5404),
            ("重庆市沙坪坝区", 29.5410, 106.4577),
        ),
    ),
)
#: People of one city: two of each shift, their days off apart, so that one of them is on duty at any hour.
HANDS_PER_CITY: Final = 6

_NAMES: Final = (
    "lu 陆建国,chen 陈志刚,lin 林海涛,huang 黄永胜,zhou 周大伟,wu 吴家栋",
    "xu 徐铁军,sun 孙立新,ma 马占山,zhu 朱洪亮,hu 胡振华,guo 郭宝成",
    "he 何松年,gao 高翔,luo 罗志远,zheng 郑学文,liang 梁启明,xie 谢国强",
    "song 宋长河,tang 唐云飞,deng 邓小虎,han 韩冬,feng 冯永利,cao 曹振东",
    "peng 彭伟雄,zeng 曾庆祥,xiao 肖剑,tian 田野,dong 董明珠,yuan 袁浩然",
    "pan 潘俊杰,jiang 蒋天恩,cai 蔡文胜,yu 余海洋,du 杜子腾,ye 叶茂林",
    "cheng 程远航,su 苏建平,wei 魏国安,ding 丁一鸣,ren 任重,shen 沈万山",
    "yao 姚启东,fu 傅红兵,zhong 钟石头,cui 崔巍,tan 谭四清,fan 范德成",
)


def _hand(city: int, place: int, entry: str) -> Hand:
    login, name = entry.split(" ")
    besides = [family for family, every in ((CRAWLER_CRANE, 3), (PLATFORM, 2)) if place % every == 0]
    # Two people of the whole company know gantry cranes: enough to show what happens when nobody is left.
    gantry = [GANTRY] if (city, place) in {(2, 1), (4, 2)} else []
    return Hand(f"tech.{login}", name, city, (*besides, *gantry), senior=place % HANDS_PER_CITY in {0, 3})


HANDS: Final = tuple(
    _hand(city, place, entry) for city, names in enumerate(_NAMES) for place, entry in enumerate(names.split(","))
)

#: Shown on the sign-in page: one of each kind, not all seventy.
_SHOWN: Final = (
    "dispatcher.hd",
    "agent.hd",
    "tech.he",
    "manager.hd",
    "appraiser",
    "head",
    "admin",
    "agent.night",
    "tech.peng",
)


def sign_ins(settings: Settings) -> SignIns | None:
    """The invented people for the sign-in page; None when this is no demo."""
    if not settings.demo:
        return None
    known = {staff.login: SignIn(staff.login, staff.name, staff.role, staff.language) for staff in STAFF}
    field = {hand.login: SignIn(hand.login, hand.name, Role.TECHNICIAN, Language.CHINESE) for hand in HANDS}
    shown = tuple((known | field)[login] for login in _SHOWN)
    return SignIns(password=PASSWORD, people=shown, field=tuple(field.values()))


def sign_in_lines() -> list[str]:
    """What the terminal tells about signing in."""
    shown = "agent.hd, dispatcher.hd, manager.hd, tech.he, appraiser, head, admin"
    return [f"Sign in as one of {shown} with the password {PASSWORD}."]
