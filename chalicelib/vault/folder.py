"""Folders as a tree: paths, who holds what on them, and what may be moved where.

Grants are looked up in the tree when they are needed, never copied down: moving a subtree changes
one row, and everything in it follows at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from chalicelib.core.errors import Invalid, NotFound

from .grants import Grant

NO_FOLDER = -1
"""The contract's "no folder", and the parent of a root folder."""

NORMAL = 1  # the contract's folder type
MAX_NAME = 100
MAX_DEPTH = 90
"""A move checks every folder above in its one transaction, which holds 100 items."""

_FORBIDDEN = re.compile(r"[\\/\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder. With `inherits_permissions` its parent's grants count instead of its own, and
    with `inherits_policy` its parent's secret policy; 0 is none.

    templates: those that secrets may come into it with, by id; none named: any. Of the folder
        alone, not of those in it.
    """

    id: int
    name: str
    parent_id: int = NO_FOLDER
    inherits_permissions: bool = True
    grants: tuple[Grant, ...] = ()
    inherits_policy: bool = True
    policy_id: int = 0
    version: int = 0
    templates: frozenset[int] = frozenset()

    def takes(self, template_id: int) -> bool:
        """Whether a secret of that template may come into it."""
        return not self.templates or template_id in self.templates


@dataclass(frozen=True, slots=True)
class Tree:
    """All folders as of one epoch."""

    by_id: Mapping[int, Folder] = field(default_factory=lambda: MappingProxyType({}))
    children: Mapping[int, tuple[int, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def folder(self, id: int) -> Folder:
        """The folder of that id. NotFound when there is none."""
        try:
            return self.by_id[id]
        except KeyError:
            raise NotFound("The folder was not found.") from None

    def chain(self, id: int) -> list[Folder]:
        """The folder and all above it, from the lowest up; empty for no folder."""
        found: list[Folder] = []
        while id in self.by_id and len(found) < MAX_DEPTH:
            found.append(self.by_id[id])
            id = self.by_id[id].parent_id
        return found

    def path(self, id: int) -> str:
        r"""`\Servers\Linux`; "" for no folder."""
        return "".join(f"\\{one.name}" for one in reversed(self.chain(id)))

    def grants_on(self, id: int) -> tuple[Grant, ...]:
        """The grants that count on a folder: its own, or those of the first above that has own."""
        for one in self.chain(id):
            if not one.inherits_permissions:
                return one.grants
        return ()

    def policy_on(self, id: int) -> int:
        """The policy that counts in a folder: its own, or that of the first above that has own."""
        for one in self.chain(id):
            if not one.inherits_policy:
                return one.policy_id
        return 0

    def below(self, id: int) -> Iterator[Folder]:
        """Every folder under that one, parents before children."""
        for child in self.children.get(id, ()):
            yield self.by_id[child]
            yield from self.below(child)

    def named(self, parent_id: int, name: str) -> Folder | None:
        """The child of that name, whatever the case of its letters."""
        for child in self.children.get(parent_id, ()):
            if self.by_id[child].name.casefold() == name.strip().casefold():
                return self.by_id[child]
        return None

    def at(self, path: Iterable[str]) -> Folder | None:
        """The folder at a path of names from a root folder down."""
        found: Folder | None = None
        for name in path:
            found = self.named(found.id if found else NO_FOLDER, name)
            if found is None:
                return None
        return found

    def check_name(self, name: str, parent_id: int, but: int = 0) -> str:
        """The name as it is stored. Invalid when it cannot be one, or is taken beside `but`."""
        clean = name.strip()
        if not clean or len(clean) > MAX_NAME or _FORBIDDEN.search(clean):
            raise Invalid(f"A folder name has 1 to {MAX_NAME} characters, without slashes.")
        taken = self.named(parent_id, clean)
        if taken is not None and taken.id != but:
            raise Invalid("A folder of that name already exists there.")
        return clean

    def check_place(self, parent_id: int, moved: int = 0) -> None:
        """Invalid if a folder (`moved`, with all below it) cannot stand under that parent."""
        above = self.chain(parent_id)
        if moved and any(one.id == moved for one in above):
            raise Invalid("A folder cannot be moved into itself.")
        if len(above) + self._height(moved) > MAX_DEPTH:
            raise Invalid(f"Folders nest at most {MAX_DEPTH} deep.")

    def _height(self, id: int) -> int:
        return 1 + max((self._height(child) for child in self.children.get(id, ())), default=0)


def tree_of(folders: Iterable[Folder]) -> Tree:
    """The tree of all folders, children in order of their names."""
    by_id = {one.id: one for one in folders}
    children: dict[int, list[int]] = {}
    for one in sorted(by_id.values(), key=lambda each: each.name.casefold()):
        children.setdefault(one.parent_id, []).append(one.id)
    return Tree(by_id, {parent: tuple(ids) for parent, ids in children.items()})


def split_path(path: str) -> list[str]:
    r"""The names in `\A\B` or `/A/B`."""
    return [name for name in re.split(r"[\\/]", path) if name.strip()]
