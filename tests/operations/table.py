"""All requests, in the order in which they are made."""

from __future__ import annotations

from .access_calls import PEOPLE, PEOPLE_LEAVE
from .call import Step
from .cluster_calls import CLUSTER, KEYS_AND_BACKUPS, REPLICA
from .secret_calls import ALL_OF_SECRETS
from .vault_calls import FOLDERS_AND_RULES

STEPS: tuple[Step, ...] = (
    *CLUSTER,
    *PEOPLE,
    *FOLDERS_AND_RULES,
    *ALL_OF_SECRETS,
    *KEYS_AND_BACKUPS,
    *PEOPLE_LEAVE,
    *REPLICA,
)

CONNECTOR = "/api/v1/distributed-engine/site-connector/{siteConnectorId}"
EXCEPTIONS = {
    "POST /api/v1/distributed-engine/site-connector": "a connector is made with its site",
    f"GET {CONNECTOR}/credentials": "engines are lent theirs, each by its own key",
}
"""What cannot succeed here, and why."""

NO_CODES = "what is refused is an error, and says so there"
NO_LAUNCHERS = "nothing is launched"
NO_SSH_MENUS = "sessions are not proxied"
EMPTY = {
    "CategorizedListDeleteModel.responseCodes": NO_CODES,
    "DeletedModel.responseCodes": NO_CODES,
    "SecretModel.responseCodes": NO_CODES,
    "SecretModelV2.responseCodes": NO_CODES,
    "SecretResponseCodeModel.responseCodes": NO_CODES,
    "SecretSummary.responseCodes": NO_CODES,
    "SecretDetailGeneralModel.launchers": NO_LAUNCHERS,
    "SecretDetailGeneralViewModel.launchers": NO_LAUNCHERS,
    "SecretPolicyItemOfSshCommandMenuGroupMapModelLeftSquareBracketRightSquareBracket.value": (
        NO_SSH_MENUS
    ),
    "SecretPolicyV1Item.sshCommandMenuGroupMaps": NO_SSH_MENUS,
    "DisasterRecoveryOutgoingConfigurationModel.dataReplicas": "who reads backups is not known",
    "ScriptSshAdditionalDataModel.parameters": "hooks have arguments",
    "SecretDetailHookModel.parameters": "hooks have arguments",
    "SecretTemplatePasswordTypeModel.legacyPasswordTypeIds": "no template had another type",
    "SiteSummaryModel.siteMetrics": "none are kept",
    "ViewTemplateFieldOfString.additionalLinks": "there are none",
}
"""Lists of the contract's schemas in which nothing ever is, and why."""
