"""The vault's use cases, one file for each noun."""

from .applying import ApplyService
from .asking import Query
from .attachments import AttachmentService, Cabinet, Ticket
from .character_sets import CharacterSetService
from .checkouts import CheckoutService
from .columns import Column, ColumnService
from .commenting import CommentService
from .converting import ConvertService, Wish
from .copying import CopyService
from .double_locks import DoubleLockService
from .editing import EditService
from .erasing import EraseService
from .expiring import ExpiryService
from .exposing import ExposureService
from .favourites import FavouriteService
from .finding import At, Finder, Found
from .folders import FolderChange, FolderQuery, FolderService, Seen
from .hooks import HookService, hook_of
from .indexing import Indexing
from .lock_desk import LockDesk
from .locking import LockingService
from .notices import Notices
from .opened import Former, Opened
from .permissions import FolderPermissionService, Held, Roles, SecretPermissionService
from .personal_folders import PersonalFolders
from .policies import PolicyService, Reach
from .policing import Policing
from .rebuilding import RebuildService
from .requests import RequestService
from .requirements import RequirementService
from .scripts import Scripts, ScriptService
from .search import SearchService
from .secret_trail import SecretTrailService
from .secrets import SecretService
from .sharing import Sharing
from .ssh_keys import KeyService
from .templates import TemplateService
from .watching import WatcherDesk, Watching, WatchService
from .work import WorkService
from .workflows import WorkflowService

__all__ = [
    "ApplyService",
    "At",
    "AttachmentService",
    "Cabinet",
    "CharacterSetService",
    "CheckoutService",
    "Column",
    "ColumnService",
    "CommentService",
    "ConvertService",
    "CopyService",
    "DoubleLockService",
    "EditService",
    "EraseService",
    "ExpiryService",
    "ExposureService",
    "FavouriteService",
    "Finder",
    "FolderChange",
    "FolderPermissionService",
    "FolderQuery",
    "FolderService",
    "Former",
    "Found",
    "Held",
    "HookService",
    "Indexing",
    "LockDesk",
    "LockingService",
    "KeyService",
    "Notices",
    "Opened",
    "PersonalFolders",
    "PolicyService",
    "Policing",
    "Query",
    "Reach",
    "RequestService",
    "RequirementService",
    "RebuildService",
    "Roles",
    "ScriptService",
    "Scripts",
    "SearchService",
    "SecretPermissionService",
    "SecretService",
    "SecretTrailService",
    "Seen",
    "Sharing",
    "TemplateService",
    "Ticket",
    "WatchService",
    "WatcherDesk",
    "Watching",
    "Wish",
    "WorkService",
    "WorkflowService",
    "hook_of",
]
