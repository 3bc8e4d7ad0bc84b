"""A disk that takes longer: a small library put before PostgreSQL's own that waits before every flush.

How long is read from a file that both sides map, so one running server is measured with and without in turn.
"""

import struct
import subprocess
import tempfile
from pathlib import Path
from typing import Final

FOLDER: Final = Path(tempfile.gettempdir()) / "callout-slowness"
DELAY: Final = FOLDER / "delay"
SOURCE: Final = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>
static volatile uint32_t *delay;
static void wait_first(void) {
    if (!delay) {
        int file = open("%s", O_RDONLY);
        if (file < 0) return;
        delay = mmap(0, 4, PROT_READ, MAP_SHARED, file, 0);
        close(file);
    }
    if (*delay) usleep(*delay);
}
int fdatasync(int fd) { wait_first(); return ((int (*)(int)) dlsym(RTLD_NEXT, "fdatasync"))(fd); }
int fsync(int fd) { wait_first(); return ((int (*)(int)) dlsym(RTLD_NEXT, "fsync"))(fd); }
"""


def library() -> Path:
    """The compiled library; needs a C compiler named cc. Readable for the account that PostgreSQL runs as."""
    FOLDER.mkdir(mode=0o755, exist_ok=True)
    add_ms(0)
    source, made = FOLDER / "slow.c", FOLDER / "slow.so"
    source.write_text(SOURCE % DELAY, encoding="ascii")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(made), str(source), "-ldl"], check=True)  # noqa: S607
    made.chmod(0o755)
    return made


def add_ms(delay_ms: float) -> None:
    """From now on every flush takes so much longer."""
    if not DELAY.exists():
        DELAY.write_bytes(bytes(4))
        DELAY.chmod(0o644)
    with DELAY.open("r+b") as file:
        file.write(struct.pack("=I", int(delay_ms * 1000)))
