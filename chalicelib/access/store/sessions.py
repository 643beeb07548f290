"""Sessions, and the one read with which every request begins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pynamodb.expressions.update import Action

from chalicelib.access.session import Session
from chalicelib.access.user import Standing
from chalicelib.aws.commit import Delete, Put, Update, Write
from chalicelib.aws.ends import end_actions, ending
from chalicelib.aws.faults import known_faults
from chalicelib.aws.table import Key, index, read, typed
from chalicelib.core.clock import parse_stamp, stamp

from .rows import ApiTokenRow, PrincipalRow, SessionRow, principal_key, session_key
from .users import standing_of

SESSION, API_TOKEN = "session", "api-token"
MOST_LISTED = 500


class Sessions:
    """Reads sessions and makes the writes that change them."""

    def read(
        self, session_id: str, user_id: int, extra: Sequence[Key] = ()
    ) -> tuple[Session | None, Standing | None, dict[Key, Any]]:
        """A session, its user's standing, and other rows, all as of now. One BatchGetItem."""
        session, principal = session_key(session_id), principal_key(user_id)
        rows = read(list(dict.fromkeys([session, principal, *extra])))
        found = typed(rows, SessionRow, session)
        standing = typed(rows, PrincipalRow, principal)
        return (
            None if found is None else _session(found),
            None if standing is None else standing_of(standing),
            {key: rows[key] for key in extra if key in rows},
        )

    def of(self, user_id: int) -> list[Session]:
        """A user's sessions; not all of them may be live. A Query, and a BatchGetItem a hundred."""
        return _found(_place(SESSION, user_id))

    def tokens_of(self, user_id: int) -> list[Session]:
        """The same of his API tokens."""
        return _found(_place(API_TOKEN, user_id))

    def standing(
        self, user_id: int, extra: Sequence[Key]
    ) -> tuple[Standing | None, dict[Key, Any]]:
        """A user's standing, and other rows, as of now, without a session. One BatchGetItem."""
        principal = principal_key(user_id)
        rows = read(list(dict.fromkeys([principal, *extra])))
        found = typed(rows, PrincipalRow, principal)
        standing = None if found is None else standing_of(found)
        return standing, {key: rows[key] for key in extra if key in rows}

    def slide(self, session: Session) -> None:
        """Move a session's end, unless it was ended or its token replaced since it was read.

        Raises Conflict then. One UpdateItem.
        """
        row = SessionRow(*session_key(session.id))
        actions: list[Action] = [
            SessionRow.expires_at.set(stamp(session.expires_at)),
            SessionRow.slid_at.set(stamp(session.slid_at)),
            *end_actions(row, SESSION, _end(session)),
        ]
        with known_faults("extending a session"):
            row.update(actions, SessionRow.token == session.token)

    def begun(self, session: Session) -> Write:
        return Put(_row(session), SessionRow.pk.does_not_exist())

    def made(self, token: Session) -> Write:
        """A new API token."""
        return Put(_row(token), SessionRow.pk.does_not_exist())

    def refreshed(self, before: Session, after: Session) -> Write:
        """Replaces the tokens, if nobody has in the meantime."""
        return Put(_row(after), SessionRow.refresh_hash == before.refresh)

    def regenerated(self, session_id: str, generation: int) -> Write:
        """Lets this session outlive a change that ends its user's others."""
        row = SessionRow(*session_key(session_id))
        return Update(row, [SessionRow.generation.set(generation)], SessionRow.token.exists())

    def enrolled(self, session_id: str, generation: int) -> Write:
        """Lets this session do everything from now on, and outlive its user's others."""
        row = SessionRow(*session_key(session_id))
        actions = [SessionRow.enrols.set(False), SessionRow.generation.set(generation)]
        return Update(row, actions, SessionRow.token.exists())

    def ended(self, session_id: str, region: str = "") -> Write:
        """May be repeated. Of a mirrored cluster it fails unless the session is that region's."""
        ours = SessionRow.region.does_not_exist() | (SessionRow.region == region)
        return Delete(SessionRow(*session_key(session_id)), ours if region else None)


def _end(session: Session) -> datetime:
    return session.refreshable_until + timedelta(seconds=60)


def _row(session: Session) -> SessionRow:
    until = session.earlier_until
    kind, of_tokens = (API_TOKEN, _of_token(session)) if session.is_api_token else (SESSION, {})
    row = (ApiTokenRow if session.is_api_token else SessionRow)(
        *session_key(session.id),
        **of_tokens,
        i1pk=_place(kind, session.user_id),
        i1sk=f"{stamp(session.started_at)}#{session.id}",
        user_id=session.user_id,
        generation=session.generation,
        started_at=stamp(session.started_at),
        expires_at=stamp(session.expires_at),
        slid_at=stamp(session.slid_at),
        token=session.token,
        refresh_hash=session.refresh,
        family=session.family,
        refreshes=session.refreshes,
        earlier=session.earlier or None,
        earlier_until=None if until is None else stamp(until),
        address=session.address or None,
        region=session.region or None,
        enrols=session.enrols,
        agent=session.agent or None,
        client=session.client or None,
    )
    ended: SessionRow = ending(row, SESSION, _end(session))
    return ended


def _of_token(session: Session) -> dict[str, Any]:
    return {"name": session.name, "scope": set(session.scope) or None}


def _place(kind: str, user_id: int) -> str:
    """The partition of index 1 with a user's sessions, or API tokens."""
    return f"{kind}#{user_id}"


def _found(place: str) -> list[Session]:
    keys = [(hit.pk, hit.sk) for hit in index(1, place, newest_first=True, limit=MOST_LISTED)]
    rows = [
        row
        for start in range(0, len(keys), 100)
        for row in read(keys[start : start + 100]).values()
    ]
    return [_session(row) for row in rows if isinstance(row, SessionRow)]


def _session(row: SessionRow) -> Session:
    return Session(
        id=row.pk.partition("#")[2],
        user_id=int(row.user_id),
        generation=int(row.generation),
        started_at=parse_stamp(row.started_at),
        expires_at=parse_stamp(row.expires_at),
        slid_at=parse_stamp(row.slid_at),
        token=row.token,
        refresh=row.refresh_hash,
        family=row.family,
        refreshes=int(row.refreshes),
        earlier=row.earlier or "",
        earlier_until=None if row.earlier_until is None else parse_stamp(row.earlier_until),
        address=row.address or "",
        region=row.region or "",
        enrols=bool(row.enrols),
        agent=row.agent or "",
        client=int(row.client or 0),
        name=row.name if isinstance(row, ApiTokenRow) else "",
        scope=frozenset(row.scope or ()) if isinstance(row, ApiTokenRow) else frozenset(),
    )
