"""Every function of a node does everything it does, once: for what it asks of AWS.

Whoever gives a function something new to ask of AWS lets it do that here.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from chalicelib import SCHEMA, VERSION
from chalicelib.aws import connection
from chalicelib.aws.bus import Outgoing
from chalicelib.aws.clients import client
from chalicelib.aws.commit import OutboxRow, outbox_row
from chalicelib.aws.ends import ending
from chalicelib.catalogue import BY_NAME, OPERATIONS, Operation
from chalicelib.cluster.backbone import QUEUES, own
from chalicelib.cluster.functions import WORKERS
from chalicelib.cluster.gate import GATE_KEY
from chalicelib.cluster.store import GateRow
from chalicelib.core.ids import fresh_id
from chalicelib.core.messages import Message, Ref, encode, message
from chalicelib.core.plain import Plain
from chalicelib.core.sealing import Opener
from chalicelib.sites.store import NonceRow
from chalicelib.web.areas import all_endpoints
from infra import setup_code
from tests.canary import canary
from tests.cluster.signer import LicenceSigner, licence, set_signer

from .far_engine import FarEngine
from .far_source import follow_a_copy
from .live_node import MACHINE, Node, deployed
from .nodes import make_mapping

UNIX_ACCOUNT, SSH_KEY = 6007, 6026
MINUTES, HOUR = timedelta(minutes=2), timedelta(hours=1)
LONG_AGO = timedelta(days=60)
ENDING = {"run": "job", "past-change": "change", "session": "session", "item": "item"} | {
    kind: kind
    for kind in (
        "throttle",
        "nonce",
        "dead-letters",
        "bulk",
        "mail",
        "mail-code",
        "once",
        "import",
        "export",
    )
}
"""Kinds of rows that end, by how their keys begin."""
NO_KEY = {"id": "", "rawId": "", "response": {}}
AUDIT_TABLE = "conclave-test-audit"
WORK = {one.name: one for one in WORKERS}


def digests() -> list[dict[str, object]]:
    """The keys of all digests in the audit table, oldest first."""
    rows = client("dynamodb").query(
        TableName=AUDIT_TABLE,
        KeyConditionExpression="pk = :digest",
        ExpressionAttributeValues={":digest": {"S": "digest"}},
    )["Items"]
    return [{name: row[name] for name in ("pk", "sk")} for row in rows]


def every_function() -> Node:
    """The node, after all its functions have done all they do."""
    with deployed() as node:
        story = Story(node)
        story.begins()
        story.people_administer()
        story.people_keep_secrets()
        story.an_engine_joins()
        story.days_pass()
        story.people_act_in_bulk()
        story.the_keys_are_changed()
        story.people_look_after_jobs_and_queues()
        story.people_read_everything()
        story.the_cluster_is_upgraded()
        story.the_bus_is_internal()
        story.licences_are_asked_for()
        story.it_follows_another()
        story.the_agent_mends()
        story.all_is_handed_back()
        node.seen.add_lambdas_own()
        return node


@dataclass
class Story:
    """ids: of one thing of each kind, by the noun in paths."""

    node: Node
    ids: dict[str, object] = field(default_factory=dict)
    engine: FarEngine | None = None
    secrets: list[int] = field(default_factory=list)

    # -- a cluster begins

    def begins(self) -> None:
        """The first agent founds the cluster; the one-time code makes the administrator."""
        node = self.node
        node.agent()
        code = setup_code.offer(connection.connection().data_table, node.time())
        body = {"code": code, "userName": "ada", "password": node.password}
        assert node.nobody.post("/api/v1/setup", body).status == 200
        (known,) = node.ask("GET", "nodes")
        self.ids |= {
            "nodes": known["nodeId"],
            "secret-templates": UNIX_ACCOUNT,
            "password-requirements": 1,
            "character-sets": 1,
        }
        self.ids |= {"jobs": "heartbeat", "queues": "site-1"}

    def people_administer(self) -> None:
        ask = self.node.ask
        password = canary()
        user = ask("POST", "users", {"userName": "b", "displayName": "B", "password": password})
        bob = self.ids["users"] = user["id"]
        ask("PUT", f"users/{bob}", {"displayName": "Bob"})
        group = self.ids["groups"] = ask("POST", "groups", {"name": "Staff"})["id"]
        ask("PUT", f"groups/{group}", {"name": "Crew"})
        ask("PUT", f"groups/{group}/users", {"userIds": [bob]})
        ask("DELETE", f"groups/{group}/users/{bob}")
        role = self.ids["roles"] = ask("POST", "roles", {"name": "Auditors"})["id"]
        ask("POST", f"users/{bob}/roles", {"roleIds": [role]})
        bobs = self.node.nobody.login("b", password)
        factor = "/api/v1/users/current/two-factor"  # its seed is sealed anew by a rotation
        assert bobs.post(factor, {"password": password}).status == 200
        ask("POST", "sdk-client-rules", {"name": "Jobs", "userId": bob})  # and so is its key
        provider = {"name": "Corp", "issuer": "https://login.example.com", "clientId": "c"}
        ask("POST", "openid-connect/providers", provider | {"clientSecret": canary()})
        page = {"Origin": "https://vault.example.com", "Host": "vault.example.com"}
        asked = {"userName": "b", "password": password}
        begun = self.node.nobody.post("/api/v1/security-keys/challenge", asked, headers=page)
        used_up = {"challengeId": begun.json["challengeId"], "credential": NO_KEY}
        signed = self.node.nobody.post(
            "/api/v1/security-keys/sign-in", asked | used_up, headers=page
        )
        assert signed.status == 400
        assert bobs.post("/api/v1/oauth-expiration").status == 200
        refused = {"grant_type": "password", "username": "b", "password": canary()}
        self._mail_is_set_up(bob)
        for _ in range(5):
            assert self.node.nobody.post("/oauth2/token", form=refused).status == 400
        assert self.node.take(WORK["web"])  # the notice of his lock
        ask("POST", f"users/{bob}/lock-out", {"data": {}})

    def _mail_is_set_up(self, user: object) -> None:
        """By SES, which knows the sender; the administrator tries it out."""
        ask, sender = self.node.ask, "conclave@example.com"
        client("sesv2").create_email_identity(EmailIdentity=sender)
        given = {"fromEmailAddress": {"dirty": True, "value": sender}}
        ask("PATCH", "configuration/email", {"data": given})
        for one in (user, ask("GET", "users/current")["id"]):
            ask("PUT", f"users/{one}", {"emailAddress": "somebody@example.com"})
        assert ask("POST", "configuration/email/test")["success"] is True

    def people_keep_secrets(self) -> None:
        ask = self.node.ask
        folder = self.ids["folders"] = self._folder("Servers")
        unused = self._folder("Unused")
        ask("DELETE", f"folders/{unused}")
        share = {"folderId": folder, "userId": self.ids["users"], "breakInheritance": True}
        names = {"folderAccessRoleName": "View", "secretAccessRoleName": "View"}
        grant = ask("POST", "folder-permissions", {**share, **names})["id"]
        ask("DELETE", f"folder-permissions/{grant}")
        secret = self.ids["secrets"] = self._secret(1)
        ask("GET", f"secrets/{secret}/fields/password")
        ask("PUT", f"secrets/{secret}/fields/password", {"value": canary()})
        ask("GET", f"secrets/{secret}/fields/password/history")
        ask("PUT", f"secrets/{secret}", {"name": "renamed", "items": []})
        for wanted in (True, False):
            ask("POST", f"secrets/{secret}/favorite", {"isFavorite": wanted})
        self._keep_files()
        ask("DELETE", f"secrets/{secret}")

    def _keep_files(self) -> None:
        """A large one, which lies in the bucket, and goes when it is replaced."""
        ask = self.node.ask
        body = {"name": "key", "secretTemplateId": SSH_KEY, "siteId": 1, "items": []}
        field = f"secrets/{ask('POST', 'secrets', body)['id']}/fields/private-key"
        content = base64.b64encode(bytes(20_000)).decode()
        for _ in range(2):
            ask("PUT", field, {"fileName": "k", "fileAttachment": content})
        ask("POST", f"{field}/download", {})
        assert self.node.administrator().get(f"/api/v1/{field}").status == 200

    def an_engine_joins(self) -> None:
        """Its site's queues are the agent's to make; its credentials the API's to lend."""
        ask = self.node.ask
        site = ask("POST", "distributed-engine/site", {"data": {"siteName": "Far"}})["siteId"]
        self.node.time.pass_by(HOUR)
        self.node.agent()
        self.engine = engine = FarEngine(self.node)
        self.ids |= {"site": site, "engines": engine.id}
        change = {"changeType": "Activate", "engineId": engine.id, "siteId": site}
        body = {"data": {"engines": [change]}}
        ask("POST", "distributed-engine/update-engine-status", body)

    # -- days: everything is due, done, asked for, and forgotten

    def days_pass(self) -> None:
        """What is due is found by a tick of the schedules, and again by jobs that people run."""
        self.secrets = [self._secret(1), self._secret(self.ids["site"])]
        self._every_job(self.by_schedule)
        self._do_the_work()
        self._a_backup(self.by_schedule)
        self._much_is_due()
        self._every_job(self.by_schedule)
        self._do_the_work()
        self._people_ask()
        self._hooks_run()
        self._much_is_due()
        self._every_job(self.by_hand)
        self._a_backup(self.by_hand)
        self._hours_are_summed()
        for queue in self._queues():
            self.node.taken(f"{queue}-dead")

    def by_schedule(self, operation: Operation) -> None:
        self.node.tick(operation)

    def by_hand(self, operation: Operation) -> None:
        self.node.ask("POST", f"jobs/{operation.slug}/run-now")
        assert self.node.take(WORK["background_now"])

    def _every_job(self, run: Callable[[Operation], None]) -> None:
        self.node.time.pass_by(MINUTES)
        for operation in OPERATIONS:
            run(operation)
        while self.node.take(WORK["background"]):
            """Further slices."""

    def _a_backup(self, run: Callable[[Operation], None]) -> None:
        """After the first one, which was an export that the emulator writes otherwise than AWS."""
        for _ in range(2):
            self.node.time.pass_by(MINUTES * 10)
            run(BY_NAME["BackupMonitor"])

    def _hours_are_summed(self) -> None:
        """After a restore of older tables: there is an object already."""
        self.node.time.pass_by(timedelta(minutes=(12 - self.node.time().minute) % 60))
        monitor = BY_NAME["PrimaryNodeTaskMonitor"]
        for run in (self.by_schedule, self.by_hand):
            run(monitor)
            assert self.node.take(WORK["digest"])
            last = digests()[-1]
            client("dynamodb").delete_item(TableName=AUDIT_TABLE, Key=last)

    def _do_the_work(self) -> None:
        self.node.time.pass_by(MINUTES)  # what lay in the outbox has expired
        for name in ("local", "local_now"):
            self.node.take(WORK[name])
        assert self.engine is not None and self.engine.works()
        assert self.node.take(WORK["engine_response"])

    def _people_ask(self) -> None:
        ask = self.node.ask
        for what in ("heartbeat", "change-password", "change-password"):
            for secret in self.secrets:
                ask("POST", f"secrets/{secret}/{what}", {})
            self._do_the_work()

    def _hooks_run(self) -> None:
        """Two after a checkout: whoever records that the first has ended gives out the second."""
        ask, on = self.node.ask, {"dirty": True, "value": True}
        draft = {"name": "Tell", "script": "exit 0", "scriptType": "SSH"}
        script = self.ids["userscripts"] = ask("POST", "userscripts", draft)["scriptId"]
        what = {"eventActionId": 10026, "prePostOption": "POST", "scriptId": script}
        for site in (1, self.ids["site"]):
            secret = self._secret(site)
            for name in ("first", "second"):
                ask("POST", f"secret-detail/{secret}/hook", {"data": {"name": name, **what}})
            ask("PATCH", f"secrets/{secret}/security-checkout", {"data": {"checkOutEnabled": on}})
            ask("POST", f"secrets/{secret}/check-out")
        before = len(self.node.host.ran)
        for _ in range(2):
            self.node.take(WORK["local"])
            assert self.engine is not None and self.engine.works()
            assert self.node.take(WORK["engine_response"])
        assert len(self.node.host.ran) == before + 4

    def _much_is_due(self) -> None:
        """Heartbeats of new secrets, changes of old ones, an end of a checkout, passwords to be
        judged; work that nobody took, messages unsent and dead, a silent engine, a silent agent; a
        bulk operation whose message is lost; rows that ended."""
        ask = self.node.ask
        self._secret(1), self._secret(self.ids["site"])
        ask("POST", f"secrets/{self._secret(1)}/heartbeat")
        for secret in self.secrets:
            ask("POST", f"secrets/{secret}/expire")
        self._check_out(self._secret(1))
        asked = {"description": {"dirty": True, "value": f"Since {self.node.time()}."}}
        self._hide_a_field()
        ask("PATCH", "password-requirements/1", {"data": asked})
        self._change_a_policy()
        for site in (1, self.ids["site"]):
            outbox_row(Outgoing(f"site-{site}", self._message())).save()
        body = {"secretIds": [self._secret(1)]}
        ask("POST", "bulk-secret-operations/run-heartbeat", {"data": body})
        for queue in self._queues():
            self._dead_letter(queue)
        self._keep_files()
        for kind, key in ENDING.items():
            ending(NonceRow(f"{key}#old", "old"), kind, self.node.time() - LONG_AGO).save()
        self.node.time.pass_by(HOUR)

    def _hide_a_field(self) -> None:
        """From search, or show it again."""
        template = self.node.ask("GET", f"secret-templates/{UNIX_ACCOUNT}")
        (one,) = [x for x in template["fields"] if x["fieldSlugName"] == "machine"]
        turned = {"searchable": {"dirty": True, "value": not one["isIndexable"]}}
        path = f"secret-templates/fields/{one['secretTemplateFieldId']}"
        self.node.ask("PATCH", path, {"data": turned})

    def _change_a_policy(self) -> None:
        """One that counts in a folder, so that secrets are to follow it."""
        ask, folder = self.node.ask, self.ids["folders"]
        id = self.ids.get("secret-policy")
        if id is None:
            draft = {"data": {"secretPolicyName": "Hosts", "active": True}}
            id = self.ids["secret-policy"] = ask("POST", "secret-policy", draft)["secretPolicyId"]
            body = {"folderName": "Servers", "secretPolicyId": id}
            ask("PUT", f"folders/{folder}", body)
        item: dict[str, object] = {"name": "CheckOutIntervalMinutes"}
        item |= {"policyApplyType": "Enforced", "valueInt": self.node.time().hour + 1}
        ask("PATCH", f"secret-policy/{id}", {"data": {"secretPolicyItems": [item]}})

    def _check_out(self, secret: int) -> None:
        ask, on = self.node.ask, {"dirty": True, "value": True}
        ask("PATCH", f"secrets/{secret}/security-checkout", {"data": {"checkOutEnabled": on}})
        ask("POST", f"secrets/{secret}/check-out")
        ask("GET", f"secrets/{secret}/fields/password")

    # -- one action on many things

    def people_act_in_bulk(self) -> None:
        """With a word to sites, a check of a folder, and members that come and go."""
        while self.node.take(WORK["web"]):
            """Those that were begun, and told of again."""
        ids, folder, group = self.secrets, self.ids["folders"], self.ids["groups"]
        for what, more in (
            ("run-heartbeat", {}),
            ("deactivate", {}),
            ("activate", {}),
            ("move-to-folder", {"folderId": self._folder("Elsewhere")}),
            ("move-to-folder", {"folderId": folder}),
            ("assign-secret-policy", {"secretPolicyId": self.ids["secret-policy"]}),
            ("assign-secret-policy", {"inheritSecretPolicy": True}),
        ):
            self._in_bulk(f"bulk-secret-operations/{what}", {"secretIds": ids, **more})
        for what in ("add-to-group", "remove-from-group"):
            body = {"userIds": [self.ids["users"]], "groupId": group}
            self._in_bulk(f"bulk-user-operations/{what}", body)
        self._in_bulk_what_is_given_is_taken(ids)
        self._secrets_come_and_go()
        self._do_the_work()

    def _in_bulk_what_is_given_is_taken(self, ids: list[int]) -> None:
        """Grants of a secret's own, and the second factor that somebody has begun to set up."""
        ask, password = self.node.ask, canary()
        own = {"data": {"inheritPermissions": {"dirty": True, "value": False}}}
        ask("PATCH", f"secrets/{ids[0]}/share", own)
        self._in_bulk("bulk-secret-operations/enable-inherit-permissions", {"secretIds": ids[:1]})
        made = ask("POST", "users", {"userName": "c", "displayName": "C", "password": password})
        begun = self.node.nobody.login("c", password).post(
            "/api/v1/users/current/two-factor", {"password": password}
        )
        assert begun.status == 200
        self._in_bulk("bulk-user-operations/reset-totp-auth", {"userIds": [made["id"]]})
        ask("DELETE", f"users/{made['id']}")

    def _secrets_come_and_go(self) -> None:
        """By a file, and into one, which is fetched among all that is read."""
        ask = self.node.ask
        rows = b"Secret Name,Folder Path,Secret Template\nnew,Imported,Password\n"
        file = {"file": base64.b64encode(rows).decode()}
        ask("POST", "secrets/import-csv-process", file)
        assert self.node.take(WORK["web"])
        asked = {"notes": "a copy", "password": canary(), "folderId": self.ids["folders"]}
        answer = self.node.administrator().post("/api/v2/secrets/export/job", {"data": asked})
        self.ids["export"] = self.ids["job"] = answer.json["jobId"]
        assert self.node.take(WORK["web"])
        ask("POST", "secrets/import-csv-process", file | {"allowDuplicateSecrets": True})

    def _in_bulk(self, path: str, data: object) -> None:
        ask = self.node.ask
        id = self.ids["bulk-operations"] = ask("POST", path, {"data": data})["bulkOperationId"]
        assert self.node.take(WORK["web"])
        found = ask("GET", f"bulk-operations/{id}/progress")
        assert (found["isComplete"], found["errors"]) == (True, []), found

    # -- it is a replica for a while, of a cluster that is like itself

    def it_follows_another(self) -> None:
        known = follow_a_copy()
        for number in range(2):
            self.node.time.pass_by(MINUTES)
            known.forget_what_was_taken(number)
            if number:
                self.node.ask("POST", "disaster-recovery/data-replication/run-now")
                assert self.node.take(WORK["background_now"])
            else:
                self.node.tick(BY_NAME["BackupMonitor"])
        known.act_again()

    def the_keys_are_changed(self) -> None:
        """Rotated, boxed for escrow, wrapped anew; each by a message of its own."""
        ask = self.node.ask
        given = {"secretIds": [999_999], "nextPassword": canary()}  # of no secret: it only waits
        ask("POST", "bulk-secret-operations/change-password-remotely", {"data": given})
        ask("POST", "configuration/security/rotate-secret-keys")
        assert self.node.take(WORK["key_rotation"])
        public = base64.b64encode(Opener.fresh().public()).decode()
        ask("PUT", "key-management", {"escrowPublicKey": public})
        assert self.node.take(WORK["key_rotation"])
        ask("PUT", "key-management/startmekrotation")
        assert self.node.take(WORK["key_rotation"])
        ask("POST", "configuration/security/cancel-rotate-secret-keys")
        assert self.node.take(WORK["key_rotation"])
        assert self.node.take(WORK["web"])  # an import and a bulk operation that waited meanwhile

    # -- people look after it

    def people_look_after_jobs_and_queues(self) -> None:
        ask = self.node.ask
        ask("POST", "jobs/heartbeat/pause")
        ask("POST", "jobs/heartbeat/resume")
        ask("PUT", "jobs/heartbeat/schedule", {"everyMinutes": 15})
        ask("POST", "diagnostics/clear-quartz-job-errors")
        for queue in self._queues():
            ask("POST", f"queues/{queue}/dead-letters/{self._dead_letter(queue)}/replay")
        ask("DELETE", f"queues/site-1/dead-letters/{self._dead_letter('site-1')}")
        self._dead_letter("site-1")
        ask("GET", "queues/site-1/dead-letters")

    def people_read_everything(self) -> None:
        """Every GET of the table of endpoints; not all find something."""
        admin = self.node.administrator()
        for one in all_endpoints():
            if one.method == "GET":
                answer = admin.get(self._path(one.path))
                assert answer.status < 500, (one.name, answer.status)

    # -- each node has a bus of its own for a while

    def the_bus_is_internal(self) -> None:
        """A node that comes for work, has slices of it, hands it back, and finds it dead."""
        ask, node = self.node.ask, self.node
        ask("PATCH", "configuration/backbone-bus", {"type": "Internal"})
        node.agent()
        for queue in QUEUES:
            ask("POST", f"queues/{queue}/dead-letters/{self._dead_letter(queue)}/replay")
            node.taken(own("node-a", queue))
        for queue in ("background", "web"):
            self._left_in_the_outbox(queue)
            node.tick(BY_NAME["EventQueueMonitor"])  # in slices
            assert node.taken(f"node-a-{queue}")
            self._left_in_the_outbox(queue)
            ask("POST", "jobs/event-queue/run-now")
            assert node.take(WORK["background_now"], "node-a-background-now")
            assert node.taken(f"node-a-{queue}")
        self._out_of_the_cluster(self._hand_back_own)
        ask("PATCH", "configuration/backbone-bus", {"type": "Shared"})
        node.agent()

    def _left_in_the_outbox(self, queue: str) -> None:
        """Two messages for that queue and no others."""
        for row in OutboxRow.scan(OutboxRow.queue.exists()):
            row.delete()
        for _ in range(2):
            outbox_row(Outgoing(queue, self._message())).save()
        self.node.time.pass_by(MINUTES)

    def _hand_back_own(self) -> None:
        for queue in QUEUES:
            function = WORK[queue.replace("-", "_")]
            self.node.work(function.name, [encode(self._message())], own("node-a", queue))

    def _out_of_the_cluster(self, meanwhile: Callable[[], None]) -> None:
        path = f"nodes/{self.ids['nodes']}/configuration?force=true"
        self.node.ask("POST", path, {"inCluster": False})
        meanwhile()
        self.node.ask("POST", path, {"inCluster": True})

    def licences_are_asked_for(self) -> None:
        """An operator sets a signer; the agent follows, and what people do is bound by licences."""
        node, ask, signer = self.node, self.node.ask, LicenceSigner()
        set_signer(signer.public)
        node.agent()
        key = signer.sign(licence(node.time().date(), 5))
        ask("POST", "licenses", {"key": key})
        ask("POST", "activations", {"name": "Ada", "email": "", "phoneNumber": ""})
        ask("POST", "nodes/enable-clustering")
        body = {"userName": "d", "displayName": "D", "password": canary()}
        ask("POST", "users", body)
        node.tick(BY_NAME["ExpiringLicenseTaskTriggerJob"])
        ask("DELETE", "licenses/L-1?force=true")

    def the_cluster_is_upgraded(self) -> None:
        """Its rows are of the schema before this code's; then somebody goes back, and gives up."""
        node, ask = self.node, self.node.ask
        for queue in ("background", "background-now"):
            node.taken(queue)  # what was replayed from dead letters
        GateRow(*GATE_KEY).update([GateRow.schema.set(SCHEMA - 1)])
        node.agent()
        ask("POST", "upgrade/begin", {"version": VERSION, "schema": SCHEMA, "firstNode": "node-a"})
        for _ in range(20):
            node.agent()
            if ask("POST", "upgrade/advance", {})["status"] == "finished":
                break
            node.take(WORK["background_now"])
            node.take(WORK["background"])
            node.time.pass_by(MINUTES)
        assert ask("GET", "upgrade")["status"] == "finished"
        ask("POST", "upgrade/abort", {})
        ask("POST", "diagnostics/clear-upgrade-in-progress", {})
        GateRow(*GATE_KEY).update([GateRow.schema.set(SCHEMA)])

    # -- the agent mends, and the node rests

    def the_agent_mends(self) -> None:
        """A job's schedule was changed; somebody made a mapping and a schedule of his own."""
        node = self.node
        cluster, name = node.seen.cluster, WORK["web"].lambda_name("node-a")
        make_mapping(name, f"conclave-{cluster}-recording")
        client("scheduler").create_schedule(
            GroupName=f"conclave-{cluster}-node-a",
            Name="stray",
            ScheduleExpression="rate(1 minute)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": "arn:aws:sqs:us-east-1:123456789012:x", "RoleArn": "arn:aws:iam::1:x"},
        )
        node.time.now = node.time.now.replace(minute=30)
        node.agent()
        node.time.pass_by(MINUTES)
        node.agent()  # with nothing to do

    def all_is_handed_back(self) -> None:
        ask = self.node.ask
        body = {"inCluster": False}
        ask("POST", f"nodes/{self.ids['nodes']}/configuration?force=true", body)
        for function in WORKERS:
            self.node.work(function.name, [encode(self._message())])
        self.node.agent()

    # -- small things

    def _folder(self, name: str) -> int:
        body = {"folderName": name, "folderTypeId": 1, "parentFolderId": -1}
        return int(self.node.ask("POST", "folders", body)["id"])

    def _secret(self, site: object) -> int:
        """A new account on the host, and the secret that opens it."""
        name, password = f"app-{fresh_id()}", canary()
        self.node.host.accounts[name] = Plain(password)
        values = {"machine": MACHINE, "username": name, "password": password}
        body = {
            "name": name,
            "secretTemplateId": UNIX_ACCOUNT,
            "folderId": self.ids["folders"],
            "siteId": site,
            "autoChangeEnabled": True,
            "items": [{"slug": slug, "itemValue": value} for slug, value in values.items()],
        }
        return int(self.node.ask("POST", "secrets", body)["id"])

    def _message(self) -> Message:
        body: dict[str, Ref] = {"item": fresh_id(), "secret": 1, "work": "heartbeat"}
        life = HOUR + MINUTES * 1.5
        return message(fresh_id(), "site.item", self.node.time(), life, body)

    def _dead_letter(self, queue: str) -> str:
        dead = self._message()
        url = connection.connection().queue_url(f"{queue}-dead")
        client("sqs").send_message(QueueUrl=url, MessageBody=encode(dead))
        return dead.id

    def _queues(self) -> list[str]:
        far = f"site-{self.ids['site']}"
        return [*(one.queue for one in WORKERS), far, f"{far}-now"]

    def _path(self, path: str) -> str:
        """A path with ids of things that are there, where we know one."""
        words = path.split("/")
        for place, word in enumerate(words):
            if word.startswith("{"):
                kind = "password" if words[place - 1] == "fields" else 7
                words[place] = str(self.ids.get(words[place - 1], kind))
        return re.sub(r"\{\w+\}", "7", "/".join(words))
