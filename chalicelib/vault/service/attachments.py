"""Files of secrets: kept, fetched and removed. Small ones in the row, large ones in the bucket.

Nothing lies in the bucket in clear: who sends a large file straight there seals it under a key that
it was given for that file alone, and it counts only once every chunk of it has been opened here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from chalicelib.core.clock import Clock
from chalicelib.core.errors import Invalid, NotFound, TooLarge, Unavailable, Unsealable
from chalicelib.core.ids import Ids
from chalicelib.core.plain import Plain
from chalicelib.core.tick import Tally
from chalicelib.vault import attachment as rules
from chalicelib.vault import chunks
from chalicelib.vault.attachment import Content, FileFacts, Upload
from chalicelib.vault.change import Change
from chalicelib.vault.checkout import Access
from chalicelib.vault.double_lock import OpenLocks, RequiresDoubleLockPassword
from chalicelib.vault.grants import Deed
from chalicelib.vault.ports import Commit, Files, FileValues, Secrets, Values
from chalicelib.vault.secret import FieldValue, Secret
from chalicelib.vault.templates import TemplateField
from chalicelib.vault.visit import Visit

from .checkouts import CheckoutService
from .editing import EditService
from .finding import At, Finder, Found

LIMIT = 100


class AllValues(Values, FileValues, Protocol):
    """Texts and files."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Where a file is sent to or fetched from, and the key that it is sealed under."""

    upload: Upload
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Cabinet:
    """Seals and opens files. Every call may be repeated."""

    files: Files
    values: AllValues

    def under(self, opened: OpenLocks) -> Cabinet:
        """The same with those DoubleLocks open."""
        return replace(self, values=self.values.under(opened)) if opened else self

    def shown(self, id: int, value: FieldValue) -> Plain:
        """A value as it stands among others: a file is fetched by itself."""
        return Plain(rules.PLACEHOLDER) if value.file else self.values.open(id, value)

    def value(self, id: int, one: TemplateField, value: FieldValue | None) -> Plain | Content:
        """A text, or a file; see `content`."""
        return self.content(id, value) if one.is_file else self.values.open(id, value)

    def content(self, secret_id: int, value: FieldValue | None) -> Content:
        """The file of a field. One GetObject for a large one.

        NotFound when there is none; TooLarge for one that the API does not carry.
        """
        if value is None or value.file is None:
            raise NotFound("The file was not found: the field holds none.")
        rules.demand_size(value.file.size, rules.THROUGH_API)
        raw = self.values.open_raw(secret_id, value)
        if not value.file.object:
            return Content(value.file.name, raw)
        return Content(value.file.name, b"".join(self._opened(secret_id, value.file, raw)))

    def demand_whole(self, upload: Upload) -> None:
        """Raise Invalid unless the object is there, whole, and sealed as it was to be."""
        file = FileFacts(upload.name, upload.size, upload.id)
        try:
            size = sum(map(len, self._opened(upload.secret_id, file, upload.key)))
        except (NotFound, Unsealable):
            size = -1
        if size != upload.size:
            raise Invalid("The file has not arrived as it was announced: send it again.")

    def _opened(self, secret_id: int, file: FileFacts, key: bytes) -> Iterator[bytes]:
        pieces = self.files.get(secret_id, file.object)
        if pieces is None:
            raise NotFound("The file was not found in this region's bucket.")
        return chunks.opened(key, file.object, file.size, pieces)


