"""The one table of budgets (DESIGN 12): `python -m benchmarks` prints it, a test asserts it."""

from __future__ import annotations

from chalicelib.vault.store.states import DUE_SHARDS

from . import agents, beside_credstash, bulk, package, requests, search, start, ticks, work
from .budget import Budget, Kind

LARGE = 100_000
IDLE = 3 + DUE_SHARDS

BUDGETS = (
    Budget("read a secret", requests.request("read"), 2),
    Budget("read a secret after an epoch has moved", requests.request("read, epoch"), 3),
    Budget("read a secret that is checked out", requests.request("read, checked out"), 2),
    Budget("be refused a secret", requests.request("read, refused"), 2),
    Budget("be refused it again within a minute", requests.request("read, refused again"), 1),
    Budget("read a field", requests.request("field"), 2),
    Budget("create a secret", requests.request("create"), 4),
    Budget("update a secret", requests.request("update"), 4),
    Budget("write a field", requests.request("write field"), 4),
    Budget("log in with a second factor", requests.request("log in"), 4),
    *(
        Budget(
            f"first page of a search for {question}, {stored:,} secrets",
            search.page(question, stored),
            4,
            in_tests=stored < search.MANY or (stored < LARGE and question not in search.COMMON),
        )
        for stored in (100, search.MANY, LARGE)
        for question in search.QUESTIONS
    ),
    Budget("KMS in all of these", requests.keys_used, 0),
    Budget("read a secret in a cold process", requests.request("read, cold")),
    *(Budget(f"{job}, nothing due", ticks.idle(job), IDLE) for job in ticks.JOBS),
    *(
        Budget(f"{job}, what {ticks.MANY:,} secrets add", ticks.growth(job), 0)
        for job in ticks.JOBS
    ),
    Budget("a due heartbeat, tick to result", work.whole(work.CHECK), 10),
    Budget("of it, the tick of a heartbeat", work.stretch(work.CHECK, "offer")),
    Budget("of it, the claim of a heartbeat", work.stretch(work.CHECK, "claim")),
    Budget("of it, the answer of a heartbeat", work.stretch(work.CHECK, "answer")),
    Budget("besides, the engine's own calls of a heartbeat", work.stretch(work.CHECK, "engine")),
    Budget("a due password change, tick to result", work.whole(work.CHANGE)),
    Budget("of it, the tick of a change", work.stretch(work.CHANGE, "offer")),
    Budget("of it, the claim of a change", work.stretch(work.CHANGE, "claim")),
    Budget("of it, the answer of a change", work.stretch(work.CHANGE, "answer")),
    Budget("besides, the engine's own calls of a change", work.stretch(work.CHANGE, "engine")),
    Budget("ask for a bulk operation", bulk.asking, 4),
    *(Budget(f"an item of a bulk operation, {one}", bulk.item(one)) for one in bulk.ACTIONS),
    Budget("a row of an import", bulk.item("import"), 3),
    Budget("a secret of an export", bulk.item("export"), 3),
    Budget("an engine's callback", work.callback),
    Budget("an agent's minute, nothing to do", agents.usual),
    Budget("an agent's thorough look, twice an hour", agents.thorough),
    Budget(
        "reads a second on the local run, by those of credstash",
        beside_credstash.ratio,
        unit="x",
        kind=Kind.RATIO,
        in_tests=False,
        least=2,
    ),
    Budget("packages besides those `import app` may load", start.packages, 0, "packages"),
    Budget("modules of `import app`", start.modules, None, "modules", Kind.SIZE),
    Budget("time of `import app` by the floor", start.ratio, 1.6, "x", Kind.TIME),
    Budget("the zips", package.packed, 50, "MB", Kind.SIZE),
    Budget("the zips, unpacked", package.unpacked, 120, "MB", Kind.SIZE),
    Budget("API Gateway", package.resources, 60, "resources"),
)
