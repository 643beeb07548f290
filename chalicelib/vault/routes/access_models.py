"""What the API says of access requests, and what clients send about them."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.web.shapes import ApiDate, PagedQuery, ReadOver, Struct


class RequestQuery(PagedQuery):
    is_my_request: bool = False
    status: str = ""


class SecretAccessCreateArgs(Struct):
    secret_id: int
    start_date: ApiDate | None = None
    expiration_date: ApiDate | None = None
    request_comment: str | None = None
    ticket_number: str | None = None
    ticket_system_id: int | None = None


class SecretAccessUpdateArgs(Struct):
    secret_access_request_id: int
    status: str
    start_date: ApiDate | None = None
    expiration_date: ApiDate | None = None
    response_comment: str | None = None


class SecretAccessApprovalArgs(Struct):
    """`approvalId` of the contract comes from mails, which there are none of."""

    status: str
    hours: int | None = None
    approval_id: ReadOver | None = None


class SecretAccessApprovalResponseModel(Struct):
    message: str
    success: bool


class SecretAccessModel(Struct):
    secret_access_request_id: int
    secret_id: int
    secret_name: str
    folder_id: int
    status: str
    status_description: str
    review_status_message: str
    completed: bool
    current_user_restricted_from_reviewing: bool
    requesting_user_id: int
    request_username: str
    request_comment: str
    request_date: ApiDate
    start_date: ApiDate
    expiration_date: ApiDate
    ticket_number: str
    approver_display_name: str
    response_comment: str
    response_date: ApiDate
    ticket_system_id: int | None = None
    has_workflow: bool = False
    access_request_workflow_map_id: int = 0


class SecretAccessActionResultModel(SecretAccessModel, kw_only=True):
    action_result_message: str


class SecretAccessReviewer(Struct):
    display_name: str
    group_id: int
    is_user: bool


class SecretAccessPendingRequestModel(SecretAccessModel, kw_only=True):
    current_step_approvers: Sequence[str]
    current_step_reviewers: Sequence[SecretAccessReviewer]


class SecretAccessRequestHistoryModel(Struct):
    action: str
    date_recorded: ApiDate
    details: str
    full_name: str


class SecretAccessOptionsModel(Struct):
    enable_requires_approval_for_access: bool
    editors_also_require_approval: bool
    owners_and_approvers_also_require_approval: bool
    require_checkout: bool
    require_comment_ticket_number: bool
    is_default_checkout_interval: bool
    custom_checkout_interval_days: int
    custom_checkout_interval_hours: int
    custom_checkout_interval_minutes: int
    enable_double_lock: bool = False
