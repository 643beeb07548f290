"""What is asked of a search for secrets: the contract's filters, obeyed or refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from chalicelib import wiring
from chalicelib.core.errors import Invalid
from chalicelib.vault.folder import NO_FOLDER
from chalicelib.vault.service import Query
from chalicelib.vault.service.asking import NEEDS
from chalicelib.vault.state import HeartbeatStatus
from chalicelib.web.shapes import ApiDate, PagedQuery

from .template_answers import CHANGER_IDS

NAME_FIELDS = {"name", "secretname", "secret name"}


class Scope(StrEnum):
    """Among which secrets is searched: all, those seen lately, or one's favorites."""

    ALL = "all"
    RECENT = "recent"
    FAVORITES = "favorites"


SCOPES = {"": Scope.ALL, "1": Scope.ALL, "2": Scope.RECENT, "3": Scope.FAVORITES}
"""What some clients send instead of the names."""


class SearchQuery(PagedQuery):
    """`SecretSearch` of the contract. What is asked and cannot be obeyed is refused."""

    folder_id: int | None = None
    include_sub_folders: bool = False
    search_text: str = ""
    search_field: str = ""
    search_field_slug: str = ""
    is_exact_match: bool = False
    secret_template_id: int | None = None
    secret_template_ids: Sequence[int] = ()
    secret_template_ids_combined: str = ""
    password_type_ids: Sequence[int] = ()
    secret_ids: Sequence[int] = ()
    site_id: int | None = None
    heartbeat_status: HeartbeatStatus | None = None
    include_active: bool = True
    include_inactive: bool = False
    include_restricted: bool = True
    allow_double_locks: bool = True
    permission_required: str = ""
    only_rpc_enabled: bool = False
    only_secrets_checked_out_by_user: bool = False
    only_checked_out_secrets: bool = False
    only_shared_with_me: bool = False
    double_lock_id: int | None = None
    extended_type_id: int | None = None
    has_launcher: bool = False
    scope: str = ""
    recent_min_date_time: ApiDate | None = None
    recent_max_date_time: ApiDate | None = None
    extended_fields: Sequence[str] = ()
    ext_fields_combined: str = ""
    do_not_calculate_total: bool = False

    def query(self) -> Query:
        """The question. Raises Invalid for what would be ignored."""
        for is_wrong, why in self._mistakes():
            if is_wrong:
                raise Invalid(why)
        field = (self.search_field_slug or self.search_field).strip()
        templates = self._templates()
        return Query(
            text=self.search_text.strip(),
            is_exact=self.is_exact_match,
            field="" if field.lower() in NAME_FIELDS else field,
            only_names=field.lower() in NAME_FIELDS,
            folder_id=self._folder(),
            with_subfolders=self.include_sub_folders,
            template_ids=tuple(templates or ()),
            ids=tuple(self.secret_ids),
            site_id=self.site_id if self.site_id and self.site_id > 0 else None,
            active=self.include_active,
            inactive=self.include_inactive,
            needs=self._needed(),
            heartbeat=self.heartbeat_status,
            only_changed=self.only_rpc_enabled,
            double_lock=self.double_lock_id if (self.double_lock_id or 0) > 0 else None,
            only_checked_out=self.only_checked_out_secrets,
            only_by_me=self.only_secrets_checked_out_by_user,
            only_shared=self.only_shared_with_me,
            restricted=self.include_restricted,
            locked=self.allow_double_locks,
            nothing=self.has_launcher or templates == frozenset(),  # no secret has launchers yet
            counts=not self.do_not_calculate_total,
        )

    def columns(self) -> list[str]:
        """The names of the fields to be shown, each once."""
        combined = [one for one in self.ext_fields_combined.split(",") if one.strip()]
        return list(dict.fromkeys(one.strip() for one in combined or self.extended_fields))

    def among(self) -> Scope:
        """Among which secrets. Raises Invalid for another scope."""
        text = self.scope.strip().lower()
        try:
            return SCOPES.get(text) or Scope(text)
        except ValueError:
            raise Invalid("scope must be All, Recent or Favorites.") from None

    def _needed(self) -> str:
        return self.permission_required.strip().lower() or "list"

    def _mistakes(self) -> Iterator[tuple[bool, str]]:
        dates = self.recent_min_date_time or self.recent_max_date_time
        yield self._needed() not in NEEDS, "permissionRequired must be List, View, Edit or Owner."
        yield bool(self.extended_type_id), "extendedTypeId: templates have no extended types here."
        yield (
            dates is not None and self.among() is not Scope.RECENT,
            "recentMinDateTime and recentMaxDateTime belong to the scope Recent.",
        )

    def _folder(self) -> int | None:
        """The folder; 0 asks nothing, and -1 for the secrets in no folder."""
        if not self.folder_id:
            return None
        if self.folder_id < 0:
            return None if self.include_sub_folders else NO_FOLDER
        return self.folder_id

    def _templates(self) -> frozenset[int] | None:
        """Of which templates it must be, by their ids; None for any."""
        one = (self.secret_template_id,) if self.secret_template_id else ()
        several = _ids(self.secret_template_ids_combined) or self.secret_template_ids
        asked = frozenset((*several, *one)) or None
        if not self.password_type_ids:
            return asked
        changers = {name for name, id in CHANGER_IDS.items() if id in self.password_type_ids}
        known = wiring.templates().current().templates.values()
        typed = frozenset(one.id for one in known if one.changer in changers)
        return typed if asked is None else asked & typed


def _ids(combined: str) -> tuple[int, ...]:
    """Ids that are parted by commas."""
    try:
        return tuple(int(one) for one in combined.split(",") if one.strip())
    except ValueError:
        raise Invalid("secretTemplateIdsCombined must be ids, parted by commas.") from None
