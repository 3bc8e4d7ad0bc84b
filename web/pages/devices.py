"""What a browser calls itself, in the words people know it by. Pure."""

from typing import Final

#: Looked for in turn: many browsers also name those they descend from.
BROWSERS: Final = (
    ("MicroMessenger/", "WeChat"), ("DingTalk/", "DingTalk"), ("QQBrowser/", "QQ Browser"), ("Edg", "Edge"),
    ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("HuaweiBrowser/", "Huawei Browser"),
    ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"),
)  # fmt: skip
SYSTEMS: Final = (
    ("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def device(user_agent: str | None) -> str:
    """Browser and system, as far as they are told; empty when neither is known."""
    told = user_agent or ""
    found = (next((name for mark, name in marks if mark in told), "") for marks in (BROWSERS, SYSTEMS))
    return " · ".join(filter(None, found))
