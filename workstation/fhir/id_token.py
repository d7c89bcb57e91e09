"""The id_token: its signature, issuer, audience, nonce and times, and who the FHIR user is."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from typing import Any

from workstation.errors import MalformedAnswer, SignInRefused
from workstation.fhir.answers import json_of

LEEWAY = 60.0  # seconds the provider's clock may be off

_HASHES = {"256": "SHA256", "384": "SHA384", "512": "SHA512"}
_CURVES = {"ES256": ("P-256", 32), "ES384": ("P-384", 48), "ES512": ("P-521", 66)}


def checked_claims(
    token: str, *, issuer: str, client_id: str, nonce: str, now: float, keys: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """The claims of a token that holds in every point. Raises SignInRefused otherwise."""
    header, claims, signed, signature = _parts(token)
    if not any(_verifies(key, header, signed, signature) for key in _candidates(keys(), header)):
        raise _refused("its signature does not fit")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != issuer:
        raise _refused("it names another issuer")
    if client_id not in audiences or (len(audiences) > 1 and claims.get("azp") not in (None, client_id)):
        raise _refused("it is meant for another program")
    if not hmac.compare_digest(str(claims.get("nonce") or "").encode(), nonce.encode()):
        raise _refused("it answers another sign-in")
    expires, issued = claims.get("exp"), claims.get("iat")
    if not isinstance(expires, int | float) or expires < now - LEEWAY:
        raise _refused("it has expired")
    if isinstance(issued, int | float) and issued > now + 10 * LEEWAY:
        raise _refused("it comes from the future: check this computer's clock")
    return claims


def require_fresh_login(claims: Mapping[str, object], seconds: float) -> None:
    """The provider asked who is there, within the `seconds` this sign-in took, and did not reuse a browser session.

    OpenID Connect Core 3.1.2.1: with `max_age` the token carries `auth_time`. Both times are the provider's, so that
    no clock has to agree with another. A provider that leaves it out has only promised `prompt=login`; it is believed.
    Raises SignInRefused.
    """
    asked, issued = claims.get("auth_time"), claims.get("iat")
    if isinstance(asked, int | float) and isinstance(issued, int | float) and issued - asked > seconds + LEEWAY:
        raise SignInRefused(
            "The browser signed in whoever used it before, without asking.",
            remedy="Sign out there, or close the browser, and sign in again as yourself.",
        )


def fhir_user(claims: dict[str, Any]) -> str:
    """`Practitioner/id`; servers write it absolute or relative. Raises SignInRefused for anyone else."""
    named = claims.get("fhirUser") or claims.get("profile") or ""
    parts = str(named).rstrip("/").partition("/_history/")[0].split("/")
    if len(parts) < 2 or parts[-2] != "Practitioner" or not parts[-1]:
        raise SignInRefused("Your account is not linked to a practitioner.", remedy="Ask your IT support to link it.")
    return f"Practitioner/{parts[-1]}"


def _refused(why: str) -> SignInRefused:
    return SignInRefused(f"The identity token was not accepted: {why}.")


def _parts(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    pieces = token.split(".")
    if len(pieces) != 3:
        raise _refused("it has no signature")
    try:
        header, claims = json_of(_unb64(pieces[0])), json_of(_unb64(pieces[1]))
        return header, claims, f"{pieces[0]}.{pieces[1]}".encode(), _unb64(pieces[2])
    except (MalformedAnswer, binascii.Error, ValueError):
        raise _refused("it cannot be read") from None


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _number(text: object) -> int:
    return int.from_bytes(_unb64(str(text)), "big")


def _candidates(keys: dict[str, Any], header: dict[str, Any]) -> list[dict[str, Any]]:
    listed = keys.get("keys")
    found = [key for key in listed if isinstance(key, dict)] if isinstance(listed, list) else []
    named = header.get("kid")
    signing = [key for key in found if key.get("use", "sig") == "sig"]
    return [key for key in signing if named is None or key.get("kid") in (None, named)]


def _verifies(key: dict[str, Any], header: dict[str, Any], signed: bytes, signature: bytes) -> bool:
    """Whether one published key made the signature. The algorithm must be one for the key's own type."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    algorithm = str(header.get("alg"))
    if key.get("alg") not in (None, algorithm):
        return False
    try:
        if algorithm[:2] in ("RS", "PS") and key.get("kty") == "RSA":
            _verify_rsa(key, algorithm, signed, signature)
        elif algorithm in _CURVES and key.get("kty") == "EC":
            _verify_ec(key, algorithm, signed, signature)
        elif algorithm == "EdDSA" and key.get("kty") == "OKP":
            _verify_ed(key, signed, signature)
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, KeyError, ValueError):
        return False
    return True


def _verify_rsa(key: dict[str, Any], algorithm: str, signed: bytes, signature: bytes) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    chosen = getattr(hashes, _HASHES[algorithm[2:]])()
    public = rsa.RSAPublicNumbers(_number(key["e"]), _number(key["n"])).public_key()
    if public.key_size < 2048:
        raise ValueError("a short key")
    if algorithm.startswith("PS"):
        pad: Any = padding.PSS(padding.MGF1(chosen), padding.PSS.DIGEST_LENGTH)
    else:
        pad = padding.PKCS1v15()
    public.verify(signature, signed, pad, chosen)


def _verify_ec(key: dict[str, Any], algorithm: str, signed: bytes, signature: bytes) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    name, size = _CURVES[algorithm]
    curves: dict[str, type[Any]] = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1}
    if key.get("crv") != name or len(signature) != 2 * size:
        raise ValueError("another curve")
    public = ec.EllipticCurvePublicNumbers(_number(key["x"]), _number(key["y"]), curves[name]()).public_key()
    r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
    public.verify(encode_dss_signature(r, s), signed, ec.ECDSA(getattr(hashes, _HASHES[algorithm[2:]])()))


def _verify_ed(key: dict[str, Any], signed: bytes, signature: bytes) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    Ed25519PublicKey.from_public_bytes(_unb64(str(key["x"]))).verify(signature, signed)
