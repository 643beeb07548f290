"""The vault's use cases, one file for each noun."""

from .applying import ApplyService
from .asking import Query
from .attachments import AttachmentService, Cabinet, Ticket
from .checkouts import CheckoutService
from .commenting import CommentService
from .editing import EditService
from .expiring import ExpiryService
from .exposing import ExposureService
from .finding import At, Finder, Found
from .folders import FolderChange, FolderQuery, FolderService, Seen
from .indexing import Indexing
from .permissions import FolderPermissionService, Held, Roles, SecretPermissionService
from .policies import PolicyService, Reach
from .policing import Policing
from .rebuilding import RebuildService
from .requests import RequestService
from .requirements import RequirementService
from .search import SearchService
from .secrets import Former, Opened, SecretService
from .sharing import Sharing
from .ssh_keys import KeyService
from .templates import TemplateService
from .work import WorkService
from .workflows import WorkflowService

__all__ = [
    "ApplyService",
    "At",
    "AttachmentService",
    "Cabinet",
    "CheckoutService",
    "CommentService",
    "EditService",
    "ExpiryService",
    "ExposureService",
    "Finder",
    "FolderChange",
    "FolderPermissionService",
    "FolderQuery",
    "FolderService",
    "Former",
    "Found",
    "Held",
    "Indexing",
    "KeyService",
    "Opened",
    "PolicyService",
    "Policing",
    "Query",
    "Reach",
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
    "WorkflowService",
]
