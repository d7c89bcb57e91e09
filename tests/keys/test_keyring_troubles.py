"""A real Secret Service in trouble: absent, locked behind a prompt, wrong by environment, items gone or spoilt."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from workstation.errors import KeyringTrouble
from workstation.host.paths import Home
from workstation.keys.device import DeviceKeys
from workstation.keys.keyring import Keyring

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("dbus-daemon", "gnome-keyring-daemon")
pytestmark = pytest.mark.skipif(
    any(shutil.which(name) is None for name in NEEDED), reason="dbus and gnome-keyring are not installed"
)

#: Opens the device as the guard does and says what it found; the limit is short so that a prompt is not waited for.
OPENING = """
import json, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from workstation.errors import WorkstationError
from workstation.keys import keyring
from workstation.keys.device import DeviceKeys
keyring.LIMIT_SECONDS = 2.0
keyring.Keyring.__init__.__kwdefaults__["limit"] = 2.0
try:
    keys = DeviceKeys.open(Path(sys.argv[2]))
except WorkstationError as trouble:
    print(json.dumps({"trouble": type(trouble).__name__, "words": f"{trouble} {trouble.remedy}"}), flush=True)
else:
    print(json.dumps({"device": keys.device, "fresh": keys.fresh}), flush=True)
sys.stdout.close()
import os; os._exit(0)  # a call that hangs behind a prompt is left behind with its thread
"""


#: A bus that starts no service by itself: what is absent stays absent.
CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=FOLDER</listen><policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""


class Session:
    """A session bus of its own, with a keyring of its own that can be locked by starting it anew."""

    def __init__(self, folder: Path) -> None:
        self._home = folder / "session-home"
        self._home.mkdir()
        config = folder / "bus.conf"
        config.write_text(CONFIG.replace("FOLDER", str(folder)))
        self._bus = subprocess.Popen(
            ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address=1", "--nopidfile"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=self._plain(),
        )
        assert self._bus.stdout is not None
        self.address = self._bus.stdout.readline().strip()
        self._daemon: subprocess.Popen[bytes] | None = None

    def _plain(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return {**kept, "HOME": str(self._home), "XDG_RUNTIME_DIR": str(self._home)}

    @property
    def environment(self) -> dict[str, str]:
        return {**self._plain(), "DBUS_SESSION_BUS_ADDRESS": self.address}

    def keyring(self, *, unlocked: bool) -> None:
        """Start the daemon; one that was running ends first."""
        self.end_keyring()
        words = ["gnome-keyring-daemon", "--foreground", "--components=secrets", *(["--unlock"] if unlocked else [])]
        self._daemon = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self.environment,
        )
        assert self._daemon.stdin is not None
        self._daemon.stdin.write(b"a test" if unlocked else b"")
        self._daemon.stdin.close()
        self._wait_for_service()

    def _wait_for_service(self) -> None:
        asked = ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"]
        asked += ["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"]
        for _ in range(400):
            told = subprocess.run(asked, env=self.environment, capture_output=True, text=True, check=False).stdout
            if "true" in told:
                return
        pytest.fail("the keyring daemon did not come up")

    def open_device(self, folder: Path, **surroundings: str) -> dict[str, str | bool]:
        line = [sys.executable, "-c", OPENING, str(ROOT), str(folder)]
        environment = {**self.environment, **surroundings}
        done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=60, check=False)
        found: dict[str, str | bool] = json.loads(done.stdout)
        return found

    def end_keyring(self) -> None:
        if self._daemon is not None:
            self._daemon.send_signal(signal.SIGTERM)
            self._daemon.wait(10)
            self._daemon = None

    def end(self) -> None:
        self.end_keyring()
        self._bus.terminate()
        self._bus.wait(10)
        if self._bus.stdout is not None:
            self._bus.stdout.close()


@contextmanager
def session(folder: Path) -> Iterator[Session]:
    made = Session(folder)
    try:
        yield made
    finally:
        made.end()


def test_no_keyring_on_the_bus_stores_nothing_and_says_what_to_do(tmp_path: Path) -> None:
    with session(tmp_path) as bus:
        told = bus.open_device(tmp_path / "guard")
        assert told["trouble"] == "KeyringTrouble"
        assert "keyring" in str(told["words"])
        assert "Nothing was stored" in str(told["words"])
        assert not (tmp_path / "guard").exists()


def test_no_bus_at_all_is_the_same(tmp_path: Path) -> None:
    with session(tmp_path) as bus:
        told = bus.open_device(tmp_path / "guard", DBUS_SESSION_BUS_ADDRESS=f"unix:path={tmp_path}/nobody")
        assert told["trouble"] == "KeyringTrouble"


def test_a_locked_keyring_that_waits_for_its_password_is_not_waited_for(tmp_path: Path) -> None:
    guard = tmp_path / "guard"
    guard.mkdir()
    with session(tmp_path) as bus:
        bus.keyring(unlocked=True)
        first = bus.open_device(guard)
        assert first["fresh"] is True
        before = {path.name: path.read_bytes() for path in guard.iterdir()}
        bus.keyring(unlocked=False)
        told = bus.open_device(guard)
        assert told["trouble"] == "KeyringTrouble"
        assert {path.name: path.read_bytes() for path in guard.iterdir()} == before, "nothing was set aside"
        bus.keyring(unlocked=True)
        assert bus.open_device(guard) == {"device": first["device"], "fresh": False}


@pytest.mark.parametrize(
    "backend", ["keyring.backends.null.Keyring", "keyring.backends.fail.Keyring", "keyrings.alt.file.PlaintextKeyring"]
)
def test_another_keyring_by_environment_is_refused_though_a_good_one_is_there(tmp_path: Path, backend: str) -> None:
    with session(tmp_path) as bus:
        bus.keyring(unlocked=True)
        told = bus.open_device(tmp_path / "guard", PYTHON_KEYRING_BACKEND=backend)
        assert told["trouble"] == "KeyringTrouble"
        assert "does not trust" in str(told["words"])


@pytest.mark.keyring
def test_an_item_that_is_gone_makes_a_new_device_and_keeps_the_old_files(tmp_path: Path) -> None:
    guard = Home(tmp_path / "data").guard
    old = DeviceKeys.open(guard)
    Keyring(old.device).delete("device-key")
    new = DeviceKeys.open(guard)
    assert new.fresh
    assert new.device != old.device
    assert (guard / f"lost-{old.device}" / "signing.key").exists()
    old.close()
    new.close()


@pytest.mark.keyring
@pytest.mark.parametrize("spoilt", ["", "not hex at all", "ab" * 31, "ab" * 33])
def test_an_item_that_is_no_key_is_said_and_nothing_is_thrown_away(tmp_path: Path, spoilt: str) -> None:
    guard = Home(tmp_path / "data").guard
    keys = DeviceKeys.open(guard)
    Keyring(keys.device).set("device-key", spoilt)
    before = {path.name: path.read_bytes() for path in guard.iterdir()}
    with pytest.raises(KeyringTrouble) as caught:
        DeviceKeys.open(guard)
    assert "not a key any more" in str(caught.value)
    assert "IT support" in caught.value.remedy
    assert {path.name: path.read_bytes() for path in guard.iterdir()} == before
    keys.close()


@pytest.mark.keyring
def test_an_item_that_is_another_key_opens_nothing_and_says_so(tmp_path: Path) -> None:
    guard = Home(tmp_path / "data").guard
    keys = DeviceKeys.open(guard)
    Keyring(keys.device).set("device-key", "ab" * 32)
    with pytest.raises(Exception, match="damaged"):
        DeviceKeys.open(guard)
    keys.close()


@pytest.mark.keyring
def test_a_spoilt_lease_secret_is_a_sign_in_and_no_crash(tmp_path: Path) -> None:
    guard = Home(tmp_path / "data").guard
    keys = DeviceKeys.open(guard)
    keys.new_lease_secret("coder")
    Keyring(keys.device).set("lease/coder", "spoilt")
    assert keys.lease_secret("coder") is None
    keys.close()


def test_on_windows_the_item_stays_on_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's default, `enterprise`, roams with the profile to every computer the coder signs in to."""
    from keyring.backends import Windows

    from workstation.keys import keyring

    constants = SimpleNamespace(CRED_PERSIST_SESSION=1, CRED_PERSIST_LOCAL_MACHINE=2, CRED_PERSIST_ENTERPRISE=3)
    monkeypatch.setattr(Windows, "win32cred", constants, raising=False)
    monkeypatch.setattr(keyring, "_require", lambda backend: None)  # Windows itself is not here
    chosen = keyring.choose_backend("win32", {})
    assert isinstance(chosen, Windows.WinVaultKeyring)
    assert chosen.persist == constants.CRED_PERSIST_LOCAL_MACHINE
