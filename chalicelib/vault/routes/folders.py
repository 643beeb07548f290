"""Folders: create, read, update, move, delete, list."""

from __future__ import annotations

from typing import Any

from chalicelib import wiring
from chalicelib.cluster.gate import GATE_KEY
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.vault.folder import NO_FOLDER, Folder, Tree
from chalicelib.vault.grants import FolderDeed, FolderRole, Verdict, decide_folder, folder_role_of
from chalicelib.vault.personal import PERSONAL, ROOT_ID, lies_in_personal, type_of
from chalicelib.vault.service import FolderChange, FolderQuery, Seen
from chalicelib.vault.visit import Visit
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import (
    AuditQuery,
    DeletedModel,
    Paged,
    PagedQuery,
    Struct,
    paged,
    paged_answer,
)

from . import folder_models as models
from .folder_templates import named, taken
from .patching import dirty
from .policies import VIEW as VIEW_POLICIES
from .policies import summaries
from .template_answers import summary as template_summary
from .trail_answers import folder_line
from .visiting import visit

NEEDS = {"owner": FolderDeed.OWN, "edit": FolderDeed.EDIT, "addsecret": FolderDeed.ADD_SECRET}


class SearchQuery(PagedQuery):
    folder_type_id: int | None = None
    limit_to_direct_descendents: bool = False
    only_include_root_folders: bool = False
    parent_folder_id: int | None = None
    permission_required: str = ""
    search_text: str = ""

    def query(self) -> FolderQuery:
        parent = self.parent_folder_id
        roots = parent == NO_FOLDER and self.limit_to_direct_descendents
        return FolderQuery(
            text=self.search_text,
            parent_id=parent if parent and parent > 0 else None,
            only_children=self.limit_to_direct_descendents,
            only_roots=self.only_include_root_folders or roots,
            type_id=self.folder_type_id,
            needs=NEEDS.get(self.permission_required.replace(" ", "").lower(), FolderDeed.SEE),
        )


class ReadQuery(Struct):
    get_all_children: bool = False
    include_associated_templates: bool = False
    folder_path: str = ""


@endpoint("GET", "/api/v1/folders", query=SearchQuery, returns=Paged[models.FolderSummary])
def search(call: Call[None]) -> Paged[models.FolderSummary]:
    asked: SearchQuery = call.query
    found = wiring.folders().search(at_home(call), asked.query(), paged(asked))
    return paged_answer(found, lambda one: _summary(one.folder, one.tree))


@endpoint("GET", "/api/v1/folders/lookup", query=SearchQuery, returns=Paged[models.FolderLookup])
def lookup(call: Call[None]) -> Paged[models.FolderLookup]:
    asked: SearchQuery = call.query
    found = wiring.folders().search(at_home(call), asked.query(), paged(asked))
    return paged_answer(found, lambda one: models.FolderLookup(one.folder.id, one.folder.name))


@endpoint(
    "POST",
    "/api/v1/folders",
    body=models.FolderCreateArgs,
    returns=models.FolderModel,
    permission="Administer Folders",
    writes="vault",
    errors=[NotFound],
)
def create(call: Call[models.FolderCreateArgs]) -> models.FolderModel:
    body = call.body
    if body.folder_type_id == PERSONAL:
        raise Invalid("A personal folder is made when its user first asks for folders.")
    draft = Folder(
        0,
        body.folder_name,
        body.parent_folder_id if body.parent_folder_id > 0 else NO_FOLDER,
        inherits_permissions=body.inherit_permissions is not False,
        inherits_policy=body.inherit_secret_policy is not False and not own_policy(body),
        policy_id=own_policy(body),
    )
    made = wiring.folders().create(visit(call), draft)
    return _model(visit(call), made, ReadQuery())


@endpoint("GET", "/api/v1/folders/{id}", query=ReadQuery, returns=models.FolderModel)
def read(call: Call[None]) -> models.FolderModel:
    asker = at_home(call) if call.query.folder_path else visit(call)
    id = call.id() or wiring.folders().at(asker, call.query.folder_path)
    return _model(asker, wiring.folders().see(asker, id), call.query)


