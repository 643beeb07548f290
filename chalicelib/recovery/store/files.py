"""The large files of secrets in this cluster's own bucket, as a replica brings them there."""

from __future__ import annotations

from chalicelib.aws import object_copies as copies
from chalicelib.aws.connection import connection
from chalicelib.aws.objects import Objects
from chalicelib.backup.files import LIVE, FileCopy
from chalicelib.core.errors import Invalid


class OwnFiles:
    """Every method may be repeated. Raises Unavailable when S3 refuses."""

    def there(self) -> dict[str, int]:
        """The sizes of those that are here, by name. One call for each thousand."""
        found = copies.listed(connection().bucket, LIVE)
        return {one.key.removeprefix(LIVE): one.size for one in found}

    def take(self, bucket: str, one: FileCopy) -> None:
        """Copy what the source's backups have of it, once it is read and compared. Two calls.

        Raises Invalid when it is missing or altered.
        """
        found = copies.hashed(bucket, one.key)
        if found is None or found.sha256 != one.sha256:
            raise Invalid(f"{one.key} is {'altered' if found else 'missing'} in {bucket}")
        copies.copy(bucket, one.key, connection().bucket, one.live, found.tag)

    def remove(self, name: str) -> None:
        Objects().remove(FileCopy(name).live)
