"""What clients in the field read is there, in the types that they declare.

Each table is one client's: docs/operations/clients.md names their versions.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import pytest

from tests.client import Client

from .conftest import There

Declared: TypeAlias = Mapping[type, str]
"""Names of JSON fields by the type that a client gives them."""

LONG = "filter.doNotCalculateTotal=true&paging.take=30&&paging.skip=0"


def misread(found: Mapping[str, Any], declared: Declared, *, nulls: bool) -> list[str]:
    """Fields that are absent or of another type. nulls: whether the client reads null as nothing"""
    wrong = []
    for kind, names in declared.items():
        for name in names.split():
            value = found.get(name, ...)
            if not (fits(value, kind) or (nulls and value is None)):
                wrong.append(f"{name}: {type(value).__name__}, not {kind.__name__}")
    return wrong


def fits(value: object, kind: type) -> bool:
    if kind is datetime:
        return isinstance(value, str) and datetime.fromisoformat(value) is not None
    if kind is UUID:
        return isinstance(value, str) and UUID(value).version == 4
    return type(value) is kind


GO_SECRET: Declared = {
    str: "name",
    int: "id folderId siteId secretTemplateId secretPolicyId passwordTypeWebScriptId"
    " launcherConnectAsSecretId checkOutIntervalMinutes",
    bool: "active checkedOut checkOutEnabled autoChangeEnabled checkOutChangePasswordEnabled"
    " enableInheritPermissions enableInheritSecretPolicy proxyEnabled requiresComment"
    " sessionRecordingEnabled webLauncherRequiresIncognitoMode",
}
GO_ITEM: Declared = {
    int: "itemId fieldId fileAttachmentId",
    str: "fieldName slug fieldDescription filename itemValue",
    bool: "isFile isNotes isPassword",
}
GO_TEMPLATE_FIELD: Declared = {
    int: "secretTemplateFieldId",
    str: "fieldSlugName displayName description name listType",
    bool: "isFile isList isNotes isPassword isRequired isUrl",
}


def test_what_the_go_sdk_reads_is_there_in_the_types_that_it_declares(there: There) -> None:
    """Go stops at the first field of another type; it reads null as zero."""
    admin = there.admin
    token = Client(admin.app).login(there.name, there.password).token
    carol = admin.signed_in(token)
    assert carol.get("/api/v1/healthcheck").json["Healthy"] is True
    whole = carol.get(f"/api/v1/secrets/{there.secret}").json
    by_path = carol.get("/api/v1/secrets/0?secretPath=%5CServers%5Cweb-1").json
    template = carol.get(f"/api/v1/secret-templates/{whole['secretTemplateId']}").json
    search = (
        f"/api/v1/secrets?paging.filter.searchText=web-1&paging.filter.searchField=&paging.{LONG}"
    )
    for more in ("paging.filter.extendedFields=Machine", "paging.filter.isExactMatch=true"):
        page = carol.get(f"{search}&{more}").json
        assert [one["id"] for one in page["records"]] == [there.secret]
        brief = {bool: "active checkedOut checkOutEnabled", str: "name", int: "id siteId"}
        assert misread(page["records"][0], brief, nulls=True) == []
    assert whole == {**by_path, "items": whole["items"]}
    assert misread(whole, GO_SECRET, nulls=True) == []
    for item in whole["items"]:
        assert misread(item, GO_ITEM, nulls=True) == []
        assert item["fileAttachmentId"] is None  # the Ruby client fetches a file wherever it is not
    for field in template["fields"]:
        assert misread(field, GO_TEMPLATE_FIELD, nulls=True) == []


def test_what_the_java_sdk_reads_is_there_and_its_dates_are_never_null(there: There) -> None:
    whole = there.admin.get(f"/api/v1/secrets/{there.secret}?autoComment=build").json
    dates: Declared = {datetime: "lastHeartBeatCheck lastPasswordChangeAttempt"}
    words: Declared = {
        str: "name secretTemplateName lastHeartBeatStatus",
        bool: "active checkedOut",
    }
    assert misread(whole, {**dates, **words}, nulls=False) == []


DSS_SECRET: Declared = {
    str: "name checkOutUserDisplayName outOfSyncReason lastHeartBeatStatus secretTemplateName",
    int: "id secretTemplateId folderId siteId launcherConnectAsSecretId checkOutMinutesRemaining"
    " checkOutUserId checkOutIntervalMinutes accessRequestWorkflowMapId doubleLockId"
    " passwordTypeWebScriptId secretPolicyId failedPasswordChangeAttempts",
    list: "items responseCodes",
}
DSS_FOUND: Declared = {
    str: "name secretTemplateName folderPath outOfSyncReason lastHeartBeatStatus",
    int: "id secretTemplateId folderId siteId checkOutUserId",
    bool: "active checkedOut isRestricted isOutOfSync checkOutEnabled autoChangeEnabled"
    " doubleLockEnabled requiresApproval requiresComment inheritsPermissions hidePassword"
    " hasLauncher",
    datetime: "lastPasswordChangeAttempt createDate",
}


def test_what_a_client_with_strict_models_reads_is_never_null(there: There) -> None:
    """dss-sdk checks each answer with pydantic, and takes no null where it declares none."""
    admin = there.admin
    first, second = (admin.get(f"/api/v{v}/secrets/{there.secret}").json for v in (1, 2))
    assert misread(first, DSS_SECRET, nulls=False) == []
    assert misread(second, DSS_SECRET, nulls=False) == []
    for found in admin.get("/api/v2/secrets?filter.searchText=web-1").json["records"]:
        assert misread(found, DSS_FOUND, nulls=False) == []
    template = admin.get(f"/api/v1/secret-templates/{first['secretTemplateId']}").json
    assert misread(template, {UUID: "concurrencyId", str: "name"}, nulls=False) == []
    folder = admin.get("/api/v1/folders?filter.searchText=Servers").json["records"][0]
    ids = {int: "id parentFolderId folderTypeId secretPolicyId", str: "folderName folderPath"}
    assert misread(folder, ids, nulls=False) == []
    assert (
        misread(admin.get("/api/v1/sites").json[0], {int: "siteId", str: "siteName"}, nulls=False)
        == []
    )


KNOWN_TO_POWERSHELL = {
    "secrets/{secret}": "accessRequestWorkflowMapId active allowOwnersUnrestrictedSshCommands"
    " autoChangeEnabled autoChangeNextPassword checkedOut checkOutChangePasswordEnabled"
    " checkOutEnabled checkOutIntervalMinutes checkOutMinutesRemaining checkOutUserDisplayName"
    " checkOutUserId doubleLockId enableInheritPermissions enableInheritSecretPolicy"
    " failedPasswordChangeAttempts folderId id isDoubleLock isOutOfSync isRestricted items"
    " lastHeartBeatCheck lastHeartBeatStatus lastPasswordChangeAttempt launcherConnectAsSecretId"
    " name outOfSyncReason passwordTypeWebScriptId proxyEnabled requiresApprovalForAccess"
    " requiresComment restrictSshCommands secretPolicyId secretTemplateId secretTemplateName"
    " sessionRecordingEnabled siteId webLauncherRequiresIncognitoMode responseCodes jumpboxRouteId",
    "secrets/{secret}/summary": "active autoChangeEnabled checkedOut checkOutEnabled createDate"
    " daysUntilExpiration doubleLockEnabled extendedFields folderId hasLauncher hidePassword id"
    " inheritsPermissions isOutOfSync outOfSyncReason isRestricted lastAccessed"
    " lastHeartBeatStatus lastPasswordChangeAttempt name folderPath requiresApproval"
    " requiresComment secretTemplateId secretTemplateName siteId responseCodes checkOutUserId"
    " checkOutUserName",
    "folders/{folder}": "childFolders folderName folderPath folderTypeId id inheritPermissions"
    " inheritSecretPolicy parentFolderId secretPolicyId secretTemplates",
}
POWERSHELL_KNOWS = {
    **KNOWN_TO_POWERSHELL,
    "secrets?filter.searchText=web-1": KNOWN_TO_POWERSHELL["secrets/{secret}/summary"],
    "secrets/stub?secretTemplateId=6007": KNOWN_TO_POWERSHELL["secrets/{secret}"],
}


@pytest.mark.parametrize("path", POWERSHELL_KNOWS)
def test_an_answer_that_powershell_casts_has_no_field_that_its_class_lacks(
    there: There, path: str
) -> None:
    """A cast fails at the first unknown property, so what is ours stays out of these answers."""
    found = there.admin.get(f"/api/v1/{path.format(secret=there.secret, folder=there.folder)}").json
    (one,) = found.get("records", [found])
    assert set(one) <= set(POWERSHELL_KNOWS[path].split())


def test_a_lookup_tells_the_name(there: There) -> None:
    query = "filter.searchText=web-1&sortBy[0].direction=asc&sortBy[0].name=Id&take=2147483647"
    (found,) = there.admin.get(f"/api/v1/secrets/lookup?{query}").json["records"]
    assert (found["value"], found["folderId"]) == ("web-1", there.folder)
    assert there.admin.get(f"/api/v1/secrets/lookup/{there.secret}").json["value"] == "web-1"
