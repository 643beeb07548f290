"""Saying why, before the values of a secret that asks for it are shown."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chalicelib.core.errors import Invalid
from chalicelib.vault import comment as rules
from chalicelib.vault.grants import Deed
from chalicelib.vault.ports import Commit, Secrets
from chalicelib.vault.visit import Visit

from .finding import At, Finder, Found


@dataclass(frozen=True, slots=True)
class CommentService:
    finder: Finder
    secrets: Secrets
    commit: Commit

    def say(self, visit: Visit, at: At) -> Found:
        """Let the visitor see a secret for a while for what he says, and say so in the trail.

        May be repeated: each time is on the trail, and the last one counts. Invalid for no text.
        """
        if not visit.comment.text:
            raise Invalid("A comment is required.")
        found = self.finder.granted(visit, at, Deed.REVEAL)
        return self.finder.settled(visit, found, Deed.REVEAL, lambda one: self._said(visit, one))

    def _said(self, visit: Visit, found: Found) -> Found:
        said, until = visit.comment, visit.now + rules.COUNTS_FOR
        state = rules.kept(found.state, said, visit.who.user_id, visit.now, until)
        line = visit.audit("VIEW COMMENT", "Secret", found.secret.id, said.told)
        self.commit([self.secrets.put_state(state)], [line])
        return replace(found, state=replace(state, version=state.version + 1))
