"""How secrets are found: what an index key tells of each without reading its row."""

from __future__ import annotations

from dataclasses import dataclass

SHARDS = 4
"""Partitions over which the list of all secrets is spread."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A secret as its index key shows it; `name` in lower case."""

    id: int
    name: str
    folder_id: int
    template_id: int
    site_id: int
    inherits: bool
    is_active: bool

    def sort_key(self) -> str:
        """The key by which an index finds it: by name, and unique."""
        facts = ("i" if self.inherits else "o") + ("a" if self.is_active else "d")
        parts = (self.name, self.folder_id, self.template_id, self.site_id, facts, self.id)
        return "#".join(map(str, parts))


def listed(sort_key: str) -> Listed:
    """What an index key tells."""
    name, folder, template, site, facts, id = sort_key.rsplit("#", 5)
    return Listed(int(id), name, int(folder), int(template), int(site), "i" in facts, "a" in facts)
