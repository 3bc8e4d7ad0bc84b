"""T1, T2, T11: what logging a call costs, how much of the database's own pace it keeps, and what a slow disk does."""

from benchmarks import calls, ground, load, processes, slowness, statements
from benchmarks.figures import Figure, median, percentile, rounded
from foundation.database.server import Server

PEOPLE = 200
ROUNDS = 7
#: Requests of one round: enough for the CPU clock's hundredths of a second to matter little.
BARE_COUNT = 4000
CALL_COUNT = 300
#: Requests before measuring: every connection has then prepared its statements and the server settled on its plans.
WARM = 400
CONNECTIONS = 32
SECONDS = 4.0


def cost() -> list[Figure]:
    """T1: CPU of API and database per durable call ÷ CPU of a bare Litestar answer, in alternating rounds."""
    with ground.running() as server:
        original = ground.database(server, f"company_{PEOPLE}", ground.company(PEOPLE))
        with ground.copy(server, original) as found, processes.part("web", found) as web, processes.bare() as bare:
            return [_cost(found, web, bare)]


def _cost(found: Server, web: processes.Part, bare: processes.Part) -> Figure:
    requests, first = calls.requests(ground.token(found, "complaint.log")), processes.postmaster()
    load.closed(web.port, requests, connections=4, count=WARM).must_be(201)
    load.closed(bare.port, calls.bare_requests(), connections=4, count=1000).must_be(201)
    api, database, answer = [], [], []
    for _ in range(ROUNDS):
        before = bare.cpu_s
        load.closed(bare.port, calls.bare_requests(), connections=4, count=BARE_COUNT).must_be(201)
        answer.append((bare.cpu_s - before) / BARE_COUNT * 1e6)
        api_before, database_before = web.cpu_s, processes.database_cpu_s(first)
        load.closed(web.port, requests, connections=4, count=CALL_COUNT).must_be(201)
        api.append((web.cpu_s - api_before) / CALL_COUNT * 1e6)
        database.append((processes.database_cpu_s(first) - database_before) / CALL_COUNT * 1e6)
    ratios = [(a + d) / b for a, d, b in zip(api, database, answer, strict=True)]
    detail = {
        "API µs": rounded(median(api)),
        "database µs": rounded(median(database)),
        "bare answer µs": rounded(median(answer)),
        "rounds": [rounded(one) for one in ratios],
    }
    return Figure("T1 CPU per durable call ÷ bare answer", rounded(median(ratios)), "×", 20, detail=detail)


def pace() -> list[Figure]:
    """T2: calls per second at 32 connections ÷ the same statements by pgbench, in alternating rounds."""
    with ground.running() as server:
        original = ground.database(server, f"company_{PEOPLE}", ground.company(PEOPLE))
        with ground.copy(server, original) as found, processes.part("web", found) as web:
            requests = calls.requests(ground.token(found, "complaint.log"))
            load.closed(web.port, requests, connections=CONNECTIONS, count=WARM).must_be(201)
            script = statements.script(found)
            ours, theirs, late = [], [], []
            for _ in range(5):
                seen = load.closed(web.port, requests, connections=CONNECTIONS, seconds=SECONDS).must_be(201)
                ours.append(seen.per_s)
                late.append(percentile(seen.seconds, 0.99) * 1000)
                theirs.append(statements.pgbench(found, script, connections=CONNECTIONS, seconds=SECONDS))
    detail = {
        "calls/s": rounded(median(ours)),
        "p99 ms": rounded(median(late)),
        "pgbench transactions/s": rounded(median(theirs)),
        "statements of one call": script.read_text(encoding="utf-8").count(";\n"),
    }
    ratios = [mine / its for mine, its in zip(ours, theirs, strict=True)]
    return [
        Figure("T2 calls/s ÷ the same SQL by pgbench", rounded(median(ratios)), "", 0.30, at_least=True, detail=detail)
    ]


def slow_disk() -> list[Figure]:
    """T11: calls per second with 2 ms added to every flush of the disk ÷ without, in alternating rounds."""
    with ground.running(preload=slowness.library(), folder="slow_server") as server:
        original = ground.database(server, f"company_{PEOPLE}", ground.company(PEOPLE))
        with ground.copy(server, original) as found, processes.part("web", found) as web:
            requests = calls.requests(ground.token(found, "complaint.log"))
            load.closed(web.port, requests, connections=CONNECTIONS, count=WARM).must_be(201)
            quick, slow = [], []
            for _ in range(5):
                slowness.add_ms(0)
                quick.append(
                    load.closed(web.port, requests, connections=CONNECTIONS, seconds=SECONDS).must_be(201).per_s
                )
                slowness.add_ms(2)
                slow.append(
                    load.closed(web.port, requests, connections=CONNECTIONS, seconds=SECONDS).must_be(201).per_s
                )
            slowness.add_ms(0)
    ratios = [one / other for one, other in zip(slow, quick, strict=True)]
    detail = {"calls/s": rounded(median(quick)), "calls/s with 2 ms more": rounded(median(slow))}
    return [
        Figure(
            "T11 calls/s with 2 ms added fsync ÷ without",
            rounded(median(ratios)),
            "",
            0.6,
            at_least=True,
            detail=detail,
        )
    ]
