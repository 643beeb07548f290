"""The copies that backups have of secrets' large files: in the cluster's bucket, one of each."""

from __future__ import annotations

from chalicelib.aws import object_copies as copies
from chalicelib.aws.connection import connection
from chalicelib.aws.foreign import ForeignObjects
from chalicelib.aws.objects import Objects
from chalicelib.backup.files import COPIES, FileCopy, copy_at, copy_key

BACKUPS = "backups/"


class FileCopies:
    """Every method may be repeated. Raises Unavailable when S3 refuses."""

    def there(self) -> list[FileCopy]:
        """All there are. One call for each thousand."""
        found = copies.listed(connection().bucket, COPIES)
        return [copy_at(one.key, one.size) for one in found]

    def make(self, name: str) -> FileCopy:
        """Copy a file, within the bucket, once it is read and hashed; its hash is in the name.

        Without a hash when there is none of that name. Two calls.
        """
        bucket, wanted = connection().bucket, FileCopy(name)
        found = copies.hashed(bucket, wanted.live)
        if found is None:
            return wanted
        copies.copy(bucket, wanted.live, bucket, copy_key(name, found.sha256), found.tag)
        return FileCopy(name, found.size, found.sha256)

    def remove(self, one: FileCopy) -> None:
        Objects().remove(one.key)

    def backups(self) -> list[str]:
        """The ids of all that have an object in the bucket, whole or not."""
        names = ForeignObjects(connection().bucket).folders(BACKUPS, "")
        return [name.removeprefix(BACKUPS).strip("/") for name in names if name != COPIES]
