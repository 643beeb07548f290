"""DoubleLocks, their holders, and one's own second password."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalicelib import wiring
from chalicelib.core.errors import AccessDenied, Conflict, Invalid, NotFound, StillUsed, Throttled
from chalicelib.core.paging import page
from chalicelib.core.plain import Plain
from chalicelib.vault.double_lock import DoubleLock
from chalicelib.vault.service.double_locks import ADMINISTER
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

from .visiting import visit

ALL = "/api/v1/double-locks"
ONE = f"{ALL}/{{id}}"


class SecondPasswordArgs(Struct):
    """Ours: the present one to change it; the log-in password to replace one that is lost."""

    new_password: Plain
    current_password: Plain | None = None
    login_password: Plain | None = None


class SecondPasswordModel(Struct):
    success: bool = True


class DoubleLockArgs(Struct):
    name: str


class HolderArgs(Struct):
    user_id: int
    double_lock_password: Plain | None = None


class TakeOutArgs(Struct):
    double_lock_password: Plain | None = None


class DoubleLockModel(Struct):
    """keyEdition counts the keys that it had; numberOfSecrets has the deleted ones too."""

    id: int
    name: str
    user_ids: Sequence[int]
    key_edition: int
    number_of_secrets: int


@endpoint(
    "PUT",
    "/api/v1/users/doublelock-password",
    body=SecondPasswordArgs,
    returns=SecondPasswordModel,
    writes="cluster",
    errors=(AccessDenied, StillUsed, Throttled, Conflict),
)
def set_second_password(call: Call[SecondPasswordArgs]) -> SecondPasswordModel:
    """Make one's DoubleLock password, change it, or make another when it is lost"""
    args = call.body
    asker = replace(visit(call), second=args.current_password)
    if args.login_password is not None:
        wiring.double_locks().replace_lost(asker, args.new_password, args.login_password)
    else:
        wiring.double_locks().set_password(asker, args.new_password)
    return SecondPasswordModel()


@endpoint("GET", ALL, query=PagedQuery, returns=Paged[DoubleLockModel])
def find(call: Call[None]) -> Paged[DoubleLockModel]:
    """The DoubleLocks, for who may see them all; else those that one holds"""
    found = wiring.double_locks().all(visit(call))
    return paged_answer(page(found, paged(call.query)), _model)


@endpoint(
    "POST",
    ALL,
    body=DoubleLockArgs,
    returns=DoubleLockModel,
    permission=ADMINISTER,
    writes="vault",
)
def create(call: Call[DoubleLockArgs]) -> DoubleLockModel:
    """Make a DoubleLock that one holds oneself"""
    return _model(wiring.double_locks().create(visit(call), call.body.name))


@endpoint("GET", ONE, returns=DoubleLockModel, errors=[NotFound])
def read(call: Call[None]) -> DoubleLockModel:
    return _model(wiring.double_locks().get(visit(call), call.id()))


@endpoint(
    "PUT",
    ONE,
    body=DoubleLockArgs,
    returns=DoubleLockModel,
    permission=ADMINISTER,
    writes="vault",
    errors=[NotFound, Conflict],
)
def rename(call: Call[DoubleLockArgs]) -> DoubleLockModel:
    return _model(wiring.double_locks().rename(visit(call), call.id(), call.body.name))


@endpoint(
    "DELETE",
    ONE,
    returns=DeletedModel,
    permission=ADMINISTER,
    writes="vault",
    errors=[NotFound, StillUsed],
)
def delete(call: Call[None]) -> DeletedModel:
    wiring.double_locks().delete(visit(call), call.id())
    return DeletedModel(call.id(), "DoubleLock")


@endpoint(
    "POST",
    f"{ONE}/holders",
    body=HolderArgs,
    returns=DoubleLockModel,
    writes="vault",
    errors=[NotFound, AccessDenied, Throttled, Conflict],
)
def add_holder(call: Call[HolderArgs]) -> DoubleLockModel:
    """Let a user hold it too, by one's own DoubleLock password"""
    if call.body.user_id < 1:
        raise Invalid("userId must be the id of a user.")
    return _model(wiring.double_locks().add(visit(call), call.id(), call.body.user_id))


@endpoint(
    "POST",
    f"{ONE}/holders/{{userId}}/remove",
    body=TakeOutArgs,
    returns=DoubleLockModel,
    writes="vault",
    errors=[NotFound, AccessDenied, StillUsed, Throttled, Conflict],
)
def remove_holder(call: Call[TakeOutArgs]) -> DoubleLockModel:
    """Let a user hold it no more; with one's own DoubleLock password, under a new key"""
    return _model(wiring.double_locks().remove(visit(call), call.id(), call.id("userId")))


def _model(lock: DoubleLock) -> DoubleLockModel:
    holders = sorted(one.user_id for one in lock.holders)
    return DoubleLockModel(lock.id, lock.name, holders, lock.edition, lock.secrets)
