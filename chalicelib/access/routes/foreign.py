"""What is sent of users and groups that belongs to directories, RADIUS or the field's pages."""

from __future__ import annotations

from chalicelib.web.shapes import NotYet, ReadOver, Struct

LOCAL_DOMAIN_ID = -1
LOCAL_DOMAIN = "Local"


def is_elsewhere(domain_id: int | None) -> bool:
    """Whether a filter asks for a domain that is not the one there is: nobody is in it."""
    return domain_id not in (None, 0, LOCAL_DOMAIN_ID)


class OneUserQuery(Struct):
    """Who is disabled is answered as others are."""

    include_inactive: ReadOver | None = None


class ForeignToUsers(Struct):
    """Ids and counts are shown and not set; how dates look is the console's to say."""

    id: ReadOver | None = None
    ad_guid: NotYet | None = None
    date_option_id: ReadOver | None = None
    login_failures: ReadOver | None = None
    radius_user_name: NotYet | None = None
    slack_id: NotYet | None = None
    time_option_id: ReadOver | None = None
    unix_authentication_method: ReadOver | None = None


class ForeignToGroups(Struct):
    """A name that exists is always refused."""

    id: ReadOver | None = None
    ad_guid: NotYet | None = None
    domain_id: NotYet | None = None
    fail_when_name_exists: ReadOver | None = None
    is_platform: NotYet | None = None
    synchronize_now: NotYet | None = None
    synchronized: NotYet | None = None
