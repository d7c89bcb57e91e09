"""An RFC 3161 timestamp service over `openssl ts`, on this computer alone, for tests."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.package.authority import Authority

SETTINGS = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


@contextmanager
def service(authority: Authority) -> Iterator[str]:
    """Its URL, while it runs."""
    folder = authority.folder
    certificate, key = authority.issue("Test Timestamps", "stamper")
    settings = folder / "tsa.cnf"
    settings.write_text(SETTINGS.format(folder=folder))
    (folder / "serial").write_text("01\n")

    class Stamper(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = folder / f"ask-{threading.get_ident()}"
            asked.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            line = ["openssl", "ts", "-reply", "-config", settings, "-section", "here", "-queryfile", asked]
            line += ["-signer", certificate, "-inkey", key, "-chain", authority.root, "-out", f"{asked}.tsr"]
            done = subprocess.run([str(word) for word in line], capture_output=True, check=False)
            body = Path(f"{asked}.tsr").read_bytes() if done.returncode == 0 else b""
            self.send_response(200 if body else 500)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Stamper)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
