"""The practice identity provider's rules, on Authlib: code with PKCE, rotation, revocation, signed assertions."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError, grants
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from workstation.practice.people import Person, person
from workstation.practice.store import Store
from workstation.practice.tokens import REFRESH_SECONDS, Granted, Tokens

APP_CLIENT = "coder-workstation"
DEVICE_SCOPES = frozenset({"system/AuditEvent.crus", "system/Device.crus", "system/Device.rus", "system/Device.rs",
                           "system/Task.rus", "system/Basic.rs"})  # fmt: skip
ASSERTION_ALGORITHM = "ES384"
LONGEST_ASSERTION = 300.0 + 60.0  # five minutes and some leeway (SMART Backend Services)
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|\[::1\]):\d{1,5}/callback")
_USER_SCOPE = re.compile(r"openid|fhirUser|offline_access|user/([A-Z][A-Za-z]+|\*)\.c?r?u?d?s?")


@dataclass(frozen=True, slots=True)
class Client:
    """The workstation (public) or one device (a key of its own), as Authlib asks for it."""

    id: str
    scope: str = ""
    jwks: dict[str, Any] | None = None

    def get_client_id(self) -> str:
        return self.id

    def get_default_redirect_uri(self) -> None:
        return None

    def get_allowed_scope(self, scope: str | None) -> str:
        asked = (scope or self.scope).split()
        if self.jwks is None:
            return " ".join(one for one in asked if _USER_SCOPE.fullmatch(one))
        return " ".join(one for one in asked if one in self.scope.split())

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return self.jwks is None and _LOOPBACK.fullmatch(redirect_uri) is not None

    def check_client_secret(self, client_secret: str) -> bool:
        return False

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == ("none" if self.jwks is None else "private_key_jwt")

    def check_response_type(self, response_type: str) -> bool:
        return self.jwks is None and response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        mine = ("authorization_code", "refresh_token") if self.jwks is None else ("client_credentials",)
        return grant_type in mine


@dataclass(frozen=True)
class Provider:
    """The parts the grants share."""

    store: Store
    tokens: Tokens
    key: ECKey
    issuer: str
    base: str
    access_seconds: int

    def client(self, client_id: str) -> Client | None:
        if client_id == APP_CLIENT:
            return Client(APP_CLIENT)
        found = self.tokens.registered(client_id)
        return Client(client_id, found[1], found[2]) if found else None

    def save(self, token: dict[str, Any], request: Any) -> None:
        """Keep a new access token, and its refresh token with it."""
        before = request.authorization_code or request.refresh_token
        family = before.family if before else secrets.token_hex(8)
        user = request.user.user if request.user else ""
        granted = Granted(request.client.get_client_id(), user, token.get("scope", ""), family)
        self.tokens.keep_token(token["access_token"], "access", granted, token["expires_in"])
        if "refresh_token" in token:
            self.tokens.keep_token(token["refresh_token"], "refresh", granted, REFRESH_SECONDS)


def signing_key(store: Store) -> ECKey:
    """The P-256 key id_tokens are signed with, made once for a data folder."""
    made = store.fact("id-token-key", lambda: _json(ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"})))
    return ECKey.import_key(_parsed(made))


def authorization_server(app: Flask, provider: Provider) -> AuthorizationServer:
    """Authlib's server with exactly the grants SMART asks for."""
    app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
    lifetimes = dict.fromkeys(("authorization_code", "refresh_token", "client_credentials"), provider.access_seconds)
    app.config["OAUTH2_TOKEN_EXPIRES_IN"] = lifetimes
    server = AuthorizationServer(app, query_client=provider.client, save_token=provider.save)
    server.register_client_auth_method("private_key_jwt", _Assertion(provider))
    server.register_grant(_code_grant(provider), [_S256(required=True), _IdToken(provider)])
    server.register_grant(_refresh_grant(provider))
    server.register_grant(_DeviceGrant)
    server.register_endpoint(_revocation(provider))
    return server


class _S256(CodeChallenge):  # type: ignore[misc]
    SUPPORTED_CODE_CHALLENGE_METHOD: ClassVar[list[str]] = ["S256"]

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        asked = grant.request.payload.data
        if not asked.get("code_challenge") or asked.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE with S256 is required.")
        super().validate_code_challenge(grant, redirect_uri)