@endpoint(
    "PUT",
    "/api/v1/folders/{id}",
    body=models.FolderUpdateArgs,
    returns=models.FolderModel,
    writes="vault",
)
def update(call: Call[models.FolderUpdateArgs]) -> models.FolderModel:
    body, asker = call.body, visit(call)
    if body.id not in (None, 0, call.id()):
        raise Invalid("The id of the body is another folder's.")
    parent = body.parent_folder_id
    change = FolderChange(
        name=body.folder_name,
        parent_id=NO_FOLDER if parent == 0 else parent,
        inherits_permissions=body.inherit_permissions,
        inherits_policy=inherits_policy(body.inherit_secret_policy, body.secret_policy_id),
        policy_id=_policy(body.secret_policy_id),
    )
    return _model(asker, wiring.folders().change(asker, call.id(), change), ReadQuery())


@endpoint(
    "PATCH",
    "/api/v1/folder/{id}",
    body=models.FolderPatchArgs,
    returns=models.FolderBasicModel,
    writes="vault",
)
def patch(call: Call[models.FolderPatchArgs]) -> models.FolderBasicModel:
    data = call.body.data
    is_set = data.secret_policy is not None and data.secret_policy.dirty
    policy = (dirty(data.secret_policy) or 0) if is_set else None
    change = FolderChange(
        name=dirty(data.folder_name),
        inherits_permissions=dirty(data.enable_inherit_permissions),
        inherits_policy=inherits_policy(dirty(data.enable_inherit_secret_policy), policy),
        policy_id=_policy(policy),
        templates=None if data.allowed_templates is None else frozenset(data.allowed_templates),
    )
    seen = wiring.folders().change(visit(call), call.id(), change)
    folder = seen.folder
    policies = summaries() if call.principal.may(VIEW_POLICIES) else []
    of_parent = seen.tree.policy_on(folder.parent_id)
    return models.FolderBasicModel(
        folder_name=folder.name,
        enable_inherit_permissions=folder.inherits_permissions,
        enable_inherit_secret_policy=folder.inherits_policy,
        has_edit=bool(seen.role and seen.role >= FolderRole.EDIT),
        has_owner=seen.role is FolderRole.OWNER,
        allowed_templates=sorted(folder.templates),
        secret_templates=named(taken(folder)) if folder.templates else [],
        is_personal_folder=lies_in_personal(seen.tree, folder.id),
        parent_folder_id=None if folder.parent_id == NO_FOLDER else folder.parent_id,
        secret_policy=seen.tree.policy_on(folder.id) or None,
        secret_policies=[one for one in policies if one.active],
        parent_folder_policy_name=next(
            (one.secret_policy_name for one in policies if one.secret_policy_id == of_parent), ""
        ),
    )


@endpoint("DELETE", "/api/v1/folders/{id}", returns=DeletedModel, writes="vault")
def delete(call: Call[None]) -> DeletedModel:
    wiring.folders().delete(visit(call), call.id())
    return DeletedModel(call.id(), "Folder")


@endpoint(
    "GET",
    "/api/v1/folder-details/{id}",
    query=models.FolderDetailQuery,
    returns=models.FolderDetailViewModel,
)
def details(call: Call[None]) -> models.FolderDetailViewModel:
    asker = visit(call)
    try:
        seen = wiring.folders().see(asker, call.id())
    except NotFound:
        if call.query.return_empty_instead_of_no_access_exception:
            return models.FolderDetailViewModel(NO_FOLDER, "", [], [])
        raise
    actions = {
        "CreateSubfolder": FolderDeed.EDIT,
        "EditFolder": FolderDeed.EDIT,
        "AddSecret": FolderDeed.ADD_SECRET,
        "DeleteFolder": FolderDeed.OWN,
        "MoveFolder": FolderDeed.OWN,
    }
    fixed = ("EditFolder", "DeleteFolder", "MoveFolder") if call.id() >= ROOT_ID else ()
    return models.FolderDetailViewModel(
        id=seen.folder.id,
        name=seen.folder.name,
        actions=[
            name for name, deed in actions.items() if name not in fixed and _may(asker, seen, deed)
        ],
        folder_warning=_warning(seen),
        allowed_templates=named(taken(seen.folder)),
    )


