"""Secrets found: search, lookup and totals, v1 and v2 alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from chalicelib import wiring
from chalicelib.vault.folder import NO_FOLDER
from chalicelib.vault.service import Found, Query
from chalicelib.vault.state import HeartbeatStatus
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Paged, PagedQuery, paged, paged_answer

from . import secret_answers as answers
from .secret_models import SecretLookup, SecretSummary
from .visiting import visit

R = TypeVar("R")

NAME_FIELDS = {"name", "secretname", "secret name"}


class SearchQuery(PagedQuery):
    """`SecretSearch` of the contract."""

    folder_id: int | None = None
    include_sub_folders: bool = False
    search_text: str = ""
    search_field: str = ""
    search_field_slug: str = ""
    is_exact_match: bool = False
    secret_template_id: int | None = None
    secret_template_ids: Sequence[int] = ()
    secret_ids: Sequence[int] = ()
    site_id: int | None = None
    heartbeat_status: HeartbeatStatus | None = None
    include_active: bool = True
    include_inactive: bool = False
    permission_required: str = "List"
    only_rpc_enabled: bool = False
    only_secrets_checked_out_by_user: bool = False
    only_checked_out_secrets: bool = False
    double_lock_id: int | None = None
    extended_type_id: int | None = None
    has_launcher: bool = False
    scope: str = "All"
    do_not_calculate_total: bool = False

    def query(self) -> Query:
        field = (self.search_field_slug or self.search_field).strip()
        one = (self.secret_template_id,) if self.secret_template_id else ()
        return Query(
            text=self.search_text.strip(),
            is_exact=self.is_exact_match,
            field="" if field.lower() in NAME_FIELDS else field,
            only_names=field.lower() in NAME_FIELDS,
            folder_id=self._folder(),
            with_subfolders=self.include_sub_folders,
            template_ids=(*self.secret_template_ids, *one),
            ids=tuple(self.secret_ids),
            site_id=self.site_id if self.site_id and self.site_id > 0 else None,
            active=self.include_active,
            inactive=self.include_inactive,
            needs=self.permission_required,
            heartbeat=self.heartbeat_status,
            only_changed=self.only_rpc_enabled,
            double_lock=self.double_lock_id if (self.double_lock_id or 0) > 0 else None,
            only_checked_out=self.only_checked_out_secrets,
            only_by_me=self.only_secrets_checked_out_by_user,
            nothing=self._asks_for_what_no_secret_has(),
            counts=not self.do_not_calculate_total,
        )

    def _folder(self) -> int | None:
        """The folder; 0 asks nothing, and -1 for the secrets in no folder."""
        if not self.folder_id:
            return None
        if self.folder_id < 0:
            return None if self.include_sub_folders else NO_FOLDER
        return self.folder_id

    def _asks_for_what_no_secret_has(self) -> bool:
        """Launchers and favorites come with later releases."""
        asked = (
            self.has_launcher,
            self.scope.lower() in ("favorites", "recent", "2", "3"),
        )
        return any(asked)


def _page(call: Call[None], shape: Callable[[Found], R]) -> Paged[R]:
    asked: SearchQuery = call.query
    found = wiring.vault_search().search(visit(call), asked.query(), paged(asked))
    return paged_answer(found, shape)


@endpoint("GET", "/api/v1/secrets", query=SearchQuery, returns=Paged[SecretSummary])
def search(call: Call[None]) -> Paged[SecretSummary]:
    return _page(call, lambda found: answers.summary(found, call.now))


@endpoint("GET", "/api/v2/secrets", query=SearchQuery, returns=Paged[SecretSummary])
def search_v2(call: Call[None]) -> Paged[SecretSummary]:
    return _page(call, lambda found: answers.summary(found, call.now))


@endpoint("GET", "/api/v1/secrets/lookup", query=SearchQuery, returns=Paged[SecretLookup])
def lookup(call: Call[None]) -> Paged[SecretLookup]:
    return _page(call, answers.lookup)


@endpoint("GET", "/api/v1/secrets/search-total", query=SearchQuery, returns=int)
def total(call: Call[None]) -> int:
    asked: SearchQuery = call.query
    return wiring.vault_search().total(visit(call), asked.query())


@endpoint("GET", "/api/v2/secrets/search-total", query=SearchQuery, returns=int)
def total_v2(call: Call[None]) -> int:
    return total(call)