@dataclass(frozen=True, slots=True)
class AttachmentService:
    finder: Finder
    checkouts: CheckoutService
    edits: EditService
    secrets: Secrets
    cabinet: Cabinet
    files: Files
    values: FileValues
    commit: Commit
    ids: Ids
    clock: Clock

    def put(self, visit: Visit, at: At, slug: str, name: str, content: bytes) -> Found:
        """Store a file that came with the request. Each call makes another version of it.

        A large one is written down, and put into the bucket, before the secret has it: two calls
        more than for a small one.
        """
        found, one = self._asked(visit, at, slug)
        rules.demand_size(len(content), rules.THROUGH_API)
        file = FileFacts(rules.file_name(name, one.slug), len(content))
        if file.size <= rules.INLINE:
            return self._keep(visit, found.secret, one, file, content)
        upload = self._announced(visit, found.secret, one, file)
        sealed = chunks.seal(upload.key, upload.id, content)
        self.files.put(found.secret.id, upload.id, sealed)
        return self._take(visit, found.secret, one, upload)

    def begin(self, visit: Visit, at: At, slug: str, name: str, size: int) -> Ticket:
        """Where to send a large file, and how to seal it. Each call announces another."""
        found, one = self._asked(visit, at, slug)
        rules.demand_size(size, rules.MOST)
        file = FileFacts(rules.file_name(name, one.slug), size)
        upload = self._announced(visit, found.secret, one, file)
        length = chunks.sealed_size(size)
        return Ticket(upload, self.files.address_to_put(found.secret.id, upload.id, length))

    def finish(self, visit: Visit, at: At, slug: str, id: str) -> Found:
        """Let the secret have the file that was sent; reads all of it. Once: then NotFound."""
        found, one = self._asked(visit, at, slug)
        upload = self.files.upload(id)
        if upload is None or (upload.secret_id, upload.slug) != (found.secret.id, one.slug):
            raise NotFound("The upload was not found: it is finished, or took too long.")
        self.cabinet.demand_whole(upload)
        return self._take(visit, found.secret, one, upload)

    def fetch(self, visit: Visit, at: At, slug: str, access: Access) -> Ticket:
        """Where to fetch a large file, and its key. The trail says so before they leave.

        Invalid for one that is in no bucket.
        """
        found = self.checkouts.admitted(visit, at, access)
        one = found.secret.template.by_slug(slug)
        self._demand_sight(visit, found, one)
        value = found.secret.value_of(one.slug)
        if value is None or value.file is None:
            raise NotFound("The file was not found: the field holds none.")
        file = value.file
        if not file.object:
            raise Invalid("The file is small: read the field itself.")
        id = found.secret.id
        key = self.values.under(visit.opened).open_raw(id, value)
        line = self.finder.line(visit, found, "VIEW", f"{one.name} (file {file.name})")
        self.finder.note(self.commit, visit, found, line)
        if access.gives_back and found.state.checkout:
            self.checkouts.given_back(visit, found)
        upload = Upload(file.object, id, one.slug, file.name, file.size, key)
        return Ticket(upload, self.files.address_to_get(id, file.object))

    def former(self, visit: Visit, at: At, slug: str, version: int) -> Content:
        """A file that a field once held. NotFound when its history has no such version."""
        found = self.finder.secret(visit, at, Deed.HISTORY)
        one = found.secret.template.by_slug(slug)
        self._demand_sight(visit, found, one)
        stored = self.secrets.history(found.secret.id, one.stored_as)
        value = next((value for value, _ in stored if value.version == version), None)
        content = self.cabinet.under(visit.opened).content(found.secret.id, value)
        told = f"{one.name} (file {content.name})"
        line = self.finder.line(visit, found, "VIEW HISTORY", told)
        self.finder.note(self.commit, visit, found, line)
        return content

    def remove_unused(self, now: datetime, deadline: datetime) -> Tally:
        """Remove the objects that no secret has, and that are due. May be repeated."""
        total = Tally()
        while self.clock() < deadline and (due := self.files.due(now, LIMIT)):
            removed = sum(self.files.remove(id, now) for id in due)
            total = total + Tally(found=len(due), done=removed)
            if not removed:  # the index lags behind: the next tick looks again
                return total
        return total

    def _demand_sight(self, visit: Visit, found: Found, one: TemplateField) -> None:
        if one.needs_edit:
            self.finder.demand(visit, found, Deed.EDIT)

    def _asked(self, visit: Visit, at: At, slug: str) -> tuple[Found, TemplateField]:
        """The secret and the field that are to have a file."""
        found = self.finder.secret(visit, at, Deed.EDIT)
        one = found.secret.template.by_slug(slug)
        if not one.is_file:
            raise Invalid(f"{one.name} takes a text, not a file.")
        if found.secret.double_lock and found.secret.double_lock not in visit.opened:
            raise RequiresDoubleLockPassword
        if visit.upgrading:  # the version before would forget its name
            raise Unavailable("Files can be kept once the upgrade in progress is finished.")
        return found, one

    def _announced(
        self, visit: Visit, secret: Secret, one: TemplateField, file: FileFacts
    ) -> Upload:
        if secret.double_lock:  # its key would lie in the table, under the cluster's key alone
            most = rules.INLINE // 1024
            raise TooLarge(f"A file of a secret under a DoubleLock has at most {most} KB.")
        id, key = self.ids(), chunks.fresh_key()
        upload = Upload(id, secret.id, one.slug, file.name, file.size, key)
        self.commit([self.files.expected(upload, visit.now + rules.UPLOAD_KEPT)])
        return upload

    def _take(self, visit: Visit, secret: Secret, one: TemplateField, upload: Upload) -> Found:
        file = FileFacts(upload.name, upload.size, upload.id)
        return self._keep(visit, secret, one, file, upload.key)

    def _keep(
        self, visit: Visit, secret: Secret, one: TemplateField, file: FileFacts, raw: bytes
    ) -> Found:
        version = secret.next_version(one.slug)
        values = self.values.under(visit.opened, secret.double_lock)
        value = values.seal_raw(secret.id, one.stored_as, version, raw, visit.now, file)
        change = Change(files={one.slug: value}, version=secret.version)
        return self.edits.change(visit, At(secret.id), change)
