"""Where IT keeps policies: files only root could have written, property lists, the registry."""

from __future__ import annotations

import json
import os
import plistlib
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from workstation.domain.policy import Policy
from workstation.errors import WrongKindOfUse
from workstation.managed import sources
from workstation.managed.inforce import Managed, Reader, decode
from workstation.managed.registry import (
    REG_DWORD,
    REG_MULTI_SZ,
    REG_QWORD,
    REG_SZ,
    Key,
    Value,
    WindowsKey,
    decoded,
    read_key,
)
from workstation.managed.sources import Sources, _owners_are_real, read_folder

BASE = "https://fhir.example/r4"


class Etc:
    """The folder IT writes, as a package makes it."""

    def __init__(self, top: Path) -> None:
        self.top = top / "coder-workstation"
        for name in ("managed", "recommended"):
            (self.top / "policies" / name).mkdir(parents=True)
        for folder in (self.top, *self.top.rglob("*")):
            folder.chmod(0o755)

    def write(self, name: str, content: Any, *, mode: int = 0o644) -> Path:
        path = self.top / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        path.chmod(mode)
        return path

    def read(self) -> Managed:
        found = Sources()
        read_folder(self.top, found, owner=os.getuid())
        return decode(found)


@pytest.fixture
def etc(tmp_path: Path) -> Etc:
    return Etc(tmp_path)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """One that every account can reach: a test's own is closed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def values(managed: Managed) -> dict[str, object]:
    return {name: held.value for name, held in managed.held.items()}


def test_nothing_set_is_nothing_managed(tmp_path: Path) -> None:
    found = Sources()
    read_folder(tmp_path / "nothing", found)
    managed = decode(found)
    assert managed == Managed()
    assert not managed.is_managed
    assert managed.over(Policy()) == Policy()


def test_files_count_in_the_order_of_their_names(etc: Etc) -> None:
    etc.write("policies/managed/20-site.json", {"idle_lock": 120})
    etc.write("policies/managed/10-all.json", {"idle_lock": 300, "base": BASE})
    etc.write("policies/managed/30.txt", {"idle_lock": 60})
    managed = etc.read()
    assert values(managed) == {"base": BASE, "idle_lock": 120}
    assert managed.held["idle_lock"].place.endswith("20-site.json")
    assert not managed.troubles


def test_the_settings_file_of_earlier_releases_is_still_read(etc: Etc) -> None:
    old = etc.write("settings.json", {"base": BASE, "redirect_ports": [49200]})
    managed = etc.read()
    assert managed.server().base == BASE
    assert managed.server().redirect_ports == (49200,)
    assert managed.old_file == str(old)
    etc.write("policies/managed/10.json", {"base": "https://new.example"})
    assert etc.read().server().base == "https://new.example"


def test_a_bad_value_is_named_and_voids_no_other(etc: Etc) -> None:
    etc.write(
        "policies/managed/10.json", {"base": BASE, "idle_lock": "soon", "shared_workstation": "maybe", "lease": 3600}
    )
    managed = etc.read()
    assert values(managed) == {"base": BASE, "idle_lock": 300, "shared_workstation": True, "lease": 3600}
    assert {trouble.what for trouble in managed.troubles} == {"idle_lock", "shared_workstation"}
    assert all(trouble.red and "10.json" in trouble.remedy for trouble in managed.troubles)
    assert managed.server().base == BASE


def test_a_later_file_mends_a_bad_value_of_an_earlier_one(etc: Etc) -> None:
    etc.write("policies/managed/10.json", {"idle_lock": "soon"})
    etc.write("policies/managed/20.json", {"idle_lock": 120})
    managed = etc.read()
    assert values(managed) == {"idle_lock": 120}
    assert not managed.troubles


@pytest.mark.parametrize(
    "policy",
    [
        {"base": "no address"},
        {"issuer": 5},
        {"ca": "/nowhere/ca.pem"},
        {"pin": "short"},
        {"proxy": "socks"},
        {"command_key": "c2hvcnQ="},
    ],
)
def test_what_vouches_for_the_server_is_never_replaced_by_something_laxer(etc: Etc, policy: dict[str, object]) -> None:
    etc.write("policies/managed/10.json", {"base": BASE, **policy})
    with pytest.raises(WrongKindOfUse, match=next(iter(policy))):
        etc.read().server()


def test_a_damaged_file_is_red_and_the_others_count(etc: Etc) -> None:
    etc.write("policies/managed/10.json", '{"idle_lock": 120,')
    etc.write("policies/managed/20.json", {"lease": 3600})
    for number, content in enumerate(("[]", "", '{"lease": NaN}', "[" * 100_000, "\x00\x01"), 30):
        etc.write(f"policies/managed/{number}.json", content)
    managed = etc.read()
    assert values(managed) == {"lease": 3600}
    assert len(managed.troubles) == 6
    assert all(trouble.red for trouble in managed.troubles)
    assert "line 1" in managed.troubles[0].why


@pytest.mark.parametrize("how", ["comma", "truncated", "writable"])
def test_a_place_that_cannot_be_used_stops_the_program_and_loosens_nothing(etc: Etc, how: str) -> None:
    policy = {"base": BASE, "online_only": True}
    text = json.dumps(policy)
    path = etc.write("policies/managed/10.json", {"comma": text[:-1] + ",}", "truncated": text[:-3]}.get(how, text))
    if how == "writable":
        path.chmod(0o664)
    managed = etc.read()
    for asked in ("", "https://elsewhere.example/fhir"):
        with pytest.raises(WrongKindOfUse, match=r"10\.json cannot be used"):
            managed.server(asked)
    assert managed.switch("online_only")


def test_a_damaged_recommendation_stops_nobody(etc: Etc) -> None:
    etc.write("policies/managed/10.json", {"base": BASE})
    etc.write("policies/recommended/10.json", "{")
    assert etc.read().server().base == BASE


def test_a_path_is_not_looked_for_in_the_folder_of_whoever_starts_the_program(
    etc: Etc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ca.pem").write_text("a coder's own")
    monkeypatch.chdir(tmp_path)
    etc.write("policies/managed/10.json", {"base": BASE, "ca": "ca.pem"})
    with pytest.raises(WrongKindOfUse, match="ca"):
        etc.read().server()


@pytest.mark.parametrize(("said", "real"), [("0 0 4294967295\n", True), ("0 1000 1\n", False)])
def test_owners_count_only_where_root_is_root(tmp_path: Path, said: str, real: bool) -> None:
    (tmp_path / "uid_map").write_text(said)
    assert _owners_are_real(tmp_path / "uid_map") is real
    assert _owners_are_real(tmp_path / "none")


def test_a_name_that_stands_twice_in_one_file_is_no_value(etc: Etc) -> None:
    etc.write("policies/managed/10.json", '{"code_copy": false, "code_copy": true}')
    managed = etc.read()
    assert values(managed) == {"code_copy": False}
    assert managed.troubles[0].why == "it stands there twice"


def test_an_unknown_name_is_told_with_the_one_that_may_be_meant(etc: Etc) -> None:
    etc.write("policies/managed/10.json", {"comand_key": "x", "query_due": 5, "wholly_unknown": 1})
    managed = etc.read()
    told = {trouble.what: trouble for trouble in managed.troubles}
    assert "command_key" in told["comand_key"].remedy
    assert told["query_due"].why == "it is the server's to set"
    assert "update the program" in told["wholly_unknown"].remedy
    assert not any(trouble.red for trouble in managed.troubles), "an older program may meet the policies of a newer one"


def test_only_what_may_be_recommended_is(etc: Etc) -> None:
    etc.write("policies/recommended/10.json", {"base": BASE, "idle_lock": 60})
    managed = etc.read()
    assert managed.server().base == BASE
    assert managed.server("https://other.example").base == "https://other.example"
    assert [trouble.what for trouble in managed.troubles] == ["idle_lock"]


def test_a_bad_recommendation_stops_nobody(etc: Etc) -> None:
    etc.write("policies/recommended/10.json", {"base": "no address"})
    managed = etc.read()
    assert managed.server("https://own.example").base == "https://own.example"
    assert managed.server().base == ""
    assert [(trouble.what, trouble.stops) for trouble in managed.troubles] == [("base", False)]


def test_a_managed_server_is_not_the_command_lines_to_choose(etc: Etc) -> None:
    etc.write("policies/managed/10.json", {"base": BASE})
    assert etc.read().server(BASE + "/").base == BASE
    with pytest.raises(WrongKindOfUse, match="another server"):
        etc.read().server("https://other.example")


# ------------------------------------------------------------------ whom to believe


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666])
def test_a_file_others_may_write_does_not_count(etc: Etc, mode: int) -> None:
    etc.write("policies/managed/10.json", {"practice_allowed": True}, mode=mode)
    managed = etc.read()
    assert managed.held == {}
    assert managed.troubles[0].red
    assert "chown root" in managed.troubles[0].remedy
    assert managed.practice(installed=False)[0] is False, "it is managed all the same"


@pytest.mark.parametrize("folder", [".", "policies", "policies/managed"])
def test_a_folder_others_may_write_makes_its_files_worth_nothing(etc: Etc, folder: str) -> None:
    etc.write("policies/managed/10.json", {"idle_lock": 900})
    (etc.top / folder).chmod(0o777)
    managed = etc.read()
    assert managed.held == {}
    assert "written by others" in managed.troubles[0].why


def test_a_file_of_somebody_else_does_not_count(etc: Etc) -> None:
    etc.write("policies/managed/10.json", {"idle_lock": 900})
    found = Sources()
    if os.getuid() == 0:
        os.chown(etc.top / "policies/managed/10.json", 65534, 65534)
        read_folder(etc.top, found)
    else:
        read_folder(etc.top, found, owner=0)
    assert decode(found).held == {}
    assert "does not belong to root" in decode(found).troubles[0].why


def test_a_link_and_what_is_no_file_do_not_count(etc: Etc, tmp_path: Path) -> None:
    own = tmp_path / "own.json"
    own.write_text('{"idle_lock": 900}')
    (etc.top / "policies/managed/10.json").symlink_to(own)
    os.mkfifo(etc.top / "policies/managed/20.json")
    (etc.top / "policies/managed/30.json").mkdir()
    managed = etc.read()
    assert managed.held == {}
    assert len(managed.troubles) == 3


def test_an_endless_file_is_not_read(etc: Etc) -> None:
    etc.write("policies/managed/10.json", " " * (sources.LARGEST + 1))
    assert "larger" in etc.read().troubles[0].why


@pytest.mark.skipif(os.getuid() == 0, reason="root reads everything")
def test_a_file_this_account_may_not_read_is_red(etc: Etc) -> None:
    etc.write("policies/managed/10.json", {}, mode=0o000)
    assert etc.read().troubles[0].red


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another account")
def test_what_another_account_may_not_read_is_red_there(open_folder: Path) -> None:
    etc = Etc(open_folder)
    etc.write("policies/managed/10.json", {"idle_lock": 60}, mode=0o600)
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.setuid(65534)
        managed = etc.read()
        os.write(tell, json.dumps([len(managed.held), [one.why for one in managed.troubles]]).encode())
        os._exit(0)
    os.close(tell)
    os.waitpid(child, 0)
    assert json.loads(os.read(told, 10_000)) == [0, ["This account may not read it"]]
    os.close(told)


def test_no_variable_of_the_environment_moves_the_place(etc: Etc, monkeypatch: pytest.MonkeyPatch) -> None:
    etc.write("policies/managed/10.json", {"practice_allowed": True})
    before = sources.read_sources("linux")
    for name in ("CODER_WORKSTATION_POLICY", "XDG_CONFIG_DIRS", "XDG_CONFIG_HOME", "PROGRAMDATA", "HOME"):
        monkeypatch.setenv(name, str(etc.top))
    assert sources.read_sources("linux") == before


def test_a_trouble_is_logged_once_and_holds_no_value(etc: Etc, caplog: pytest.LogCaptureFixture) -> None:
    etc.write("policies/managed/10.json", {"command_key": "not-a-key-at-all"})

    def read() -> Sources:
        found = Sources()
        read_folder(etc.top, found, owner=os.getuid())
        return found

    reader = Reader(read)
    with caplog.at_level("INFO"):
        reader()
        reader()
    lines = [line for line in caplog.messages if "command_key" in line]
    assert len(lines) == 1
    assert "not-a-key-at-all" not in lines[0]


# ------------------------------------------------------------------ macOS


@pytest.mark.parametrize("binary", [True, False])
def test_a_property_list_is_read(tmp_path: Path, binary: bool) -> None:
    path = tmp_path / "example.coder.workstation.plist"
    said = {"base": BASE, "idle_lock": 120, "shared_workstation": True, "step_up_for": ["none"], "PayloadUUID": "x"}
    path.write_bytes(plistlib.dumps(said, fmt=plistlib.FMT_BINARY if binary else plistlib.FMT_XML))
    path.chmod(0o644)
    found = Sources()
    sources._file(path, found, sources._plist, owner=os.getuid(), top=path.parent)
    assert values(decode(found)) == {"base": BASE, "idle_lock": 120, "shared_workstation": True, "step_up_for": ()}
    assert not decode(found).troubles


@pytest.mark.parametrize(
    "content", [b"", b"bplist00garbage", b"<plist><array/></plist>", b"<!DOCTYPE x [<!ENTITY y 'z'>]>"]
)
def test_a_damaged_property_list_is_red(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "policies.plist"
    path.write_bytes(content)
    path.chmod(0o644)
    found = Sources()
    sources._file(path, found, sources._plist, owner=os.getuid(), top=path.parent)
    assert [trouble.red for trouble in decode(found).troubles] == [True]


# ------------------------------------------------------------------ Windows


class Registry:
    """A key as the registry has it; `winreg` may fail as Windows makes it fail."""

    def __init__(self, values: list[Value], lists: dict[str, list[Value]] | None = None, path: str = "HKLM\\p") -> None:
        self.path, self._values, self._lists = path, values, lists or {}

    def values(self) -> Iterable[Value]:
        return self._values

    def subkeys(self) -> Iterable[Key]:
        return [Registry(values, path=f"{self.path}\\{name}") for name, values in self._lists.items()]


def of_registry(key: Key) -> Managed:
    found = Sources()
    read_key(key, found)
    return decode(found, exists=lambda path: True)


def test_the_registry_says_what_files_say() -> None:
    managed = of_registry(
        Registry(
            [
                ("base", BASE, REG_SZ),
                ("Idle_Lock", 120, REG_DWORD),
                ("shared_workstation", 1, REG_DWORD),
                ("lease", 3600, REG_QWORD),
                ("redirect_ports", ["49200", "49201", ""], REG_MULTI_SZ),
                ("ca", r"C:\ProgramData\ca.pem", REG_SZ),
                ("**del.code_copy", " ", REG_SZ),
            ],
            {"step_up_for": [("10", "password", REG_SZ), ("2", "reveal", REG_SZ)]},
        )
    )
    assert not managed.troubles
    assert values(managed) == {
        "base": BASE,
        "idle_lock": 120,
        "shared_workstation": True,
        "lease": 3600,
        "redirect_ports": (49200, 49201),
        "ca": r"C:\ProgramData\ca.pem",
        "step_up_for": ("password", "reveal"),
    }


def test_a_value_with_variables_of_the_account_is_refused() -> None:
    managed = of_registry(Registry([("ca", r"%USERPROFILE%\ca.pem", 2), ("code_copy", b"\x01", 3)]))
    assert {trouble.what for trouble in managed.troubles} == {"ca", "code_copy"}
    with pytest.raises(WrongKindOfUse):
        managed.server()


def test_kinds_of_values() -> None:
    assert decoded("x\0", REG_SZ) == "x"
    assert decoded(5, REG_DWORD) == 5
    assert decoded(None, REG_MULTI_SZ) == []
    assert decoded("5", REG_DWORD) is None


class WinReg:
    """`winreg` as its documents have it, over a dict of keys."""

    HKEY_LOCAL_MACHINE, KEY_READ, KEY_WOW64_64KEY = object(), 0x20019, 0x100

    def __init__(self, tree: dict[str, list[Value]]) -> None:
        self._tree = tree

    def OpenKey(self, root: object, path: str, reserved: int, access: int) -> Any:
        assert root is self.HKEY_LOCAL_MACHINE, "no other hive is read"
        assert access == self.KEY_READ | self.KEY_WOW64_64KEY
        if path not in self._tree:
            raise FileNotFoundError(2, "The system cannot find the file specified")
        return Opened(path)

    def QueryInfoKey(self, key: Any) -> tuple[int, int, int]:
        return len(self._below(key.path)), len(self._tree[key.path]), 0

    def EnumValue(self, key: Any, index: int) -> Value:
        return self._tree[key.path][index]

    def EnumKey(self, key: Any, index: int) -> str:
        return self._below(key.path)[index]

    def _below(self, path: str) -> list[str]:
        return [name.removeprefix(path + "\\") for name in self._tree if name.startswith(path + "\\")]


class Opened:
    def __init__(self, path: str) -> None:
        self.path = path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...


def test_the_thin_call_lists_values_and_subkeys() -> None:
    top = r"Software\Policies\CoderWorkstation"
    registry = WinReg({top: [("idle_lock", 60, REG_DWORD)], rf"{top}\step_up_for": [("1", "none", REG_SZ)]})
    managed = of_registry(WindowsKey(top, registry))
    assert values(managed) == {"idle_lock": 60, "step_up_for": ()}
    assert managed.places == (rf"HKLM\{top}",)
    assert of_registry(WindowsKey(top, WinReg({}))) == Managed()


def test_a_list_that_cannot_be_read_voids_nothing_else() -> None:
    class Half(Registry):
        def subkeys(self) -> Iterable[Key]:
            class Gone(Registry):
                def values(self) -> Iterable[Value]:
                    raise FileNotFoundError(2, "gone")

            return [Gone([], path="HKLM\\p\\step_up_for")]

    managed = of_registry(Half([("idle_lock", 60, REG_DWORD)]))
    assert values(managed) == {"idle_lock": 60}
    assert managed.troubles[0].what.endswith("step_up_for")


def test_a_key_that_cannot_be_read_is_red() -> None:
    class Closed(Registry):
        def values(self) -> Iterable[Value]:
            raise PermissionError(5, "Access is denied")

    managed = of_registry(Closed([]))
    assert managed.is_managed
    assert managed.troubles[0].red
