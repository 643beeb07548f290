"""Gives the emulator's KMS the two refusals it lacks: a tampered blob, and another key's.

Ministack seals by XOR. Its blob is wrapped here by AES-256-GCM under a key of the state directory,
so that a changed byte does not open, and the key's id is bound to it. The key lies on disk beside
the data: this is a place to try and develop, and protects nothing.
"""

import base64
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from infra.localrun.exchange import (
    Answer,
    App,
    Receive,
    Request,
    Scope,
    Send,
    ask,
    error_answer,
    give,
    read,
)
from infra.localrun.inside import keys

_MAGIC = b"LRK1"
_SEALING = {"Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"}
_LIMIT = 4096


class BlobRefusedError(Exception):
    """The blob was not made here, or was changed since."""


@dataclass(frozen=True, slots=True)
class Wrapper:
    """Wraps the emulator's blobs; what `wrap` made opens only whole and unchanged."""

    key: bytes

    def wrap(self, blob: bytes, key_arn: str) -> bytes:
        nonce = os.urandom(12)
        owner = key_arn.encode()
        sealed = AESGCM(self.key).encrypt(nonce, len(owner).to_bytes(2) + owner + blob, _MAGIC)
        return _MAGIC + nonce + sealed

    def unwrap(self, wrapped: bytes) -> tuple[bytes, str]:
        if wrapped[:4] != _MAGIC or len(wrapped) < 34:
            raise BlobRefusedError
        try:
            opened = AESGCM(self.key).decrypt(wrapped[4:16], wrapped[16:], _MAGIC)
        except InvalidTag as error:
            raise BlobRefusedError from error
        size = 2 + int.from_bytes(opened[:2])
        return opened[size:], opened[2:size].decode()


def wrapper_in(folder: Path) -> Wrapper:
    """The wrapper whose key is kept in the folder (made at first use, mode 0600)."""
    path = folder / "kms.key"
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(os.urandom(32))
            out.flush()
            os.fsync(out.fileno())
    return Wrapper(path.read_bytes())


@dataclass(frozen=True, slots=True)
class KmsShim:
    inner: App
    wrapper: Wrapper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_kms(scope):
            await self.inner(scope, receive, send)
            return
        request = await read(scope, receive)
        await give(send, await self._answer(scope, request))

    async def _answer(self, scope: Scope, request: Request) -> Answer:
        operation = request.operation[1]
        if operation in _SEALING:
            return await self._seal(scope, request)
        if operation == "Decrypt":
            return await self._open(scope, request)
        if operation == "ReEncrypt":
            return await self._seal_again(scope, request)
        return await ask(self.inner, scope, request.body)

    async def _seal(self, scope: Scope, request: Request) -> Answer:
        asked = request.json()
        if not _is_symmetric(asked):
            return await ask(self.inner, scope, request.body)
        plain = base64.b64decode(asked.get("Plaintext", ""))
        if len(plain) > _LIMIT:
            return error_answer(400, "ValidationException", "Plaintext is longer than 4096 bytes")
        answer = await ask(self.inner, scope, request.body)
        if answer.status != 200:
            return answer
        value = answer.json()
        wrapped = self.wrapper.wrap(base64.b64decode(value["CiphertextBlob"]), value["KeyId"])
        value["CiphertextBlob"] = base64.b64encode(wrapped).decode()
        return replace(answer, body=json.dumps(value).encode())

    async def _open(self, scope: Scope, request: Request) -> Answer:
        value = request.json()
        if not _is_symmetric(value):
            return await ask(self.inner, scope, request.body)
        try:
            blob, owner = self.wrapper.unwrap(base64.b64decode(value.get("CiphertextBlob", "")))
        except BlobRefusedError:
            return error_answer(400, "InvalidCiphertextException", "")
        named = value.get("KeyId")
        if named and await self._arn_of(named) not in (owner, ""):
            text = "The key ID in the request does not identify a key for this operation."
            return error_answer(400, "IncorrectKeyException", text)
        value["CiphertextBlob"] = base64.b64encode(blob).decode()
        return await ask(self.inner, scope, json.dumps(value).encode())

    async def _seal_again(self, scope: Scope, request: Request) -> Answer:
        """Ministack has no ReEncrypt: open under the source, seal under the destination."""
        value = request.json()
        source = {
            "CiphertextBlob": value.get("CiphertextBlob", ""),
            "EncryptionContext": value.get("SourceEncryptionContext", {}),
            "KeyId": value.get("SourceKeyId"),
        }
        call = _retargeted(scope, "TrentService.Decrypt")
        opened = await self._open(call, replace(request, body=json.dumps(source).encode()))
        if opened.status != 200:
            return opened
        wanted = {
            "KeyId": value.get("DestinationKeyId"),
            "Plaintext": opened.json()["Plaintext"],
            "EncryptionContext": value.get("DestinationEncryptionContext", {}),
        }
        call = _retargeted(scope, "TrentService.Encrypt")
        sealed = await self._seal(call, replace(request, body=json.dumps(wanted).encode()))
        if sealed.status != 200:
            return sealed
        result = {**sealed.json(), "SourceKeyId": opened.json()["KeyId"]}
        return replace(sealed, body=json.dumps(result).encode())

    async def _arn_of(self, key: str) -> str:
        answer = await keys(self.inner).call("DescribeKey", {"KeyId": key})
        return str(answer.json().get("KeyMetadata", {}).get("Arn", ""))


def _is_symmetric(asked: dict[str, Any]) -> bool:
    return asked.get("EncryptionAlgorithm") in (None, "SYMMETRIC_DEFAULT")


def _is_kms(scope: Scope) -> bool:
    return any(
        name.lower() == b"x-amz-target" and value.startswith(b"TrentService.")
        for name, value in scope["headers"]
    )


def _retargeted(scope: Scope, target: str) -> Scope:
    """The same call for another operation; opening and sealing differ in nothing else."""
    kept = [(k, v) for k, v in scope["headers"] if k.lower() != b"x-amz-target"]
    return {**scope, "headers": [*kept, (b"x-amz-target", target.encode())]}
