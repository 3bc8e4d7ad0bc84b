"""Start a program that dies with its starter and, when the starter is root, runs as nobody.

Run as a program of its own (`python -I -S launching.py …`), because changing user and capabilities between fork and
exec of a threaded process is not safe. PostgreSQL refuses to run as root, so root hands over to another account.
When a folder on the way to its files is closed to that account (`/root` is, by default), the one capability to pass
through closed folders is kept; nothing else of root survives.

Sources: prctl(2), capabilities(7). The parent-death signal exists on Linux only; elsewhere it is left out.
"""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

PR_SET_PDEATHSIG: Final = 1
PR_SET_KEEPCAPS: Final = 8
PR_CAP_AMBIENT: Final = 47
PR_CAP_AMBIENT_RAISE: Final = 2
CAPABILITY_VERSION: Final = 0x20080522
#: Capabilities that pass through closed folders, the narrower first; containers often grant the second only.
CAP_DAC_READ_SEARCH: Final = 2
CAP_DAC_OVERRIDE: Final = 1


@dataclass(frozen=True, slots=True)
class Account:
    """The operating system account a program runs as."""

    uid: int
    gid: int


def account_for(folder: Path) -> Account | None:
    """The account that must own and run what lies in `folder`: None keeps the present one, root never stays root."""
    if os.geteuid() != 0:
        return None
    if folder.exists() and (found := folder.stat()).st_uid:
        return Account(uid=found.st_uid, gid=found.st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(uid=nobody.pw_uid, gid=nobody.pw_gid)


def closed(path: Path) -> bool:
    """Whether a folder on the way to `path` can't be passed by an account it doesn't belong to."""
    return any(not folder.stat().st_mode & 0o001 for folder in path.absolute().parents)


def launch(
    command: Sequence[str],
    *,
    account: Account | None = None,
    pass_closed: bool = False,
    dies_by: signal.Signals | None = None,
    log: IO[bytes] | int | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, so that Ctrl-C reaches its starter alone.

    `dies_by` is the signal it gets when the *thread* that started it ends, however that happens: call from the main
    thread.
    """
    who = "-" if account is None else f"{account.uid}:{account.gid}"
    plan = [str(os.getpid()), "0" if dies_by is None else str(int(dies_by)), who, "1" if pass_closed else "0"]
    return subprocess.Popen(
        [sys.executable, "-I", "-S", __file__, *plan, *command],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT if log is not None else None,
        start_new_session=True,
        env=None if env is None else dict(env),
    )


def _refuse(what: str) -> None:
    number = ctypes.get_errno()
    raise OSError(number, f"{what}: {os.strerror(number)}")


def _prctl(libc: ctypes.CDLL, *arguments: int) -> None:
    padded = [ctypes.c_ulong(argument) for argument in (*arguments, 0, 0, 0, 0)[:5]]
    if libc.prctl(*padded):
        _refuse("prctl")


def _keep_only(libc: ctypes.CDLL, capability: int) -> None:
    """Hold exactly one capability and pass it on to the program that is started next."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    bit = 1 << capability
    data = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    if libc.capset(header, data):
        _refuse("capset")
    _prctl(libc, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability)


def _permitted() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapPrm:"):
            return int(line.split()[1], 16)
    return 0


def _become(libc: ctypes.CDLL, account: Account, *, pass_closed: bool) -> None:
    """Stop being root, for good; OSError when a closed folder would have to be passed and can't."""
    has = _permitted() if pass_closed else 0
    kept = next((wanted for wanted in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE) if has >> wanted & 1), None)
    if kept is not None:
        _prctl(libc, PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setgid(account.gid)
    os.setuid(account.uid)
    if kept is not None:
        _keep_only(libc, kept)


def _main(parent: int, dies_by: int, who: str, *, pass_closed: bool, command: list[str]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if who != "-":
        uid, gid = who.split(":")
        _become(libc, Account(uid=int(uid), gid=int(gid)), pass_closed=pass_closed)
    if dies_by and sys.platform == "linux":
        # After the change of user, which would clear it; then a look whether the starter died in between.
        _prctl(libc, PR_SET_PDEATHSIG, dies_by)
        if os.getppid() != parent:
            sys.exit(1)
    # Python ignores SIGPIPE; a program that inherits that would write into closed pipes for ever.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execv(command[0], command)  # noqa: S606 (the command comes from `launch`, and a shell is what we avoid)


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], pass_closed=sys.argv[4] == "1", command=sys.argv[5:])
