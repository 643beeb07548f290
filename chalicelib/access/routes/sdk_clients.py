"""SDK client accounts: rules that let applications in, and the accounts they make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib import wiring
from chalicelib.access.sdk import ClientAccount, Rule
from chalicelib.access.service.sdk import NewClient
from chalicelib.access.user import User
from chalicelib.core.errors import AccessDenied, Conflict, Invalid, NotFound, StillUsed, Throttled
from chalicelib.core.plain import Plain
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import (
    DeletedModel,
    Paged,
    PagedQuery,
    Struct,
    paged,
    paged_answer,
)

ACCOUNTS, RULES = "/api/v1/sdk-client-accounts", "/api/v1/sdk-client-rules"
MANAGE = "Administer Create Application Accounts"


class SdkSearch(PagedQuery):
    """What is asked is asked together; `operator` may say so, and nothing else."""

    search_text: str = ""
    user_id: int | None = None
    operator: str = ""

    def echo(self) -> SdkFilter:
        """What was applied. Invalid if it was to be something else."""
        if self.operator.strip().lower() not in ("", "and"):
            raise Invalid("filter.operator is not available in this release.")
        return SdkFilter(self.search_text, self.user_id, self.operator)


class SdkFilter(Struct):
    """The filter as applied."""

    search_text: str
    user_id: int | None
    operator: str = ""


class SdkClientAccountCreateArgs(Struct):
    name: str
    description: str
    rule_name: str
    client_id: str = ""
    onboarding_key: Plain | None = None


class SdkClientAccountSummary(Struct):
    client_id: str
    details: str
    id: int
    ip_address: str
    name: str
    user_display_name: str
    user_id: int


class SdkClientAccountModel(SdkClientAccountSummary):
    """With the secret, shown once."""

    client_secret: str


class SdkClientRuleCreateArgs(Struct):
    name: str
    details: str = ""
    require_onboarding_key: bool | None = None
    user_id: int | None = None


class SdkClientRuleModel(Struct):
    id: int
    name: str
    details: str
    user_display_name: str
    user_id: int
    require_onboarding_key: bool = True


@endpoint(
    "GET",
    ACCOUNTS,
    query=SdkSearch,
    returns=Paged[SdkClientAccountSummary],
    permission=MANAGE,
)
def list_accounts(call: Call[None]) -> Paged[SdkClientAccountSummary]:
    asked: SdkSearch = call.query
    page = wiring.sdk_clients().accounts(asked.search_text, asked.user_id, paged(asked))
    users = wiring.sdk_clients().named([one.user_id for one in page.records])
    return paged_answer(
        page, lambda one: SdkClientAccountSummary(**_shown(one, users)), asked.echo()
    )


@endpoint(
    "POST",
    ACCOUNTS,
    body=SdkClientAccountCreateArgs,
    returns=SdkClientAccountModel,
    anonymous=True,
    writes="cluster",
    errors=(AccessDenied, StillUsed, Throttled),
)
def create_account(call: Call[SdkClientAccountCreateArgs]) -> SdkClientAccountModel:
    """Anonymous: the application has nothing yet but the name and the key of a rule."""
    args = call.body
    key = args.onboarding_key or Plain("")
    new = NewClient(args.client_id, args.name, args.description, args.rule_name, key)
    account, secret = wiring.sdk_clients().onboard(new, call.address, call.now)
    return SdkClientAccountModel(**_shown(account, {}), client_secret=secret.reveal())


@endpoint(
    "POST",
    f"{ACCOUNTS}/{{id}}/revoke",
    returns=bool,
    permission=MANAGE,
    writes="cluster",
)
def revoke_account(call: Call[None]) -> bool:
    wiring.sdk_clients().revoke(call.principal, call.id(), call.now)
    return True


@endpoint("GET", RULES, query=SdkSearch, returns=Paged[SdkClientRuleModel], permission=MANAGE)
def list_rules(call: Call[None]) -> Paged[SdkClientRuleModel]:
    asked: SdkSearch = call.query
    page = wiring.sdk_clients().rules(asked.search_text, asked.user_id, paged(asked))
    users = wiring.sdk_clients().named([one.user_id for one in page.records])
    return paged_answer(page, lambda one: _rule(one, users), asked.echo())


@endpoint(
    "POST",
    RULES,
    body=SdkClientRuleCreateArgs,
    returns=SdkClientRuleModel,
    permission=MANAGE,
    writes="cluster",
    errors=(AccessDenied, NotFound, StillUsed),
)
def create_rule(call: Call[SdkClientRuleCreateArgs]) -> SdkClientRuleModel:
    args = call.body
    if args.require_onboarding_key is False:
        raise Invalid("Conclave asks for an onboarding key always: anybody could come else.")
    if args.user_id is None:
        raise Invalid("userId: a rule names the user as whom its clients act.")
    service = wiring.sdk_clients()
    rule = service.make_rule(call.principal, args.name, args.details, args.user_id, call.now)
    return _rule(rule, service.named([rule.user_id]))


@endpoint(
    "GET",
    f"{RULES}/{{id}}/onboarding-key",
    returns=str,
    permission=MANAGE,
    errors=(AccessDenied,),
)
def read_key(call: Call[None]) -> str:
    return wiring.sdk_clients().key(call.principal, call.id(), call.now).reveal()


@endpoint(
    "DELETE",
    f"{RULES}/{{id}}",
    returns=DeletedModel,
    permission=MANAGE,
    writes="cluster",
    errors=(Conflict,),
)
def delete_rule(call: Call[None]) -> DeletedModel:
    wiring.sdk_clients().remove_rule(call.principal, call.id(), call.now)
    return DeletedModel(call.id(), "SdkClientRule")


def _shown(one: ClientAccount, users: Mapping[int, User]) -> dict[str, Any]:
    return {
        "client_id": one.client_id,
        "details": one.details,
        "id": one.id,
        "ip_address": one.address,
        "name": one.name,
        "user_display_name": _name(one.user_id, users),
        "user_id": one.user_id,
    }


def _rule(one: Rule, users: Mapping[int, User]) -> SdkClientRuleModel:
    return SdkClientRuleModel(one.id, one.name, one.details, _name(one.user_id, users), one.user_id)


def _name(user_id: int, users: Mapping[int, User]) -> str:
    return users[user_id].display_name if user_id in users else ""
