"""Runs relay, sweeps and watchdog until told to stop."""

from app import program, subscriptions
from app.assembly import assemble
from app.clockwork import turning
from app.place import found
from app.settings import Settings
from foundation.jobs import broker as queue
from foundation.jobs.subscribing import subscriptions as who_hears


def clockwork(settings: Settings) -> None:
    """Run only relay, sweeps and watchdog."""
    program.log_to_output()
    with found(settings, say=program.say) as server:
        system = assemble(settings, server.app_url, part="clockwork")
        jobs = subscriptions.jobs(system)
        doors = queue.broker_for(settings.broker_url, database_url=server.app_url)
        program.keep_what_is_loaded()
        program.switch_often()
        with turning(
            system.context, subscriptions=who_hears(jobs), ring=queue.ring_on(doors, jobs),
            recurring=subscriptions.recurring(system), database_url=server.app_url,
        ):  # fmt: skip
            program.until_told_to_stop()
        doors.close()


if __name__ == "__main__":
    program.run(clockwork)
