"""The first lines of each process: no core dumps, no debugger, private files, no life after the guard."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG, _PR_GET_DUMPABLE, _PR_SET_DUMPABLE = 1, 3, 4
_PT_DENY_ATTACH = 31
_ARMED: tuple[str, ...] = ()  # what `harden` reached, for systems that cannot be asked later


def harden() -> tuple[str, ...]:
    """Apply what this platform offers; the names of what is in force, for the device page."""
    armed = []
    if os.name == "posix":
        os.umask(0o077)
        armed.append("private-files")
        if _no_core_dumps():
            armed.append("no-core-dumps")
    if sys.platform == "linux" and _prctl(_PR_SET_DUMPABLE, 0) == 0 and _prctl(_PR_GET_DUMPABLE, 0) == 0:
        armed.append("not-readable-by-others")
    if sys.platform == "darwin" and _deny_attach():
        armed.append("not-readable-by-others")
    if sys.platform == "win32":
        from workstation.host.windows import close_process_to_others

        if close_process_to_others():
            armed.append("not-readable-by-others")
    global _ARMED
    _ARMED = tuple(armed)
    return _ARMED


def in_force() -> tuple[str, ...]:
    """What `harden` reached in this process and still holds, read back where the system can be asked."""
    if sys.platform != "linux":
        return _ARMED
    import resource

    held = []
    umask = os.umask(0o077)  # reading it means setting it: to what it is to be
    if umask & 0o077 == 0o077:
        held.append("private-files")
    if resource.getrlimit(resource.RLIMIT_CORE) == (0, 0):
        held.append("no-core-dumps")
    if _prctl(_PR_GET_DUMPABLE, 0) == 0:
        held.append("not-readable-by-others")
    return tuple(held)


def die_with_parent(parent: int) -> bool:
    """For the desk: the kernel kills it when the guard dies, however that happens. False where it cannot.

    `parent` is the guard's process id: if it is gone already, this process ends here.
    """
    if sys.platform != "linux":
        return False
    armed = _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL) == 0
    if os.getppid() != parent:
        os._exit(0)
    return armed


def _no_core_dumps() -> bool:
    if sys.platform == "win32":
        return False
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)


def _prctl(option: int, value: int) -> int:
    return int(ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0))


def _deny_attach() -> bool:
    return int(ctypes.CDLL(None).ptrace(_PT_DENY_ATTACH, 0, 0, 0)) == 0
