"""The practice identity provider's addresses: discovery, the sign-in page, tokens, revocation, registration."""

from __future__ import annotations

from functools import partial
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from flask import Blueprint, Flask, Response, jsonify, make_response, request
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from workstation.practice.access import Caller
from workstation.practice.oauth import DEVICE_SCOPES, Provider, SignedIn, authorization_server, signed_in_as
from workstation.practice.outcomes import Refused
from workstation.practice.pages import Row, sign_in_page, trouble_page
from workstation.practice.people import PEOPLE, code_now, is_let_in

COOKIE = "lakemere-practice"
_PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_PRIVATE_PARTS = {"d", "p", "q", "dp", "dq", "qi", "k"}


def add_identity(app: Flask, provider: Provider) -> None:
    """Everything under /oauth, and the two well-known documents."""
    server = authorization_server(app, provider)
    door = Blueprint("identity", __name__)
    _add_discovery(door, provider)
    _add_sign_in(door, provider, server)

    def token() -> Response:
        return _response(server.create_token_response())

    def revoke() -> Response:
        return _response(server.create_endpoint_response("revocation"))

    def register() -> tuple[Response, int]:
        try:
            caller = caller_of(provider, request.headers.get("Authorization", ""))
            if not caller.user:
                raise Refused(403, "Only a signed-in coder registers a device.")
            return jsonify(_registered(provider, request.get_json(silent=True), caller.user)), 201
        except Refused as refused:
            name = "invalid_token" if refused.status in (401, 403) else "invalid_client_metadata"
            return jsonify({"error": name, "error_description": refused.words}), refused.status

    for view in (token, revoke, register):
        door.add_url_rule(f"/oauth/{view.__name__}", view_func=view, methods=["POST"])
    app.register_blueprint(door)


def caller_of(provider: Provider, authorization: str) -> Caller:
    """Whose bearer token this is. Raises Refused(401)."""
    scheme, _, token = authorization.partition(" ")
    granted = provider.tokens.look_up(token.strip(), "access") if scheme.lower() == "bearer" else None
    if granted is None:
        raise Refused(401, "The access token is missing, unknown or over.")
    if granted.user:
        return Caller(granted.client, tuple(granted.scope.split()), user=granted.user)
    device = provider.tokens.registered(granted.client)
    return Caller(granted.client, tuple(granted.scope.split()), installation=device[0] if device else "")


