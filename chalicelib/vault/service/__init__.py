"""The vault's use cases, one file for each noun."""

from .asking import Query
from .attachments import AttachmentService, Cabinet, Ticket
from .checkouts import CheckoutService
from .commenting import CommentService
from .double_locks import DoubleLockService
from .editing import EditService
from .erasing import EraseService
from .expiring import ExpiryService
from .finding import At, Finder, Found
from .folders import FolderChange, FolderQuery, FolderService, Seen
from .indexing import Indexing
from .lock_desk import LockDesk
from .locking import LockingService
from .permissions import FolderPermissionService, Held, Roles, SecretPermissionService
from .rebuilding import RebuildService
from .requests import RequestService
from .requirements import RequirementService
from .search import SearchService
from .secrets import Former, Opened, SecretService
from .sharing import Sharing
from .templates import TemplateService
from .work import WorkService

__all__ = [
    "At",
    "AttachmentService",
    "Cabinet",
    "CheckoutService",
    "CommentService",
    "DoubleLockService",
    "EditService",
    "EraseService",
    "ExpiryService",
    "Finder",
    "FolderChange",
    "FolderPermissionService",
    "FolderQuery",
    "FolderService",
    "Former",
    "Found",
    "Held",
    "Indexing",
    "LockDesk",
    "LockingService",
    "Opened",
    "Query",
    "RequestService",
    "RequirementService",
    "RebuildService",
    "Roles",
    "SearchService",
    "SecretPermissionService",
    "SecretService",
    "Seen",
    "Sharing",
    "TemplateService",
    "Ticket",
    "WorkService",
]
