"""Secrets: their values, terms, hooks, requests, metadata; many at once; import and export."""

from __future__ import annotations

import base64

from .call import Call, Step, data
from .meanwhile import web_works

V1, V2, V3 = "/api/v1", "/api/v2", "/api/v3"
SECRETS = f"{V1}/secrets"
GRANTS = f"{V1}/secret-permissions"
ACCESS, ERASE = f"{V1}/secret-access-requests", f"{V1}/secret-erase-requests"
DETAIL = f"{V1}/secret-detail/<secret>"
METADATA = f"{V1}/metadata"
BULK = f"{V1}/bulk-secret-operations"
BULK_USERS = f"{V1}/bulk-user-operations"
ONE = f"{SECRETS}/<secret>"
ABOUT = {"filter.itemId": "<secret>", "filter.metadataType": "Secret"}
XML = base64.b64encode(
    b"<ImportFile><Secrets><Secret><SecretName>old</SecretName>"
    b"<SecretTemplateName>Password</SecretTemplateName></Secret></Secrets></ImportFile>"
).decode()
CSV = base64.b64encode(b"Secret Name,Folder Path,Secret Template\nnew,Imported,Password\n").decode()


def secret(name: str, kept: str) -> Call:
    """A Unix account."""
    values = {"machine": "db1", "username": "root", "password": "<password>"}
    return Call(
        f"POST {SECRETS}",
        {
            "name": name,
            "secretTemplateId": 6007,
            "folderId": "<folder>",
            "siteId": 1,
            "items": [{"slug": slug, "itemValue": value} for slug, value in values.items()],
        },
        keeps={kept: "id"},
    )


def many(what: str, kept: str = "<operation>", **more: object) -> Call:
    return Call(
        f"POST {BULK}/{what}",
        {"data": {"secretIds": ["<other secret>"], **more}},
        keeps={kept: "bulkOperationId"},
    )


def people(what: str, **more: object) -> Call:
    return Call(f"POST {BULK_USERS}/{what}", {"data": {"userIds": ["<cleo>"], **more}})


