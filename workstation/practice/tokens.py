"""Codes, tokens, browser sessions and registered clients: kept by their hashes, spent once, revoked by family."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workstation.practice.store import Store

_SCHEMA = """
CREATE TABLE IF NOT EXISTS clients (
  id TEXT PRIMARY KEY, installation TEXT NOT NULL, scope TEXT NOT NULL, jwks TEXT NOT NULL, registered_by TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS codes (
  hash TEXT PRIMARY KEY, client TEXT NOT NULL, user TEXT NOT NULL, redirect TEXT NOT NULL, scope TEXT NOT NULL,
  nonce TEXT NOT NULL, challenge TEXT NOT NULL, signed_in INTEGER NOT NULL, expires REAL NOT NULL,
  family TEXT NOT NULL, spent INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS tokens (
  hash TEXT PRIMARY KEY, use TEXT NOT NULL, client TEXT NOT NULL, user TEXT NOT NULL, scope TEXT NOT NULL,
  family TEXT NOT NULL, expires REAL NOT NULL, spent INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS sessions (
  hash TEXT PRIMARY KEY, user TEXT NOT NULL, signed_in INTEGER NOT NULL, expires REAL NOT NULL);
CREATE TABLE IF NOT EXISTS assertions (jti TEXT PRIMARY KEY, expires REAL NOT NULL);
"""

CODE_SECONDS = 60
REFRESH_SECONDS = 30 * 24 * 3600
SESSION_SECONDS = 12 * 3600


@dataclass(frozen=True, slots=True)
class Granted:
    """A code or token as it was given out."""

    client: str
    user: str
    scope: str
    family: str
    redirect: str = ""
    nonce: str = ""
    challenge: str = ""
    signed_in: int = 0

    # what Authlib asks of codes and tokens
    def check_client(self, client: Any) -> bool:
        return bool(client.get_client_id() == self.client)

    def get_redirect_uri(self) -> str:
        return self.redirect

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.signed_in

    def get_acr(self) -> str | None:
        return None

    def get_amr(self) -> list[str]:
        return ["pwd", "otp"]

    @property
    def code_challenge(self) -> str:
        return self.challenge

    @property
    def code_challenge_method(self) -> str:
        return "S256"


class Tokens:
    """Beside the resources, in the same database."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self.now = now
        with store.whole() as db:
            for statement in _SCHEMA.split(";"):
                db.execute(statement)

    def _time(self) -> float:
        return self.now().timestamp()

    # ---------------------------------------------------------------- codes and tokens

    def keep_code(self, code: str, granted: Granted) -> None:
        with self._store.whole() as db:
            db.execute(
                "INSERT INTO codes (hash, client, user, redirect, scope, nonce, challenge, signed_in, expires, family)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(_hash(code), granted.client, granted.user, granted.redirect, granted.scope, granted.nonce),
                    *(granted.challenge, granted.signed_in, self._time() + CODE_SECONDS, granted.family),
                ),
            )

    def spend_code(self, code: str, client: str) -> Granted | None:
        """A code is good for one try, a wrong verifier included; a second try revokes what the first brought."""
        with self._store.whole() as db:
            row = db.execute(
                "SELECT client, user, scope, family, redirect, nonce, challenge, signed_in, expires, spent FROM codes"
                " WHERE hash = ?",
                (_hash(code),),
            ).fetchone()
            if row is None:
                return None
            granted, expires, spent = Granted(*row[:8]), row[8], row[9]
            if spent:
                self.revoke_family(granted.family)
                return None
            db.execute("UPDATE codes SET spent = 1 WHERE hash = ?", (_hash(code),))
        return granted if granted.client == client and expires > self._time() else None

    def keep_token(self, token: str, use: str, granted: Granted, seconds: float) -> None:
        with self._store.whole() as db:
            db.execute(
                "INSERT INTO tokens (hash, use, client, user, scope, family, expires) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    *(_hash(token), use, granted.client, granted.user, granted.scope, granted.family),
                    self._time() + seconds,
                ),
            )

    def look_up(self, token: str, use: str) -> Granted | None:
        """What a live token grants; None for one that is unknown, spent or over."""
        with self._store.whole() as db:
            row = db.execute(
                "SELECT client, user, scope, family FROM tokens"
                " WHERE hash = ? AND use = ? AND spent = 0 AND expires > ?",
                (_hash(token), use, self._time()),
            ).fetchone()
        return Granted(*row) if row else None

    def spend_refresh(self, token: str) -> Granted | None:
        """A refresh token is good once; seen again, it was stolen from somebody, and its whole family ends."""
        with self._store.whole() as db:
            row = db.execute(
                "SELECT client, user, scope, family, expires, spent FROM tokens WHERE hash = ? AND use = 'refresh'",
                (_hash(token),),
            ).fetchone()
            if row is None:
                return None
            granted, expires, spent = Granted(*row[:4]), row[4], row[5]
            if spent or expires <= self._time():
                self.revoke_family(granted.family)
                return None
            db.execute("UPDATE tokens SET spent = 1 WHERE hash = ?", (_hash(token),))
        return granted

    def revoke_family(self, family: str) -> None:
        with self._store.whole() as db:
            db.execute("DELETE FROM tokens WHERE family = ?", (family,))

    def revoke_user(self, user: str) -> None:
        """Every token and browser session of a person ends."""
        with self._store.whole() as db:
            db.execute("DELETE FROM tokens WHERE user = ?", (user,))
            db.execute("DELETE FROM sessions WHERE user = ?", (user,))

    # ---------------------------------------------------------------- browser sessions

    def open_session(self, user: str) -> str:
        cookie = secrets.token_urlsafe(32)
        with self._store.whole() as db:
            db.execute(
                "INSERT INTO sessions (hash, user, signed_in, expires) VALUES (?, ?, ?, ?)",
                (_hash(cookie), user, int(self._time()), self._time() + SESSION_SECONDS),
            )
        return cookie

    def session(self, cookie: str) -> tuple[str, int] | None:
        """(user, when they signed in)"""
        with self._store.whole() as db:
            row = db.execute(
                "SELECT user, signed_in FROM sessions WHERE hash = ? AND expires > ?", (_hash(cookie), self._time())
            ).fetchone()
        return (str(row[0]), int(row[1])) if row else None

    # ---------------------------------------------------------------- registered devices

    def register(self, installation: str, scope: str, jwks: dict[str, Any], user: str) -> str:
        """A new client id of an installation; the one it had before no longer holds."""
        client = f"device-{secrets.token_hex(8)}"
        with self._store.whole() as db:
            for (old,) in db.execute("SELECT id FROM clients WHERE installation = ?", (installation,)).fetchall():
                db.execute("DELETE FROM tokens WHERE client = ?", (old,))
            db.execute("DELETE FROM clients WHERE installation = ?", (installation,))
            db.execute(
                "INSERT INTO clients (id, installation, scope, jwks, registered_by) VALUES (?, ?, ?, ?, ?)",
                (client, installation, scope, json.dumps(jwks), user),
            )
        return client

    def registered(self, client: str) -> tuple[str, str, dict[str, Any]] | None:
        """(installation, scope, jwks)"""
        with self._store.whole() as db:
            row = db.execute("SELECT installation, scope, jwks FROM clients WHERE id = ?", (client,)).fetchone()
        return (row[0], row[1], json.loads(row[2])) if row else None

    def is_new_assertion(self, jti: str, expires: float) -> bool:
        with self._store.whole() as db:
            db.execute("DELETE FROM assertions WHERE expires < ?", (self._time() - 300,))
            added = db.execute("INSERT OR IGNORE INTO assertions (jti, expires) VALUES (?, ?)", (jti, expires))
            return added.rowcount == 1


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
