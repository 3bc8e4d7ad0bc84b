"""A RabbitMQ of the tests' own: an ordinary child in a folder of its own, on loopback, killed and started at will.

Its epmd, with which Erlang's programs find each other, is a child as well: one that the broker starts by itself would
outlive it.
"""

import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from foundation.database import launching

ADDRESS: Final = "127.0.0.1"
#: Tries to reach epmd, 20 ms apart.
TRIES: Final = 500
#: What the server prints when everybody may connect.
STARTED: Final = b"completed with 0 plugins"
#: Small: 256 MB of memory, one scheduler that doesn't spin while it waits, no folder or file elsewhere.
CONFIGURATION: Final = """\
listeners.tcp.1 = {address}:{port}
vm_memory_high_watermark.absolute = 256MiB
disk_free_limit.absolute = 1MB
log.console = false
"""
ERLANG: Final = "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none"


@dataclass(slots=True)
class Rabbit:
    """The broker; what it stores stays from one start to the next, and so does its address."""

    script: str
    port: int
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What BROKER_URL says."""
        return f"amqp://guest:guest@{ADDRESS}:{self.port}/"

    def launch(self) -> None:
        """Start it without waiting. Call from the main thread: it dies with that."""
        self.process = launching.launch(
            [self.script], dies_by=signal.SIGKILL, log=subprocess.PIPE, env=self.environment
        )

    def await_start(self) -> None:
        """Return when it takes connections, some seconds after the launch."""
        assert self.process is not None
        assert self.process.stdout is not None
        said = []
        for line in self.process.stdout:
            said.append(line.decode(errors="replace"))
            if STARTED in line:
                return
        raise AssertionError("RabbitMQ did not start:\n" + "".join(said))

    def kill(self) -> None:
        """End it with everything it started, without a word to anybody."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.process = None


@contextmanager
def running(script: str, folder: Path) -> Iterator[Rabbit]:
    """A broker that was launched and runs until the block ends, with all its files in the folder."""
    port, names, nodes = (free_port() for _ in range(3))
    environment = environment_for(folder, names=names, nodes=nodes)
    (folder / "rabbitmq.conf").write_text(CONFIGURATION.format(address=ADDRESS, port=port))
    (folder / "enabled_plugins").write_text("[].\n")
    (folder / "env.conf").touch()
    epmd = shutil.which("epmd")
    assert epmd is not None
    rabbit = Rabbit(script=script, port=port, environment=environment)
    with launching.launch([epmd], dies_by=signal.SIGKILL, log=subprocess.DEVNULL, env=environment) as name_server:
        try:
            await_listener(names)
            rabbit.launch()
            yield rabbit
        finally:
            rabbit.kill()
            name_server.kill()


def environment_for(folder: Path, *, names: int, nodes: int) -> Mapping[str, str]:
    """The whole environment: nothing of the machine's own broker is read. `HOME` holds Erlang's cookie."""
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "detached": "yes",  # The script becomes the server instead of waiting for it.
        "ERL_EPMD_ADDRESS": ADDRESS,
        "ERL_EPMD_PORT": str(names),
        "ERL_CRASH_DUMP": "/dev/null",
        "RABBITMQ_NODENAME": "callout@localhost",
        "RABBITMQ_DIST_PORT": str(nodes),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "env.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ERLANG,
    }


def free_port() -> int:
    """A port of loopback that nobody has at the moment."""
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])


def await_listener(port: int) -> None:
    """Return when somebody listens there."""
    waiting = threading.Event()
    for _ in range(TRIES):
        with socket.socket() as probe:
            if probe.connect_ex((ADDRESS, port)) == 0:
                return
        waiting.wait(0.02)
    raise AssertionError(f"nobody listens on port {port}")
