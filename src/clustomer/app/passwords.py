"""Passwords: only their hashes are kept, in a file or in the environment."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Final

from clustomer.errors import ClustomerError

VARIABLE: Final = "CLUSTOMER_APP_PASSWORD_HASH"
_COST: Final = {"n": 2**14, "r": 8, "p": 1}
_LEAST: Final = 12


def hash_password(password: str) -> str:
    """A hash by scrypt (RFC 7914) with a salt of its own: ``scrypt$SALT$HASH`` in base64.

    Raises
    ------
    ClustomerError
        When the password is shorter than 12 characters.
    """
    if len(password) < _LEAST:
        raise ClustomerError(
            "The password is too short.",
            found=f"{len(password)} characters",
            remedy=f"take at least {_LEAST}, for example four words",
        )
    salt = secrets.token_bytes(16)
    made = hashlib.scrypt(password.encode(), salt=salt, **_COST)
    return "$".join(("scrypt", *(base64.b64encode(part).decode() for part in (salt, made))))


def matches(password: str, hashed: str) -> bool:
    """Whether a password has a hash; takes as long for a wrong one as for the right one."""
    salt, wanted = parts(hashed)
    made = hashlib.scrypt(password.encode(), salt=salt, **_COST)
    return hmac.compare_digest(made, wanted)


def parts(hashed: str) -> tuple[bytes, bytes]:
    """Salt and hash.

    Raises
    ------
    ClustomerError
        When the text is not what `hash_password` gives.
    """
    try:
        kind, salt, made = hashed.strip().split("$")
        if kind == "scrypt":
            return base64.b64decode(salt, validate=True), base64.b64decode(made, validate=True)
    except (ValueError, binascii.Error):
        pass
    raise ClustomerError(
        "The password's hash cannot be read.",
        found="another text than scrypt$SALT$HASH",
        remedy="make one with 'clustomer app --hash-password'",
    )


def read_hash(file: Path | None) -> str:
    """The hash from a file, else from the environment, else empty.

    Raises
    ------
    ClustomerError
        When the file cannot be read, or holds no hash.
    """
    if file is None:
        text = os.environ.get(VARIABLE, "")
    else:
        try:
            text = file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ClustomerError(
                f"The password file '{file}' cannot be read.",
                found=str(error),
                remedy="write the hash from 'clustomer app --hash-password' into it",
            ) from error
    if text or file is not None:
        parts(text)
    return text
