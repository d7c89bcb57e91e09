"""https for the practice server: a certificate of an authority made for its data folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def adapter_and_ca(data: Path, host: str) -> tuple[Any, str]:
    """cheroot's adapter, and the path of the authority's certificate, which stays the same at every start."""
    import trustme
    from cheroot.ssl.builtin import BuiltinSSLAdapter

    folder = data / "tls"
    folder.mkdir(mode=0o700, exist_ok=True)
    ca, key = folder / "ca.pem", folder / "ca-key.pem"
    if ca.exists() and key.exists():
        authority = trustme.CA.from_pem(ca.read_bytes(), key.read_bytes())
    else:
        authority = trustme.CA()
        key.touch(mode=0o600)
        authority.private_key_pem.write_to_path(key)
        authority.cert_pem.write_to_path(ca)
    issued = authority.issue_cert(host, "localhost", "127.0.0.1")
    chain = folder / "server.pem"
    chain.touch(mode=0o600)
    issued.private_key_and_cert_chain_pem.write_to_path(chain)
    return BuiltinSSLAdapter(str(chain), str(chain)), str(ca)