def _add_discovery(door: Blueprint, provider: Provider) -> None:
    issuer = provider.issuer
    known = {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/oauth/jwks",
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "token_endpoint": f"{issuer}/oauth/token",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "registration_endpoint": f"{issuer}/oauth/register",
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["ES384"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "prompt_values_supported": ["login", "none"],
        "scopes_supported": ["openid", "fhirUser", "offline_access", "user/*.cruds", *sorted(DEVICE_SCOPES)],
    }
    smart = {
        **known,
        "capabilities": [
            *("launch-standalone", "client-public", "client-confidential-asymmetric", "sso-openid-connect"),
            *("permission-user", "permission-offline", "permission-v2", "authorize-post"),
        ],
    }

    jwks = {"keys": [provider.key.as_dict(private=False)]}
    for path, document in (
        ("/fhir/.well-known/smart-configuration", smart),
        ("/.well-known/openid-configuration", known),
        ("/fhir/.well-known/openid-configuration", known),
        ("/oauth/jwks", jwks),
    ):
        door.add_url_rule(path, endpoint=path.replace(".", "_"), view_func=partial(jsonify, document))


def _add_sign_in(door: Blueprint, provider: Provider, server: AuthorizationServer) -> None:
    def authorize() -> Response:
        known = _of_cookie(provider)
        try:
            grant = server.get_consent_grant(end_user=known)
        except OAuth2Error as error:
            return _stopped(server, error)
        asked_again = "login" in request.args.get("prompt", "").split()
        if request.method == "POST":
            return _sign_in(provider, server, grant)
        if known is not None and not asked_again:
            return _response(server.create_authorization_response(grant_user=known, grant=grant))
        return _form(provider)

    door.add_url_rule("/oauth/authorize", view_func=authorize, methods=["GET", "POST"])


def _sign_in(provider: Provider, server: AuthorizationServer, grant: Any) -> Response:
    user, password = request.form.get("username", "").strip().lower(), request.form.get("password", "")
    now = provider.tokens.now()
    if not is_let_in(provider.store, user, password, request.form.get("otp", ""), now):
        return _form(provider, "The user name, password or code is not right.")
    who = signed_in_as(user, int(now.timestamp()))
    answer = _response(server.create_authorization_response(grant_user=who, grant=grant))
    secure = provider.issuer.startswith("https")
    cookie = provider.tokens.open_session(user)
    answer.set_cookie(COOKIE, cookie, path="/oauth", httponly=True, samesite="Lax", secure=secure)
    return answer


def _form(provider: Provider, trouble: str = "") -> Response:
    now = provider.tokens.now()
    rows = [Row(p.user, p.name, p.title, p.password, code_now(provider.store, p.user, now)) for p in PEOPLE]
    chosen = request.form.get("username", "") or request.args.get("login_hint", "")
    left = 30 - int(now.timestamp()) % 30
    page = sign_in_page(rows, chosen=chosen[:40], seconds_left=left, trouble=trouble)
    return make_response(page, 200, _PAGE_HEADERS)


def _stopped(server: AuthorizationServer, error: OAuth2Error) -> Response:
    """Back to the program where its address is known to be its own, else a page that says why."""
    if error.redirect_uri:
        return _response(server.handle_error_response(None, error))
    return make_response(trouble_page(error.description or error.error or "invalid_request"), 400, _PAGE_HEADERS)


def _of_cookie(provider: Provider) -> SignedIn | None:
    found = provider.tokens.session(request.cookies.get(COOKIE, ""))
    return signed_in_as(*found) if found else None


def _registered(provider: Provider, wanted: Any, user: str) -> dict[str, Any]:
    """RFC 7591 for a device's own key. Raises Refused(400)."""
    asked = wanted if isinstance(wanted, dict) else {}
    installation = asked.get("software_statement_id") or asked.get("software_id")
    keys = asked.get("jwks", {}).get("keys") if isinstance(asked.get("jwks"), dict) else None
    if not isinstance(installation, str) or not installation:
        raise Refused(400, "The registration names no installation.")
    if asked.get("token_endpoint_auth_method") != "private_key_jwt":
        raise Refused(400, "A device signs with a key of its own: private_key_jwt.")
    if not isinstance(keys, list) or not keys:
        raise Refused(400, "The registration holds no key.")
    for key in keys:
        _check_key(key)
    scopes = [scope for scope in str(asked.get("scope", "")).split() if scope in DEVICE_SCOPES]
    if not scopes:
        raise Refused(400, "None of the scopes is one a device may have.")
    client = provider.tokens.register(installation, " ".join(scopes), {"keys": keys}, user)
    kept = {name: asked[name] for name in ("client_name", "software_id", "software_statement_id") if name in asked}
    return {
        **kept,
        "client_id": client,
        "client_id_issued_at": int(provider.tokens.now().timestamp()),
        "grant_types": ["client_credentials"],
        "response_types": [],
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES384",
        "jwks": {"keys": keys},
        "scope": " ".join(scopes),
    }


def _check_key(key: Any) -> None:
    if not isinstance(key, dict) or key.get("kty") != "EC" or key.get("crv") != "P-384" or not key.get("kid"):
        raise Refused(400, "A device's key is an EC key on P-384 with a kid.")
    if _PRIVATE_PARTS & set(key):
        raise Refused(400, "A private key is never sent.")
    try:
        ECKey.import_key(key)
    except (JoseError, ValueError, TypeError):
        raise Refused(400, "The key cannot be read.") from None


def _response(answer: Any) -> Response:
    return make_response(answer)