ALL_OF_SECRETS: tuple[Step, ...] = (
    secret("db1 root", "<secret>"),
    secret("db2 root", "<other secret>"),
    Call(f"GET {SECRETS}"),
    Call(f"GET {V2}/secrets", query={"filter.extendedFields": "machine"}),
    Call(f"GET {SECRETS}/lookup"),
    Call(f"GET {SECRETS}/search-total"),
    Call(f"GET {V2}/secrets/search-total"),
    Call(f"GET {SECRETS}/stub", query={"secretTemplateId": 6007, "folderId": "<folder>"}),
    Call(f"GET {SECRETS}/lookup/<secret>"),
    Call(f"GET {SECRETS}/secret-detail/<secret>/general"),
    Call(f"GET {ONE}"),
    Call(f"GET {V2}/secrets/<secret>"),
    Call(f"GET {ONE}/summary"),
    Call(f"GET {ONE}/state"),
    Call(f"GET {ONE}/settings"),
    Call(f"GET {ONE}/audits"),
    Call(f"GET {ONE}/fields/password"),
    Call(f"PUT {ONE}/fields/password", {"value": "<new password>"}),
    Call(f"POST {ONE}/restricted"),
    Call(f"POST {ONE}/restricted/fields/password"),
    Call(f"PUT {ONE}", {"id": "<secret>", "name": "db1 admin", "items": []}),
    Call(f"PATCH {ONE}/general", data(name="db1 boss")),
    Call(f"PATCH {V2}/secrets/<secret>/general", data(name="db1 root")),
    Call(f"PATCH {ONE}/email", data(sendEmailWhenViewed=True)),
    Call(f"PUT {ONE}/expiration", data(expirationType="DayInterval", expirationDayInterval=9)),
    Call(f"PATCH {ONE}/security-general", data(requiresComment=True)),
    Call(f"PATCH {V2}/secrets/<secret>/security-general", data(requiresComment=False)),
    Call(f"POST {ONE}/favorite", {"isFavorite": True}),
    Call(f"GET {SECRETS}/favorite"),
    Call(f"POST {ONE}/heartbeat"),
    Call(f"POST {ONE}/expire"),
    Call(f"POST {ONE}/change-password"),
    Call(f"POST {ONE}/stop-password-change"),
    Call(f"PATCH {ONE}/security-checkout", data(checkOutEnabled=True)),
    Call(f"PATCH {V3}/secrets/<secret>/security-checkout", data(checkOutIntervalMinutes=30)),
    Call(f"POST {ONE}/check-out"),
    Call(f"POST {ONE}/extend-check-out", {"data": {"minutesToAdd": 5, "notes": "slow"}}),
    Call(f"POST {ONE}/check-in"),
    Call(f"PATCH {ONE}/security-checkout", data(checkOutEnabled=False)),
    Call(
        f"POST {SECRETS}/get-convert-info",
        {"data": {"secretIds": ["<secret>"], "destinationTemplateId": 2}},
    ),
    # -- of an own template, and codes
    Call(
        f"POST {SECRETS}",
        {
            "name": "door",
            "secretTemplateId": "<template>",
            "folderId": "<folder>",
            "siteId": 1,
            "items": [{"slug": "place", "itemValue": "Rome"}],
        },
        keeps={"<door>": "id"},
    ),
    Call(f"PATCH {SECRETS}/<door>/general", data(name="front door")),
    Call(
        f"POST {SECRETS}",
        {
            "name": "codes",
            "secretTemplateId": 6039,
            "folderId": "<folder>",
            "siteId": 1,
            "items": [
                {"slug": "username", "itemValue": "a"},
                {"slug": "totp-key", "itemValue": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"},
            ],
        },
        keeps={"<codes>": "id"},
    ),
    Call(f"GET {V1}/one-time-password-code/<codes>"),
    # -- shares
    Call(f"PATCH {ONE}/share", data(inheritPermissions=False)),
    Call(
        f"POST {GRANTS}",
        {"secretId": "<secret>", "userId": "<bob>", "secretAccessRoleName": "View"},
        keeps={"<grant>": "id"},
    ),
    Call(f"GET {GRANTS}", query={"filter.secretId": "<secret>"}),
    Call(f"GET {GRANTS}/<grant>"),
    Call(
        f"PUT {GRANTS}/<grant>",
        {"id": "<grant>", "secretId": "<secret>", "secretAccessRoleName": "Edit"},
    ),
    # -- requests
    Call(
        f"PUT {V3}/secrets/<secret>/security-approval",
        data(requireApprovalType="RequireEditorsApproval", approvers=["<cleo's group>"]),
    ),
    Call(
        f"POST {ACCESS}",
        {"secretId": "<secret>", "requestComment": "fix it"},
        by="<bob's token>",
        keeps={"<request>": "secretAccessRequestId"},
    ),
    Call(f"GET {ACCESS}", by="<cleo's token>"),
    Call(f"GET {ACCESS}/<request>", by="<cleo's token>"),
    Call(f"GET {ACCESS}/<request>/history", by="<cleo's token>"),
    Call(f"GET {ACCESS}/<request>/pending", by="<cleo's token>"),
    Call(f"GET {ACCESS}/secrets/<secret>"),
    Call(f"GET {ACCESS}/secrets/<secret>/options", by="<bob's token>"),
    Call(f"GET {V1}/inbox/message-types", by="<cleo's token>"),
    Call(
        f"GET {V1}/inbox/messages", by="<cleo's token>", keeps={"<message>": "records.0.messageId"}
    ),
    Call(f"GET {V1}/inbox/message/<message>", by="<cleo's token>"),
    Call(
        f"POST {V1}/inbox/update-read",
        {"data": {"messageIds": ["<message>"], "read": True}},
        by="<cleo's token>",
    ),
    Call(
        f"PUT {ACCESS}",
        {"secretAccessRequestId": "<request>", "status": "Denied", "responseComment": "no"},
        by="<cleo's token>",
    ),
    Call(
        f"POST {ACCESS}",
        {"secretId": "<secret>", "requestComment": "do fix it"},
        by="<bob's token>",
        keeps={"<request>": "secretAccessRequestId"},
    ),
    Call(
        f"POST {ACCESS}/approvals/<request>",
        {"status": "Approved", "hours": 1},
        by="<cleo's token>",
    ),
    Call(f"PUT {V3}/secrets/<secret>/security-approval", data(requireApprovalType="None")),
    Call(f"DELETE {GRANTS}/<grant>"),
    Call(f"DELETE {V1}/folder-permissions/<folder grant>"),
    Call(f"PATCH {ONE}/security-general", data(requiresComment=True)),
    Call(f"POST {ACCESS}/secrets/<secret>/view-comment", {"comment": "to look"}),
    Call(f"PATCH {ONE}/security-general", data(requiresComment=False)),
    # -- hooks
    Call(
        f"POST {DETAIL}/hook",
        {
            "data": {
                "name": "Tell",
                "eventActionId": 10026,
                "prePostOption": "PRE",
                "scriptId": "<script>",
            }
        },
        keeps={"<hook>": "secretHookId"},
    ),
    Call(f"GET {DETAIL}/hooks"),
    Call(f"GET {DETAIL}/hook/get/<hook>"),
    Call(f"GET {DETAIL}/hook/stub/<script>"),
    Call(f"PUT {DETAIL}/hook/<hook>", data(name="Tell all")),
    Call(f"DELETE {DETAIL}/hook/<hook>"),
    # -- metadata
    Call(
        f"POST {METADATA}/Secret/<secret>",
        {"data": {"metadataFieldName": "Owner", "valueString": "Ada"}},
        keeps={"<datum>": "metadataItemDataId", "<section>": "metadataFieldSectionId"},
    ),
    Call(
        f"PATCH {METADATA}/Secret/<secret>",
        {"data": {"metadataItemDataId": "<datum>", "valueString": {"dirty": True, "value": "Bob"}}},
    ),
    Call(f"GET {METADATA}", query=ABOUT),
    Call(f"GET {METADATA}/fields"),
    Call(f"GET {METADATA}/field-sections", query=ABOUT),
    Call(
        f"PATCH {METADATA}/field-sections/<section>",
        data(metadataFieldSectionDescription="About it."),
        query={"itemId": "<secret>", "itemType": "Secret"},
    ),
    Call(f"GET {METADATA}/history", query=ABOUT),
    Call(f"DELETE {METADATA}/Secret/<secret>/<datum>"),
    # -- many at once
    many("activate"),
    many("add-share", permissions=[{"groupId": "<group>", "secretAccessRoleId": 2}]),
    many("edit-share", permissions=[{"groupId": "<ada's group>", "secretAccessRoleId": 4}]),
    many("enable-inherit-permissions"),
    many("assign-secret-policy", secretPolicyId="<policy>"),
    many("assign-site", siteId=1),
    many("change-password-remotely"),
    many("disable-autochange"),
    many("enable-autochange"),
    many("disable-checkout"),
    many("enable-checkout"),
    many("disable-heartbeat"),
    many("enable-heartbeat"),
    many("disable-require-view-comment"),
    many("enable-require-view-comment"),
    many("change-security-options", requiresComment=False),
    many(
        "set-privileged-account",
        kept="<refused operation>",
        privilegedAccountSecretId="<secret>",
    ),
    many("update-password-requirement", passwordRequirementId=1),
    many("move-to-folder", folderId="<folder>"),
    many("convert-type", secretTemplateId=2),
    many("run-heartbeat"),
    many("request-erase", requestComment="the machine is gone"),
    many("deactivate"),
    web_works,
    Call(f"GET {V1}/bulk-operations/<operation>/progress"),
    Call(f"GET {V1}/bulk-operations/<refused operation>/progress"),
    people("add-to-group", groupId="<group>"),
    people("remove-from-group", groupId="<group>"),
    *(
        people(f"{turn}-{what}")
        for what in ("email-two-factor", "fido2-two-factor", "totp-auth")
        for turn in ("enable", "disable")
    ),
    people("reset-fido2-two-factor"),
    people("reset-totp-auth"),
    people("lock"),
    people("unlock"),
    people("disable"),
    people("enable"),
    people("force-logout"),
    # -- in and out
    Call(f"GET {SECRETS}/import-configuration"),
    Call(f"POST {SECRETS}/import-csv-verify", {"file": CSV}),
    Call(f"POST {SECRETS}/import-csv-process", {"file": CSV}),
    Call(f"POST {SECRETS}/import-xml-process", {"file": XML}),
    Call(
        f"POST {V2}/secrets/export/job",
        {"data": {"notes": "a copy", "password": "<password>", "folderId": "<folder>"}},
        keeps={"<job>": "jobId"},
    ),
    web_works,
    Call(
        f"POST {SECRETS}/export",
        {"data": {"notes": "a copy", "password": "<password>", "folderId": "<folder>"}},
    ),
    Call(f"GET {V2}/secrets/export"),
    Call(f"GET {V2}/secrets/export/<job>/details"),
    Call(f"GET {V2}/secrets/export/job/<job>"),
    # -- away
    Call(
        f"POST {SECRETS}/convert-template",
        {"data": {"secretIds": ["<codes>"], "secretTemplateId": 2}},
    ),
    Call(f"DELETE {ONE}"),
    Call(f"PUT {ONE}/undelete"),
    Call(f"DELETE {ONE}"),
    Call(f"PUT {V1}/secrets/<secret>/activate"),
    Call(f"DELETE {ONE}"),
    Call(f"PUT {V3}/secrets/<secret>/activate"),
    Call(
        f"POST {ERASE}",
        {"secretIds": ["<secret>"], "requestComment": "the contract has ended"},
        keeps={"<erase>": "secretEraseRequestId"},
    ),
    Call(f"GET {ERASE}/inbox"),
    Call(f"GET {ERASE}/search"),
    Call(f"GET {ERASE}/secrets", query={"filter.secretEraseRequestId": "<erase>"}),
    Call(f"GET {ERASE}/<erase>"),
    Call(f"GET {ERASE}/<erase>/history"),
    Call(f"GET {ERASE}/run-now"),
    Call(
        f"PUT {ERASE}",
        {"secretEraseRequestId": "<erase>", "status": "Denied", "responseComment": "no"},
    ),
)