class _DeviceGrant(grants.ClientCredentialsGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar[list[str]] = ["private_key_jwt"]


def _code_grant(provider: Provider) -> type[grants.AuthorizationCodeGrant]:
    class CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS: ClassVar[list[str]] = ["none"]

        def save_authorization_code(self, code: str, request: Any) -> None:
            asked = request.payload.data
            granted = Granted(
                client=request.client.get_client_id(),
                user=request.user.user,
                scope=request.client.get_allowed_scope(request.payload.scope),
                family=secrets.token_hex(8),
                redirect=request.payload.redirect_uri,
                nonce=asked.get("nonce", ""),
                challenge=asked["code_challenge"],
                signed_in=request.user.signed_in,
            )
            provider.tokens.keep_code(code, granted)

        def query_authorization_code(self, code: str, client: Client) -> Granted | None:
            return provider.tokens.spend_code(code, client.id)

        def delete_authorization_code(self, authorization_code: Granted) -> None:
            """It was spent when it was looked up."""

        def authenticate_user(self, authorization_code: Granted) -> SignedIn | None:
            return signed_in_as(authorization_code.user)

    return CodeGrant


def _refresh_grant(provider: Provider) -> type[grants.RefreshTokenGrant]:
    class RefreshGrant(grants.RefreshTokenGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS: ClassVar[list[str]] = ["none"]
        INCLUDE_NEW_REFRESH_TOKEN = True

        def authenticate_refresh_token(self, refresh_token: str) -> Granted | None:
            return provider.tokens.spend_refresh(refresh_token)

        def authenticate_user(self, refresh_token: Granted) -> SignedIn | None:
            return signed_in_as(refresh_token.user)

        def revoke_old_credential(self, refresh_token: Granted) -> None:
            """It was spent when it was looked up."""

    return RefreshGrant


def _revocation(provider: Provider) -> type[RevocationEndpoint]:
    class Revocation(RevocationEndpoint):  # type: ignore[misc]
        CLIENT_AUTH_METHODS: ClassVar[list[str]] = ["none", "private_key_jwt"]
        SUPPORTED_TOKEN_TYPES: ClassVar[list[str]] = ["access_token", "refresh_token"]

        def query_token(self, token_string: str, token_type_hint: str | None) -> Granted | None:
            return provider.tokens.look_up(token_string, "refresh") or provider.tokens.look_up(token_string, "access")

        def revoke_token(self, token: Granted, request: Any) -> None:
            provider.tokens.revoke_family(token.family)

    return Revocation


class _IdToken(OpenIDCode):  # type: ignore[misc]
    """The id_token: ES256, with the FHIR resource of the person."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(require_nonce=False)
        self._provider = provider

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        return False  # a code is good once, and so is its nonce

    def resolve_client_private_key(self, client: Client) -> ECKey:
        return self._provider.key

    def get_client_algorithm(self, client: Client) -> str:
        return "ES256"

    def get_encode_header(self, client: Client) -> dict[str, str]:
        return {"alg": "ES256", "typ": "JWT", "kid": str(self._provider.key.kid)}

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        return {"iss": self._provider.issuer, "aud": client.id}

    def generate_user_info(self, user: SignedIn, scope: str) -> UserInfo:
        who = UserInfo(sub=user.user, name=user.person.name, preferred_username=user.user)
        if "fhirUser" in scope.split():
            who["fhirUser"] = f"{self._provider.base}/Practitioner/{user.user}"
        return who


class _Assertion(JWTBearerClientAssertion):  # type: ignore[misc]
    """private_key_jwt with the key a device registered: ES384 alone, short, and good once."""

    CLIENT_AUTH_METHOD = "private_key_jwt"

    def __init__(self, provider: Provider) -> None:
        super().__init__(validate_jti=True)
        self._provider = provider

    def get_audiences(self) -> list[str]:
        return [f"{self._provider.issuer}/oauth/token", self._provider.issuer]

    def resolve_client_public_key(self, client: Client) -> KeySet:
        if client.jwks is None:
            raise InvalidClientError(description="The client has no key.")
        return KeySet.import_key_set(cast(Any, client.jwks))

    def process_assertion_claims(self, assertion: str, resolve_key: KeySet) -> Any:
        try:
            token = jwt.decode(assertion, resolve_key, algorithms=[ASSERTION_ALGORITHM])
        except (JoseError, ValueError) as error:
            raise InvalidClientError(description="The assertion's signature does not hold.") from error
        self.verify_claims(token.claims)
        return token.claims

    def validate_jti(self, claims: dict[str, Any], jti: str) -> bool:
        now = self._provider.tokens.now().timestamp()
        if claims["exp"] - now > LONGEST_ASSERTION:
            raise InvalidClientError(description="The assertion lives too long.")
        return self._provider.tokens.is_new_assertion(f"{claims['sub']}/{jti}", float(claims["exp"]))


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person in front of the browser, since when."""

    person: Person
    signed_in: int = 0

    @property
    def user(self) -> str:
        return self.person.user


def signed_in_as(user: str, since: int = 0) -> SignedIn | None:
    found = person(user)
    return SignedIn(found, since) if found else None


def _json(key: ECKey) -> str:
    return json.dumps(key.as_dict(private=True))


def _parsed(text: str) -> dict[str, Any]:
    return dict(json.loads(text))
