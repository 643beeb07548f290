"""Access requests as answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from chalicelib.vault.access_request import EXPIRED, AccessRequest, Event, Status
from chalicelib.vault.approval import Asking
from chalicelib.vault.grants import Who
from chalicelib.vault.people import Named
from chalicelib.vault.secret import Secret
from chalicelib.vault.service.requests import Asked
from chalicelib.web.shapes import NEVER

from . import access_models as models

M = TypeVar("M", bound=models.SecretAccessModel)

MESSAGES = {
    Status.PENDING.value: "Waiting for approval",
    Status.APPROVED.value: "Access is granted",
    Status.DENIED.value: "Access was denied",
    Status.CANCELED.value: "The request was canceled",
    EXPIRED: "The request is over",
}


def access(asked: Asked, now: datetime) -> models.SecretAccessModel:
    return _made(models.SecretAccessModel, asked, now)


def result(asked: Asked, now: datetime) -> models.SecretAccessActionResultModel:
    message = MESSAGES[asked.request.shown(now)]
    return _made(models.SecretAccessActionResultModel, asked, now, action_result_message=message)


def pending(
    asked: Asked, approvers: list[Named], now: datetime
) -> models.SecretAccessPendingRequestModel:
    waits = approvers if asked.request.waits(now) else []
    return _made(
        models.SecretAccessPendingRequestModel,
        asked,
        now,
        current_step_approvers=[one.known_as for one in waits],
        current_step_reviewers=[
            models.SecretAccessReviewer(one.known_as, one.group_id, one.to.who is Who.USER)
            for one in waits
        ],
    )


def _made(kind: type[M], asked: Asked, now: datetime, **more: Any) -> M:
    request = asked.request
    status, decided = request.shown(now), request.decided
    return kind(
        secret_access_request_id=request.id,
        secret_id=request.secret_id,
        secret_name=request.secret_name,
        folder_id=asked.folder_id,
        status=status,
        status_description=status,
        review_status_message=MESSAGES[status],
        completed=not request.waits(now),
        current_user_restricted_from_reviewing=not asked.reviews,
        requesting_user_id=request.user_id,
        request_username=request.user_name,
        request_comment=request.comment.text,
        request_date=request.asked_at,
        start_date=request.since,
        expiration_date=request.until,
        has_workflow=asked.has_workflow,
        ticket_number=request.comment.ticket,
        approver_display_name=_approver(request, decided),
        response_comment=decided.details if decided else "",
        response_date=decided.at if decided else NEVER,
        **more,
    )


def _approver(request: AccessRequest, decided: Event | None) -> str:
    """Who decided; nobody did when it was taken back."""
    return decided.name if decided and decided.user_id != request.user_id else ""


def event(one: Event) -> models.SecretAccessRequestHistoryModel:
    return models.SecretAccessRequestHistoryModel(one.action, one.at, one.details, one.name)


def options(secret: Secret) -> models.SecretAccessOptionsModel:
    asking, minutes = secret.approval.asking, secret.checkout.minutes or 0
    hours, minutes_left = divmod(minutes, 60)
    return models.SecretAccessOptionsModel(
        enable_requires_approval_for_access=secret.approval.required,
        editors_also_require_approval=asking in (Asking.EDITORS, Asking.EVERYBODY),
        owners_and_approvers_also_require_approval=asking is Asking.EVERYBODY,
        require_checkout=secret.checkout.required,
        require_comment_ticket_number=secret.requires_comment,
        is_default_checkout_interval=secret.checkout.minutes is None,
        custom_checkout_interval_days=hours // 24,
        custom_checkout_interval_hours=hours % 24,
        custom_checkout_interval_minutes=minutes_left,
        enable_double_lock=bool(secret.double_lock),
    )