@endpoint(
    "GET",
    "/api/v1/folders/{id}/audit",
    query=AuditQuery,
    returns=Paged[models.FolderAuditSummary],
)
def audit(call: Call[None]) -> Paged[models.FolderAuditSummary]:
    folder = wiring.folders().see(visit(call), call.id()).folder
    lines = wiring.trail().of("Folder", folder.id, paged(call.query))
    return paged_answer(lines, folder_line(folder.id, lines.records))


def at_home(call: Call[Any]) -> Visit:
    """The visit of somebody who looks for folders: his own is among them."""
    asker = visit(call)
    gate = wiring.gate().parse(call.rows.get(GATE_KEY))
    if wiring.gate().here(gate).view_only(call.now):
        return asker
    return wiring.personal_folders().at_home(asker)


def _warning(seen: Seen) -> str:
    if not lies_in_personal(seen.tree, seen.folder.id):
        return ""
    set_to = wiring.settings().current()
    return set_to.personal_folder_warning if set_to.personal_folder_warns else ""


def own_policy(body: models.FolderCreateArgs) -> int:
    """The policy of a folder to be made; one that is said to inherit has none of its own."""
    return 0 if body.inherit_secret_policy else max(body.secret_policy_id or 0, 0)


def inherits_policy(given: bool | None, policy: int | None) -> bool | None:
    """A policy that came makes it the folder's own, unless it is said to inherit."""
    return False if given is None and policy and policy > 0 else given


def _policy(given: int | None) -> int | None:
    """-1 means none, as in answers; None leaves it."""
    return None if given is None else max(given, 0)


def _may(asker: Visit, seen: Seen, deed: FolderDeed) -> bool:
    return decide_folder(deed, asker.who.permissions, seen.role) is Verdict.ALLOWED


def _summary(folder: Folder, tree: Tree) -> models.FolderSummary:
    return models.FolderSummary(
        id=folder.id,
        folder_name=folder.name,
        folder_path=tree.path(folder.id),
        parent_folder_id=folder.parent_id,
        folder_type_id=type_of(folder.id),
        inherit_permissions=folder.inherits_permissions,
        inherit_secret_policy=folder.inherits_policy,
        secret_policy_id=tree.policy_on(folder.id) or models.NO_POLICY,
    )


def _model(asker: Visit, seen: Seen, asked: ReadQuery) -> models.FolderModel:
    """The folder, with what is under it as far as the asker may see it."""
    folder, tree = seen.folder, seen.tree
    templates = taken(folder) if asked.include_associated_templates else ()
    return models.FolderModel(
        id=folder.id,
        folder_name=folder.name,
        folder_path=tree.path(folder.id),
        parent_folder_id=folder.parent_id,
        folder_type_id=type_of(folder.id),
        inherit_permissions=folder.inherits_permissions,
        inherit_secret_policy=folder.inherits_policy,
        secret_policy_id=tree.policy_on(folder.id) or models.NO_POLICY,
        child_folders=_children(asker, seen, asked) if asked.get_all_children else (),
        secret_templates=[template_summary(one) for one in templates],
    )


def _children(asker: Visit, seen: Seen, asked: ReadQuery) -> list[models.FolderModel]:
    below = (seen.tree.by_id[id] for id in seen.tree.children.get(seen.folder.id, ()))
    seen_below = (
        Seen(one, seen.tree, folder_role_of(seen.tree.grants_on(one.id), asker.them))
        for one in below
    )
    return [_model(asker, one, asked) for one in seen_below if _may(asker, one, FolderDeed.SEE)]
