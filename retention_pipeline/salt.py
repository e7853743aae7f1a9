"""The salt of hashed identifiers: from the environment, or a random one of this project.

Room:  read. Imports errors, profile. Writes one file: `.pipeline/salt`, readable by its owner only.
In:    a Target, the environment.  Out: the salt as a variable of the database session.

SQL names the salt by `getvariable('retention_salt')` (macro retention_salt), so no rendered, stored
or printed SQL holds it. It is in no state either: `SaltMark` tells "the same salt as before" from
"another" by a slow, salted hash, and gives fingerprints an id that was drawn by chance.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from retention_pipeline.errors import SALT_ENV, CommandError, EngineError, Location
from retention_pipeline.profile import Target

VARIABLE = "retention_salt"
SHORTEST = 16
SALT_FILE = Path(".pipeline") / "salt"
_CALL = f"getvariable('{VARIABLE}')"


def salted(target: Target, environ: Mapping[str, str], root: Path, *, make: bool = True) -> Target:
    """`target` with the salt among its variables.

    The profile's own value comes first, then the environment's, then the project's random one,
    which is drawn at the first need (never when not `make`). Raises CommandError for a short one.
    """
    given = target.variables.get(VARIABLE) or environ.get(SALT_ENV)
    if given:
        if len(given) < SHORTEST:
            raise CommandError(
                f"the salt in {SALT_ENV} is shorter than {SHORTEST} characters: it can be guessed",
                fix='draw one: python -c "import secrets; print(secrets.token_hex(32))"',
            )
        return _with(target, given)
    own = _read_or_draw(root / SALT_FILE, make)
    return _with(target, own) if own else target


def is_random(target: Target, environ: Mapping[str, str]) -> bool:
    """True when nobody gave a salt."""
    return not (target.variables.get(VARIABLE) or environ.get(SALT_ENV))


def uses_salt(sql: str) -> bool:
    """True for SQL that hashes with the salt."""
    return _CALL in sql


def without_salt(sql: str) -> str:
    """The SQL with a plain word for the salt: it is the same from run to run, unlike a variable."""
    return sql.replace(_CALL, "'the salt'")


def _with(target: Target, salt: str) -> Target:
    return replace(target, variables={**target.variables, VARIABLE: salt})


def _read_or_draw(path: Path, make: bool) -> str:
    """The salt in the file. Of two builds that draw at once, one is first and both take its salt."""
    try:
        if path.exists():
            return _known(path)
        if not make:
            return ""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".salt.{os.getpid()}")
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(part, path)
        except FileExistsError:
            pass
        finally:
            part.unlink()
        return _known(path)
    except OSError as error:
        raise EngineError(
            f"cannot keep the random salt: {error.strerror}",
            at=Location(path),
            fix=f"set {SALT_ENV}",
        ) from None


def _known(path: Path) -> str:
    text = path.read_text(encoding="utf-8").strip()
    if len(text) < SHORTEST:
        raise EngineError(
            "the file of the random salt is damaged",
            at=Location(path),
            fix="restore it, or remove it: all hashed identifiers then change",
        )
    return text


@dataclass(frozen=True, slots=True)
class SaltMark:
    """What a database remembers of the salt that its hashes were made with."""

    mark_id: str
    nonce: str
    check: str

    @classmethod
    def of(cls, salt: str) -> SaltMark:
        """A new mark, with an id drawn by chance."""
        nonce = secrets.token_hex(16)
        return cls(secrets.token_hex(8), nonce, slow_hash(salt, nonce))

    @classmethod
    def read(cls, text: str) -> SaltMark | None:
        """What `str` wrote; None for anything else."""
        parts = text.split(":")
        return cls(*parts) if len(parts) == 3 else None

    def __str__(self) -> str:
        return f"{self.mark_id}:{self.nonce}:{self.check}"

    def fits(self, salt: str) -> bool:
        """True when it was made of this salt."""
        return hmac.compare_digest(self.check, slow_hash(salt, self.nonce))


def slow_hash(secret: str, nonce: str) -> str:
    """A hash that says nothing about the secret: salted by a nonce, and slow to try out."""
    return hashlib.scrypt(secret.encode(), salt=nonce.encode(), n=4096, r=8, p=1).hex()
