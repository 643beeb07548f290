"""Copying a secret: another one with the same values, sealed anew for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from chalicelib.core.errors import Invalid
from chalicelib.core.ids import Ids
from chalicelib.core.plain import Plain
from chalicelib.vault import attachment, chunks, copies
from chalicelib.vault.attachment import FileFacts, Upload
from chalicelib.vault.change import first_state
from chalicelib.vault.compliance import judged
from chalicelib.vault.definitions import Definitions
from chalicelib.vault.folder import NO_FOLDER, Tree
from chalicelib.vault.ports import Commit, Counter, Files, Write
from chalicelib.vault.restriction import demand_terms
from chalicelib.vault.secret import MAX_ID, FieldValue, Secret, Stored, check_size
from chalicelib.vault.state import SecretState
from chalicelib.vault.templates import Part, TemplateField
from chalicelib.vault.visit import Visit

from .attachments import AllValues, Cabinet
from .finding import At, Finder, Found
from .indexing import Indexing
from .placing import demand_addable, demand_usable
from .policing import Policing
from .privileged import demand_privileged
from .sharing import Sharing


@dataclass(frozen=True, slots=True)
class CopyService:
    finder: Finder
    values: AllValues
    cabinet: Cabinet
    files: Files
    sharing: Sharing
    indexing: Indexing
    policing: Policing
    counter: Counter
    commit: Commit
    ids: Ids
    definitions: Callable[[], Definitions]

    def copy(self, visit: Visit, at: At, name: str | None, folder_id: int | None) -> Found:
        """Make a copy of a secret, whose owner the visitor is. Each call makes another.

        Two calls besides the session's: ids (once in twenty) and the commit; a read for a
        privileged account; three for each file that lies in the bucket. AccessDenied for what its
        restrictions keep from him, UnderDoubleLock for what is under one, TooLarge for a file of
        more than 4 MB. None: the name with " - Copy" after it, the same folder.
        """
        visit.who.require("Add Secret")
        found = self._found(visit, at)
        source, tree = found.secret, found.tree
        folder_id = source.folder_id if folder_id is None else folder_id
        demand_addable(visit, folder_id, tree, source.template)
        plain = self._texts(source)
        secret, grants = self._blank(visit, found, name, folder_id, plain)
        values, writes = self._sealed(visit, source, secret, plain)
        check_size(values.values())
        secret = replace(secret, values=values)
        facts = judged(secret, lambda slug: plain.get(slug, Plain("")))
        state = replace(first_state(secret, visit.now), judged=facts)
        made = self.finder.judged(visit, Stored(secret, state))
        writes += [self.finder.secrets.put(secret), self.finder.secrets.put_state(state), *grants]
        writes += self.indexing.writes(visit, None, secret)
        writes += self.policing.writes(None, secret)
        writes += self._still(visit, found, folder_id, tree)
        lines = [
            self.finder.line(visit, found, "COPY", f"to secret {secret.id}"),
            visit.audit("CREATE", "Secret", secret.id, f"a copy of secret {source.id}"),
            *self.finder.views(visit, made, "in the answer to its creation"),
        ]
        mail = self.finder.watching.viewed(visit, source)
        self.commit([*writes, *mail.writes], lines, mail.events)
        return made

    def _found(self, visit: Visit, at: At) -> Found:
        found = self.finder.look(visit, at)
        where = At(found.secret.id, deleted=at.deleted)
        for deed in copies.deeds(found.secret):
            found = self.finder.secret(visit, where, deed)
        return found

    def _blank(
        self,
        visit: Visit,
        found: Found,
        name: str | None,
        folder_id: int,
        plain: Mapping[str, Plain],
    ) -> tuple[Secret, list[Write]]:
        """The copy with all but its values, and the writes for its grants."""
        source, tree = found.secret, found.tree
        kind = demand_usable(
            visit, self.definitions().of_secret(source.template_id, source.requirements)
        )
        id = self.counter.next("secret")
        if id > MAX_ID:
            raise Invalid("This cluster cannot hold more secrets.")
        copy = copies.copied(source, kind, id, name, folder_id)
        copy = copies.made(copy, visit.who.user_id, visit.now)
        blank = Secret(copy.id, copy.name, kind, visit.now)
        copy = self.policing.copied(visit, blank, copy, tree)
        demand_terms(blank, copy, SecretState(copy.id), visit)
        if copy.privileged_id:
            machine = plain.get(kind.parts.get(Part.MACHINE, ""), Plain(""))
            demand_privileged(self.finder, visit, copy, machine)
        return self.sharing.first(copy, visit, tree)

    def _texts(self, source: Secret) -> dict[str, Plain]:
        return {
            one.slug: self.values.open(source.id, value)
            for one in source.template.fields
            if not one.is_file and (value := source.value_of(one.slug))
        }

    def _sealed(
        self, visit: Visit, source: Secret, copy: Secret, plain: Mapping[str, Plain]
    ) -> tuple[dict[str, FieldValue], list[Write]]:
        """The values, each as old as it is in the source; and the writes for large files."""
        sealed: dict[str, FieldValue] = {}
        writes: list[Write] = []
        for one in copy.template.fields:
            value = source.value_of(one.slug)
            if value is None:
                continue
            if value.file is None:
                key, text = one.stored_as, plain[one.slug]
                sealed[one.slug] = self.values.seal(copy.id, key, 1, text, value.at)
                continue
            file, raw = self._file(visit, source, value, copy, one)
            sealed[one.slug] = self.values.seal_raw(copy.id, one.stored_as, 1, raw, value.at, file)
            writes += [self.files.taken(file.object)] if file.object else []
        return sealed, writes

    def _file(
        self, visit: Visit, source: Secret, value: FieldValue, copy: Secret, one: TemplateField
    ) -> tuple[FileFacts, bytes]:
        """A file for the copy, and its content; of a large one, the key of a new object.

        The object is written down before it is made: what nobody takes is removed.
        """
        content = self.cabinet.content(source.id, value)
        if len(content.raw) <= attachment.INLINE:
            return FileFacts(content.name, len(content.raw)), content.raw
        size, id, key = len(content.raw), self.ids(), chunks.fresh_key()
        upload = Upload(id, copy.id, one.slug, content.name, size, key)
        self.commit([self.files.expected(upload, visit.now + attachment.UPLOAD_KEPT)])
        self.files.put(copy.id, id, chunks.seal(key, id, content.raw))
        return FileFacts(content.name, size, id), key

    def _still(self, visit: Visit, found: Found, folder_id: int, tree: Tree) -> list[Write]:
        """Fails the copy if what let it be made is over meanwhile."""
        writes = [self.finder.secrets.unchanged(found.secret)]
        writes += self.finder.still_admitted(visit, found)
        if folder_id != NO_FOLDER:
            writes.append(self.finder.folders.exists(tree.folder(folder_id)))
        return writes
