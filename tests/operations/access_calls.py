"""Users, groups, roles, tokens, restrictions, applications."""

from __future__ import annotations

from .call import Call, data

V1 = "/api/v1"
USERS, GROUPS, ROLES = f"{V1}/users", f"{V1}/groups", f"{V1}/roles"
RANGES = f"{V1}/ipaddress-restrictions"
RULES, ACCOUNTS = f"{V1}/sdk-client-rules", f"{V1}/sdk-client-accounts"
BOBS_FORM = {"grant_type": "password", "username": "robert", "password": "<password>"}

PEOPLE = (
    Call(
        f"POST {USERS}",
        {"userName": "robert<again>", "displayName": "Robert", "password": "<password>"},
        keeps={"<bob>": "id", "<bob's group>": "personalGroupId"},
    ),
    Call(
        f"POST {USERS}",
        {"userName": "cleo<again>", "displayName": "Cleo", "password": "<password>"},
        keeps={"<cleo>": "id", "<cleo's group>": "personalGroupId"},
    ),
    Call("POST /oauth2/token", form=BOBS_FORM, keeps={"<bob's token>": "access_token"}),
    Call(
        "POST /oauth2/token",
        form=BOBS_FORM | {"username": "cleo"},
        keeps={"<cleo's token>": "access_token"},
    ),
    Call(f"GET {USERS}/current"),
    Call(f"GET {USERS}"),
    Call(f"GET {USERS}/lookup"),
    Call(f"GET {USERS}/sessions"),
    Call(f"GET {USERS}/<bob>"),
    Call(f"PUT {USERS}/<bob>", {"id": "<bob>", "displayName": "Robert B."}),
    Call(f"PATCH {USERS}/<bob>", data(emailAddress="bob@example.com")),
    Call(f"PATCH {USERS}/<ada>", data(emailAddress="ada@example.com")),
    Call(f"GET {USERS}/<bob>/roles"),
    Call(f"GET {USERS}/<bob>/audit"),
    Call(f"GET {V1}/domains"),
    Call(f"GET {V1}/api-token/generate-token"),
    # -- roles
    Call(f"POST {ROLES}", {"name": "Auditors<again>", "enabled": True}, keeps={"<role>": "id"}),
    Call(f"GET {ROLES}"),
    Call(f"GET {ROLES}/<role>"),
    Call(f"PATCH {ROLES}/<role>", data(name="Examiners")),
    Call(
        f"GET {V1}/rolepermissions/unassigned",
        query={"roleId": "<role>"},
    ),
    Call(f"GET {ROLES}/2/permissions", keeps={"<permission>": "records.0.rolePermissionId"}),
    Call(f"PUT {ROLES}/<role>/permissions", {"rolePermissionIds": ["<permission>"]}),
    Call(f"GET {V1}/role-audits"),
    Call(f"POST {USERS}/<bob>/roles", {"roleIds": ["<role>"]}),
    Call(f"DELETE {USERS}/<bob>/roles", {"roleIds": ["<role>"]}),
    # -- groups
    Call(f"POST {GROUPS}", {"name": "Staff<again>", "enabled": True}, keeps={"<group>": "id"}),
    Call(f"POST {GROUPS}", {"name": "Unused", "enabled": True}, keeps={"<unused group>": "id"}),
    Call(f"GET {GROUPS}"),
    Call(f"GET {GROUPS}/lookup"),
    Call(f"GET {GROUPS}/<group>"),
    Call(f"PUT {GROUPS}/<group>", {"id": "<group>", "name": "Crew", "enabled": True}),
    Call(f"PATCH {GROUPS}/<group>", data(ownerGroupIds=["<bob's group>"])),
    Call(f"POST {GROUPS}/<group>/users", {"userId": "<bob>"}, keeps={"<member>": "userId"}),
    Call(f"GET {GROUPS}/<group>/users"),
    Call(f"GET {GROUPS}/<group>/users/<member>"),
    Call(f"PATCH {GROUPS}/<group>/users", {"addedUserIds": ["<cleo>"], "removeUserIds": []}),
    Call(f"DELETE {GROUPS}/<group>/users/<member>"),
    Call(f"PUT {GROUPS}/<group>/users", {"userIds": ["<bob>"]}),
    Call(f"GET {USERS}/<bob>/groups"),
    Call(f"POST {USERS}/<cleo>/groups", {"groupIds": ["<group>"]}),
    Call(f"DELETE {USERS}/<cleo>/groups", query={"groupIds": "<group>"}),
    Call(
        f"PATCH {USERS}/<cleo>",
        {"data": {"groupOwners": ["<bob's group>"], "isGroupOwnerUpdate": True}},
    ),
    Call(f"GET {USERS}/<cleo>/owners"),
    Call(f"POST {GROUPS}/<group>/roles", {"roleIds": ["<role>"]}),
    Call(f"GET {GROUPS}/<group>/roles"),
    Call(f"GET {USERS}/<bob>/roles-assigned"),
    Call(f"PUT {GROUPS}/<group>/roles", {"roleIds": ["<role>"]}),
    Call(f"DELETE {GROUPS}/<group>/roles", {"roleIds": ["<role>"]}),
    Call(f"DELETE {GROUPS}/<unused group>"),
    # -- from where
    Call(f"POST {RANGES}", {"name": "home", "range": "203.0.113.0/24"}, keeps={"<range>": "id"}),
    Call(f"GET {RANGES}"),
    Call(f"GET {RANGES}/<range>"),
    Call(
        f"PUT {RANGES}/<range>",
        {"id": "<range>", "name": "office", "range": "203.0.113.0/24"},
    ),
    Call(
        f"POST {RANGES}/<range>/users",
        {"ipAddressRestrictionId": "<range>", "userId": "<bob>"},
    ),
    Call(
        f"POST {RANGES}/<range>/groups",
        {"ipAddressRestrictionId": "<range>", "groupId": "<group>"},
    ),
    Call(f"GET {RANGES}/<range>/users"),
    Call(f"GET {RANGES}/<range>/groups"),
    Call(f"GET {USERS}/<bob>/ipaddress-restrictions"),
    Call(f"GET {GROUPS}/<group>/ipaddress-restrictions"),
    Call(f"GET {USERS}/<bob>"),
    Call(f"GET {GROUPS}/<group>"),
    Call(f"DELETE {RANGES}/<range>/users/<bob>"),
    Call(f"DELETE {RANGES}/<range>/groups/<group>"),
    Call(f"DELETE {RANGES}/<range>"),
    # -- applications
    Call(f"POST {RULES}", {"name": "jobs<again>", "userId": "<bob>"}, keeps={"<rule>": "id"}),
    Call(f"GET {RULES}"),
    Call(f"GET {RULES}/<rule>/onboarding-key", keeps={"<onboarding key>": ""}),
    Call(
        f"POST {ACCOUNTS}",
        {
            "name": "batch",
            "description": "",
            "ruleName": "jobs",
            "onboardingKey": "<onboarding key>",
        },
    ),
    Call(f"GET {ACCOUNTS}", keeps={"<account>": "records.0.id"}),
    Call(f"POST {ACCOUNTS}/<account>/revoke"),
    Call(f"DELETE {RULES}/<rule>"),
)

