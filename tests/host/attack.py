"""What another program of the same account can do to a process: run with its pid, prints what succeeded."""

from __future__ import annotations

import ctypes
import os
import sys

PTRACE_ATTACH, PTRACE_DETACH = 16, 17


def main() -> None:
    pid = int(sys.argv[1])
    done = []
    for name in ("mem", "environ", "maps", "auxv"):
        try:
            with open(f"/proc/{pid}/{name}", "rb") as file:
                if name != "mem":
                    file.read(1)
            done.append(name)
        except PermissionError:
            pass
    try:
        os.readlink(f"/proc/{pid}/fd/0")
        done.append("fd")
    except PermissionError:
        pass
    system = ctypes.CDLL(None, use_errno=True)
    system.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
    system.ptrace.restype = ctypes.c_long
    if system.ptrace(PTRACE_ATTACH, pid, None, None) == 0:
        os.waitpid(pid, 0)
        system.ptrace(PTRACE_DETACH, pid, None, None)
        done.append("ptrace")
    sys.stdout.write(" ".join(done))


if __name__ == "__main__":
    main()
