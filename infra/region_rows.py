"""The rows that a move of the writing region reads and writes, in either region, by the raw API.

`regions/move` says which move is under way, `regions/<region>` when a region gave it up last.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.faults import CANCELLED, CONDITION
from chalicelib.aws.written import SHARDS, place
from chalicelib.core.audit import AuditRecord
from chalicelib.core.clock import parse_stamp, stamp
from infra.region_trail import audit_put, open_ring

Item = dict[str, Any]
Client = Callable[[str, str], Any]
"""The client of a service in a region."""

GATE = {"pk": {"S": "gate"}, "sk": {"S": "gate"}}
MOVE = {"pk": {"S": "regions"}, "sk": {"S": "move"}}
COUNTED = (
    "user",
    "group",
    "ip-restriction",
    "role",
    "secret",
    "folder",
    "permission",
    "node",
    "site",
    "engine",
)
"""Kinds of ids that counters hand out."""

SKIPPED_IDS = 10_000
RECENT = timedelta(minutes=15)
"""How far back changes are compared one by one before the writing region is handed over."""


class LostRaceError(Exception):
    """Somebody else changed the rows of the move: look again."""


@dataclass(frozen=True, slots=True)
class State:
    """What the gate of one region says.

    since:     when the move that is under way began
    upgrading: the schema that an upgrade in progress goes to; 0 for none
    """

    writing: str
    moving: str
    nodes: Mapping[str, str]
    barred: Sequence[str]
    regions: Mapping[str, str]
    since: datetime | None
    term: int
    upgrading: int = 0


@dataclass(frozen=True, slots=True)
class Rows:
    """A cluster's rows in one region."""

    client: Client
    region: str
    connection: Mapping[str, Any]

    @property
    def data(self) -> str:
        return str(self.connection["data_table"])

    def state(self) -> State:
        """The gate's word and the move's, consistently read there."""
        asked = {self.data: {"Keys": [GATE, MOVE], "ConsistentRead": True}}
        found = self._dynamodb.batch_get_item(RequestItems=asked)["Responses"][self.data]
        rows = {one["sk"]["S"]: one for one in found}
        gate, move = rows.get("gate", {}), rows.get("move")
        regions = json.loads(gate["regions"]["S"]) if "regions" in gate else {}
        home = str(self.connection["home"])
        nodes = gate.get("nodes", {"M": {}})["M"]
        return State(
            writing=gate.get("writing", {"S": ""})["S"] or (home if gate else ""),
            moving=gate.get("moving", {"S": ""})["S"],
            nodes={name: letters["S"] for name, letters in nodes.items()},
            barred=sorted(gate.get("barred", {"M": {}})["M"]),
            regions=regions,
            since=parse_stamp(move["since"]["S"]) if move else None,
            term=int(gate.get("term", {"N": "0"})["N"]),
            upgrading=int(gate.get("upgrading", {"N": "0"})["N"]),
        )

    def begin(self, state: State, to: str, now: datetime) -> None:
        """From here on nobody writes. Raises LostRaceError."""
        regions = {**dict.fromkeys(state.nodes, state.writing), **state.regions}
        gate = {
            **self._gate("SET moving = :to, writing = :from, regions = :regions"),
            "ConditionExpression": "attribute_exists(pk) AND attribute_not_exists(moving)"
            " AND (writing = :from OR attribute_not_exists(writing))"
            " AND (attribute_not_exists(upgrading) OR upgrading = :none)",
        }
        gate["ExpressionAttributeValues"] |= {
            ":none": {"N": "0"},
            ":to": {"S": to},
            ":from": {"S": state.writing},
            ":regions": {"S": json.dumps(regions)},
        }
        move = {**MOVE, "kind": {"S": "region_move"}, "since": {"S": stamp(now)}, "to": {"S": to}}
        self._transact([{"Update": gate}, {"Put": {"TableName": self.data, "Item": move}}])

    def cancel(self, state: State) -> None:
        """The writing region stays: it goes on. Raises LostRaceError."""
        gate = {
            **self._gate("REMOVE moving SET"),
            "ConditionExpression": "writing = :from AND moving = :to",
        }
        gate["ExpressionAttributeValues"] |= {
            ":from": {"S": state.writing},
            ":to": {"S": state.moving},
        }
        self._transact([{"Update": gate}, self._ended()])

    def hand_over(self, state: State, fence: datetime, said: AuditRecord) -> None:
        """The other region writes from here on. Raises LostRaceError."""
        gate = {
            **self._gate("REMOVE moving SET writing = :to, term = :term,"),
            "ConditionExpression": "writing = :from AND moving = :to",
        }
        gate["ExpressionAttributeValues"] |= {
            ":from": {"S": state.writing},
            ":to": {"S": state.moving},
            ":term": {"N": str(state.term + 1)},
        }
        left, decided = self._left(state.writing, fence), self._decided(state.moving, state.term)
        self._transact([{"Update": gate}, left, decided, self._ended(), self._audit(said)])

    def seize(self, state: State, to: str, since: datetime, said: AuditRecord) -> None:
        """This region writes from here on, whatever the other says. Raises LostRaceError."""
        regions = {**dict.fromkeys(state.nodes, state.writing), **state.regions}
        gate = {
            **self._gate("REMOVE moving SET writing = :to, regions = :regions, term = :term,"),
            "ConditionExpression": "attribute_exists(pk) AND"
            " (attribute_not_exists(writing) OR writing <> :to)",
        }
        gate["ExpressionAttributeValues"] |= {
            ":to": {"S": to},
            ":regions": {"S": json.dumps(regions)},
            ":term": {"N": str(state.term + 1)},
        }
        left, decided = self._left(state.writing, since), self._decided(to, state.term)
        self._transact([{"Update": gate}, left, decided, self._ended(), self._audit(said)])

    def skip_ids(self) -> None:
        """Leave out ids that the lost region may have given out. Repeated, it leaves out more."""
        for kind in COUNTED:
            self._dynamodb.update_item(
                TableName=self.data,
                Key={"pk": {"S": f"counter#{kind}"}, "sk": {"S": "counter"}},
                UpdateExpression="ADD #l :n SET #k = :kind",
                ExpressionAttributeNames={"#l": "last", "#k": "kind"},
                ExpressionAttributeValues={
                    ":n": {"N": str(SKIPPED_IDS)},
                    ":kind": {"S": "counter"},
                },
            )

    # -- what has come over

    def put_markers(self, move: str, now: datetime) -> list[Item]:
        """Rows to watch for in the other region; their keys."""
        keys = [{"pk": {"S": f"marker#{move}#{n}"}, "sk": {"S": "marker"}} for n in range(SHARDS)]
        ends = {"ttl": {"N": str(int(now.timestamp()) + 86_400)}, "kind": {"S": "region_marker"}}
        for key in keys:
            self._dynamodb.put_item(TableName=self.data, Item={**key, **ends})
        return keys

    def written_since(self, region: str, since: datetime) -> list[Item]:
        """Keys of the rows that list a region's changes since then, unless they were looked at."""
        found = []
        pages = self._dynamodb.get_paginator("query")
        for shard in range(SHARDS):
            asked = {
                "TableName": self.data,
                "IndexName": "index3",
                "KeyConditionExpression": "i3pk = :p AND i3sk > :s",
                "ExpressionAttributeValues": {
                    ":p": {"S": place(region, shard)},
                    ":s": {"S": stamp(since)},
                },
            }
            found += [item for page in pages.paginate(**asked) for item in page["Items"]]
        return found

    def newest_written(self, region: str) -> datetime | None:
        """When the newest change of a region that is known here was made."""
        newest = []
        for shard in range(SHARDS):
            found = self._dynamodb.query(
                TableName=self.data,
                IndexName="index3",
                KeyConditionExpression="i3pk = :p",
                ExpressionAttributeValues={":p": {"S": place(region, shard)}},
                ScanIndexForward=False,
                Limit=1,
            )["Items"]
            newest += [parse_stamp(one["i3sk"]["S"].partition("#")[0]) for one in found]
        return max(newest, default=None)

    def looked_at(self, keys: Sequence[Item]) -> None:
        """These changes came over before the region was given up: they are no conflicts."""
        for one in keys:
            self._dynamodb.update_item(
                TableName=self.data,
                Key={"pk": one["pk"], "sk": one["sk"]},
                UpdateExpression="REMOVE i3pk, i3sk",
            )

    def missing(self, keys: Sequence[Item]) -> int:
        """How many of these rows are not there yet."""
        there = 0
        for start in range(0, len(keys), 100):
            part = [{"pk": one["pk"], "sk": one["sk"]} for one in keys[start : start + 100]]
            left: Any = {self.data: {"Keys": part, "ConsistentRead": True}}
            while left:
                answer = self._dynamodb.batch_get_item(RequestItems=left)
                there += len(answer["Responses"][self.data])
                left = answer.get("UnprocessedKeys")
        return len(keys) - there

    def wake(self, node: str) -> None:
        self.client("lambda", self.region).invoke(
            FunctionName=f"conclave-{node}-agent", InvocationType="Event", Payload=b"{}"
        )

    # -- parts

    @property
    def _dynamodb(self) -> Any:
        return self.client("dynamodb", self.region)

    def _gate(self, change: str) -> Item:
        """An update of the gate that agents notice: `boxes` counts. `change` goes before it."""
        joined = change if change.endswith(("SET", ",")) else f"{change},"
        return {
            "TableName": self.data,
            "Key": GATE,
            "UpdateExpression": f"{joined} boxes = boxes + :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }

    def _left(self, region: str, at: datetime) -> Item:
        key = {"pk": {"S": "regions"}, "sk": {"S": region}}
        item = {**key, "kind": {"S": "handover"}, "left_at": {"S": stamp(at)}}
        return {"Put": {"TableName": self.data, "Item": item}}

    def _decided(self, writing: str, term: int) -> Item:
        """See `by_decision`: a lost region's gate may come back, this row it never writes."""
        key = {"pk": {"S": "regions"}, "sk": {"S": "decision"}}
        said = {"writing": {"S": writing}, "term": {"N": str(term + 1)}}
        item = {**key, "kind": {"S": "region_decision"}, **said}
        return {"Put": {"TableName": self.data, "Item": item}}

    def _ended(self) -> Item:
        return {"Delete": {"TableName": self.data, "Key": MOVE}}

    def _audit(self, said: AuditRecord) -> Item:
        ring = open_ring(self._dynamodb, self.client("kms", self.region), self.connection)
        return audit_put(str(self.connection["audit_table"]), said, ring)

    def _transact(self, writes: Sequence[Item]) -> None:
        try:
            self._dynamodb.transact_write_items(TransactItems=list(writes))
        except ClientError as error:
            if error.response["Error"]["Code"] in (CANCELLED, CONDITION):
                raise LostRaceError from error
            raise