PEOPLE_LEAVE = (
    Call(
        f"POST {USERS}/change-password",
        {"currentPassword": "<password>", "newPassword": "<new password>"},
        by="<bob's token>",
    ),
    Call(
        "POST /oauth2/token",
        form=BOBS_FORM | {"password": "<new password>"},
        keeps={"<bob's token>": "access_token"},
    ),
    Call(f"POST {V1}/oauth-expiration", by="<bob's token>"),
    Call(
        "POST /oauth2/token",
        form=BOBS_FORM | {"password": "<new password>"},
        keeps={"<bob's token>": "access_token"},
    ),
    Call(
        f"GET {USERS}/sessions",
        by="<bob's token>",
        keeps={"<session>": "records.0.userSessionId"},
    ),
    Call(f"POST {USERS}/sessions/terminate", {"userSessionId": "<session>"}, by="<bob's token>"),
    Call(
        f"POST {USERS}/<bob>/password-reset",
        {"data": {"userId": "<bob>", "password": "<password>"}},
    ),
    Call(f"POST {USERS}/<bob>/reset-two-factor", {"data": {"twoFactorType": "Oath"}}),
    Call(
        f"POST {USERS}/<bob>/lock-out",
        {"data": {"description": "odd", "reasonType": "SuspiciousActivity"}},
    ),
    Call(f"PUT {USERS}/doublelock-password", {"newPassword": "<password>"}),
    Call(f"DELETE {USERS}/<bob>"),
    Call(f"POST {USERS}/delete-pii/<bob>"),
)
