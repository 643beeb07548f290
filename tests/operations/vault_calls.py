"""Folders, templates, requirements, policies, lists, scripts, workflows."""

from __future__ import annotations

from .call import Call, data, dirty

V1, V2 = "/api/v1", "/api/v2"
FOLDERS, GRANTS = f"{V1}/folders", f"{V1}/folder-permissions"
TEMPLATES = f"{V1}/secret-templates"
REQUIREMENTS, SETS = f"{V1}/password-requirements", f"{V1}/character-sets"
TYPES = f"{V1}/remote-password-changing/password-types"
LISTS = f"{V1}/lists"
WORKFLOWS = f"{V1}/workflows/templates"
STEPS = '{"steps": [{"name": "One", "approvers": [<group>], "needed": 1}]}'

FOLDERS_AND_RULES = (
    Call(
        f"POST {FOLDERS}",
        {"folderName": "Servers", "folderTypeId": 1, "parentFolderId": -1},
        keeps={"<folder>": "id"},
    ),
    Call(
        f"POST {FOLDERS}",
        {"folderName": "Unused", "folderTypeId": 1, "parentFolderId": -1},
        keeps={"<unused folder>": "id"},
    ),
    Call(f"GET {FOLDERS}"),
    Call(f"GET {FOLDERS}/lookup"),
    Call(
        f"POST {FOLDERS}",
        {"folderName": "Old", "folderTypeId": 1, "parentFolderId": "<folder>"},
        keeps={"<inner folder>": "id"},
    ),
    Call(
        f"POST {FOLDERS}",
        {"folderName": "Oldest", "folderTypeId": 1, "parentFolderId": "<inner folder>"},
    ),
    Call(f"PUT {FOLDERS}/<folder>", {"id": "<folder>", "folderName": "Hosts"}),
    Call(
        f"PATCH {V1}/folder/<folder>",
        {"data": {**dirty(folderName="Machines"), "allowedTemplates": [2, 9, 6007]}},
    ),
    Call(f"GET {V1}/folder-details/<folder>"),
    Call(f"GET {FOLDERS}/<folder>/audit"),
    Call(f"GET {V1}/templates/<folder>"),
    Call(
        f"GET {FOLDERS}/<folder>",
        query={"getAllChildren": "true", "includeAssociatedTemplates": "true"},
    ),
    Call(f"DELETE {FOLDERS}/<folder>/templates/2"),
    Call(f"PATCH {V1}/folder/<folder>", {"data": {"allowedTemplates": []}}),
    Call(f"DELETE {FOLDERS}/<unused folder>"),
    Call(
        f"POST {GRANTS}",
        {
            "folderId": "<folder>",
            "userId": "<bob>",
            "folderAccessRoleName": "View",
            "secretAccessRoleName": "View",
            "breakInheritance": True,
        },
        keeps={"<folder grant>": "id"},
    ),
    Call(f"GET {GRANTS}", query={"filter.folderId": "<folder>"}),
    Call(f"GET {GRANTS}/<folder grant>"),
    Call(
        f"PUT {GRANTS}/<folder grant>",
        {
            "id": "<folder grant>",
            "folderId": "<folder>",
            "folderAccessRoleName": "Edit",
            "secretAccessRoleName": "View",
        },
    ),
    # -- templates
    Call(
        f"POST {TEMPLATES}",
        {
            "name": "Vault door<again>",
            "concurrencyId": "",
            "fields": [{"name": "Place", "isRequired": True}, {"name": "Code", "isPassword": True}],
        },
        keeps={
            "<template>": "id",
            "<place>": "fields.0.secretTemplateFieldId",
            "<code>": "fields.1.secretTemplateFieldId",
        },
    ),
    Call(f"GET {TEMPLATES}"),
    Call(f"GET {TEMPLATES}/<template>"),
    Call(f"GET {V2}/secret-templates/<template>"),
    Call(f"PATCH {TEMPLATES}/<template>", data(description="Of a vault.")),
    Call(f"PATCH {V2}/secret-templates/<template>", data(description="Of the vault.")),
    Call(
        f"POST {TEMPLATES}/<template>",
        {"name": "Keeper<again>", "displayName": "Keeper"},
        keeps={"<keeper>": ""},
    ),
    Call(f"PUT {TEMPLATES}/<template>", "<keeper>"),
    Call(
        f"POST {TEMPLATES}/<template>/fields",
        {"data": {"name": "Shade<again>", "dataType": "Text"}},
        keeps={"<shade>": "id"},
    ),
    Call(
        f"PATCH {TEMPLATES}/fields/<shade>",
        data(description="Its colour.", dropdownOptionsToAdd=["red", "blue"]),
    ),
    Call(f"GET {TEMPLATES}/fields/<shade>"),
    Call(f"GET {TEMPLATES}/fields/search", query={"filter.secretTemplateId": "<template>"}),
    Call(f"POST {TEMPLATES}/generate-password/<code>"),
    Call(f"GET {TEMPLATES}/6007/password-type"),
    Call(f"PATCH {TEMPLATES}/6007/password-type", data(heartbeatIntervalDays=2)),
    Call(f"GET {V1}/secret-extensions/web-secret-templates"),
    Call(f"GET {TYPES}", keeps={"<type>": "records.0.passwordTypeId"}),
    Call(f"GET {TYPES}/<type>", keeps={"<whole type>": ""}),
    Call(f"PUT {TYPES}/<type>", "<whole type>"),
    # -- requirements
    Call(f"GET {SETS}"),
    Call(
        f"POST {SETS}",
        {"data": {"name": "Vowels<again>", "value": "aeiou"}},
        keeps={"<set>": "characterSetId"},
    ),
    Call(f"GET {SETS}/1"),
    Call(f"PATCH {SETS}/<set>", data(name="All vowels")),
    Call(f"GET {REQUIREMENTS}"),
    Call(
        f"POST {REQUIREMENTS}",
        {
            "data": {
                "name": "Long<again>",
                "minPasswordLength": 20,
                "maxPasswordLength": 30,
                "allowedCharacterSetId": 1,
                "passwordRequirementRules": [],
            }
        },
        keeps={"<requirement>": "passwordRequirementId"},
    ),
    Call(f"GET {REQUIREMENTS}/<requirement>"),
    Call(f"GET {REQUIREMENTS}/1"),
    Call(f"PATCH {REQUIREMENTS}/<requirement>", data(preventDictionaryWords=True)),
    Call(
        f"PUT {REQUIREMENTS}/<requirement>/rules",
        {
            "data": [
                {
                    "characterSetId": 1,
                    "minCharactersRequired": 2,
                    "passwordRequirementType": "MinimumOf",
                }
            ]
        },
    ),
    # -- policies
    Call(
        f"POST {V2}/secret-policy",
        {
            "data": {
                "secretPolicyName": "Strict<again>",
                "active": True,
                "securityItems": {
                    "approvalGroups": {
                        "policyApplyType": "Default",
                        "value": [{"groupId": "<group>", "userGroupMapType": "Group"}],
                    }
                },
            }
        },
        keeps={"<policy>": "secretPolicyId"},
    ),
    Call(f"GET {V1}/secret-policy/search"),
    Call(f"GET {V2}/secret-policy/stub"),
    Call(f"GET {V2}/secret-policy/<policy>"),
    Call(f"PATCH {V2}/secret-policy/<policy>", data(secretPolicyDescription="For hosts.")),
    Call(f"POST {V1}/secret-policy", {"data": {"secretPolicyName": "Lax", "active": True}}),
    Call(f"GET {V1}/secret-policy/stub"),
    Call(f"GET {V1}/secret-policy/<policy>"),
    Call(
        f"PATCH {V1}/secret-policy/<policy>",
        {
            "data": {
                "secretPolicyItems": [
                    {
                        "name": "CheckOutIntervalMinutes",
                        "policyApplyType": "Default",
                        "valueInt": 30,
                    }
                ]
            }
        },
    ),
    Call(f"PATCH {V1}/folder/<folder>", data(secretPolicy="<policy>")),
    Call(f"PATCH {V1}/folder/<inner folder>", data(folderName="Older")),
    # -- lists
    Call(
        f"POST {LISTS}",
        data(name="Places<again>", description="Where", active=True),
        keeps={"<list>": "categorizedListId"},
    ),
    Call(f"GET {LISTS}"),
    Call(f"GET {LISTS}/summary"),
    Call(f"GET {LISTS}/<list>"),
    Call(f"PUT {LISTS}/<list>", data(name="Towns")),
    Call(f"POST {LISTS}/<list>/options", {"data": [dirty(value="Rome", category="South")]}),
    Call(
        f"POST {LISTS}/<list>/options/South",
        {"data": [dirty(value="Bari")]},
    ),
    Call(f"GET {LISTS}/<list>/categories"),
    Call(f"GET {LISTS}/<list>/options", keeps={"<option>": "records.0.categorizedListItemId"}),
    Call(f"DELETE {LISTS}/<list>/options/<option>"),
    Call(f"DELETE {LISTS}/<list>/options"),
    Call(f"DELETE {LISTS}/<list>"),
    # -- scripts
    Call(
        f"POST {V2}/userscripts",
        {
            "data": {
                "name": "Tell<again>",
                "script": "exit 0",
                "scriptType": "SSH",
                "scriptCategoryId": 4,
            }
        },
        keeps={"<script>": "scriptId"},
    ),
    Call(f"GET {V2}/userscripts"),
    Call(f"GET {V2}/userscripts/<script>"),
    Call(f"PATCH {V1}/userscripts/<script>", data(description="Tells.")),
    Call(
        f"POST {V1}/userscripts",
        {"name": "Old<again>", "script": "true", "scriptType": "SSH", "active": True},
        keeps={"<old script>": "scriptId"},
    ),
    Call(f"GET {V1}/userscripts"),
    Call(f"GET {V1}/userscripts/<old script>"),
    # -- workflows
    Call(
        f"POST {WORKFLOWS}",
        {"name": "Two<again>", "configurationJson": STEPS},
        keeps={"<workflow>": "workflowTemplateId"},
    ),
    Call(f"GET {WORKFLOWS}"),
    Call(f"GET {WORKFLOWS}/<workflow>"),
    Call(
        f"PUT {WORKFLOWS}/<workflow>",
        {"name": "Steps", "configurationJson": STEPS},
    ),
)
