"""The rows of access in the data table: users, sessions, groups, roles, counters of attempts."""

from .factors import Factors
from .groups import Groups
from .mail_codes import Challenges
from .once import Once
from .openid import OpenIds
from .sdk import Clients
from .security_keys import Keys
from .sessions import Sessions
from .throttle import SetupCode, Throttle
from .users import Administrators, Users

__all__ = [
    "Administrators",
    "Challenges",
    "Clients",
    "Factors",
    "Groups",
    "Keys",
    "Once",
    "OpenIds",
    "Sessions",
    "SetupCode",
    "Throttle",
    "Users",
]
