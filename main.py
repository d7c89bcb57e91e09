"""Which process am I? Build its parts, hand them over, start."""

from __future__ import annotations

import gc
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from workstation.codebook.imports.shelf import Shelf
    from workstation.host.paths import Home


PACK = Path(__file__).resolve().parent / "resources" / "codesets" / "codebook.db"


def main(arguments: list[str]) -> int:
    """Every way the program can be started; the exit code."""
    from workstation.host.crash import install
    from workstation.host.hardening import harden

    harden()  # whatever this process becomes, before it knows a secret
    install()
    first = arguments[:1]
    if first == ["--desk"]:
        from ui.desk_program import run as run_desk

        return run_desk()
    if first == ["--tour-desk"]:
        from ui.tour.desk import run as run_tour_desk

        return run_tour_desk(int(arguments[1]), arguments[2])
    if first in (["practice-server"], ["tour"]):
        return _practise(arguments[0], arguments[1:])
    if not arguments:
        return _guard(None)
    options = _read(arguments)
    run = {
        "verify-journal": _verify_journal,
        "export-journal": _export_journal,
        "doctor": _doctor,
        "recover": _recover,
        "codebook": _codebook,
        "quit": _quit,
        "purge-user-data": _purge,
        "code": _code,
    }.get(options.command, _guard)
    return run(options)


def _practise(command: str, arguments: list[str]) -> int:
    if not _may_practise(command):
        return 2
    if command == "tour":
        from ui.tour.program import run as run_tour

        return run_tour(arguments)
    from workstation.practice.server import run as run_practice

    return run_practice(arguments)


def _verify_journal(options: argparse.Namespace) -> int:
    import base64

    from workstation.errors import WorkstationError
    from workstation.guard.verify_journal import run, run_export
    from workstation.journal.exported import is_export
    from workstation.managed.inforce import Reader

    file = Path(options.file) if options.file else None
    if file is not None and is_export(file):
        key, private, out = options.public_key, options.open_with, options.out
        return run_export(file, *(Path(one) if one else None for one in (key, private, out)))
    try:
        pinned = base64.b64decode(Reader()().server().receipt_key)
    except WorkstationError:  # a policy that cannot be used: `doctor` says which; the journal is judged all the same
        pinned = b""
    return run(_home(options), file, (pinned,) if pinned else ())


def _export_journal(options: argparse.Namespace) -> int:
    from workstation.guard.export_journal import Asked, run
    from workstation.managed.inforce import Reader

    asked = Asked(Path(options.out), options.since, options.until, options.force)
    return run(_home(options), asked, lambda: Reader()().server().recovery_key)


def _recover(options: argparse.Namespace) -> int:
    from workstation.guard import recover

    if options.make_key:
        return recover.make_key(Path(options.make_key))
    return recover.run(_home(options).root, Path(options.key), Path(options.out))


def _codebook(options: argparse.Namespace) -> int:
    from workstation.codebook.imports.terminal import run

    files, effective = getattr(options, "files", ()), getattr(options, "effective", "")
    check, full = getattr(options, "check", False), getattr(options, "full", False)
    return run(_shelf(options), options.verb, files, effective, check=check, full=full)


def _code(options: argparse.Namespace) -> int:
    from workstation.codebook.terminal import run

    return run(options.words, options.date, as_json=options.json, pack=_shelf(options).current())


def _quit(options: argparse.Namespace) -> int:
    from workstation.guard.leaving import run

    home = _home(options)

    def ask(door: str) -> bool:
        from PySide6.QtCore import QCoreApplication

        from ui.guard.second_start import QUIT, knock

        app = QCoreApplication([])
        answered = knock(door, QUIT)
        app.quit()
        return answered

    from ui.guard.second_start import door_of

    return run(home, all_users=options.all_users, ask=ask, door=door_of(home.root / "instance.lock"))


def _purge(options: argparse.Namespace) -> int:
    from workstation.guard.purge import run

    return run(_home(options), all_users=options.all_users, yes=options.yes)


def _may_practise(what: str) -> bool:
    """The practice hospital is IT's to allow; who decided is said when it is not."""
    from workstation.host.manifest import program_folder
    from workstation.managed.inforce import Reader

    allowed, why = Reader()().practice(installed=program_folder() is not None)
    if not allowed:
        print(
            f"{what}: the practice hospital is off on this computer: {why}. To try the program, ask your IT support to set "
            "the policy practice_allowed to true.",
            file=sys.stderr,
        )
    return allowed


def _doctor(options: argparse.Namespace) -> int:
    """`doctor` looks at this installation, `doctor --server URL` at that server; neither starts anything."""
    if options.examine:
        from workstation.conformance.terminal import run as run_examination

        return run_examination(
            options.examine, token_file=options.token_file, write_probe=options.write_probe, as_json=options.json
        )
    if options.token_file or options.write_probe:
        print("Say which server to look at: doctor --server URL --token-file FILE.", file=sys.stderr)
        return 3
    from workstation.guard.doctor import run as run_doctor

    return run_doctor(
        _home(options), options.server, as_json=options.json, jwk=options.jwk, pack=_shelf(options).current()
    )


def _shelf(options: argparse.Namespace) -> Shelf:
    """The code sets imported on this computer."""
    from workstation.codebook.imports.shelf import Shelf

    return Shelf(_home(options).codesets, PACK)


def _guard(options: argparse.Namespace | None) -> int:
    """The guard. Only what the first paint needs comes before it: the rest loads behind the window."""
    gc.disable()  # collecting while modules load costs 8 ms of the first paint
    from PySide6.QtWidgets import QApplication

    from ui.guard.window import first_window
    from ui.qt_messages import hear_qt
    from workstation.host.instance import Instance

    practice, server = (options.practice, options.server) if options else (False, "")
    if practice and not _may_practise("--practice"):
        return 2
    home = _home(options)
    instance = Instance(home.lock_file)
    if not instance.claim():
        return _already_running(home)
    hear_qt()
    app = QApplication(["Coder Workstation"])
    window = first_window(app, server, practice=practice)
    gc.enable()

    from ui.guard.program import GuardProgram
    from workstation.managed.inforce import Reader
    from workstation.settings import ServerSettings

    managed = Reader()
    program = GuardProgram(
        app, home, ServerSettings(base=server), window, practice=practice, managed=managed, asked=server
    )
    app.aboutToQuit.connect(program.stop)
    for end in (signal.SIGTERM, signal.SIGINT):
        signal.signal(end, lambda *_: program.leave_soon())  # heard within a second, when the guard's clock ticks
    program.start()
    try:
        return app.exec()
    finally:
        instance.release()


def _already_running(home: Home) -> int:
    """The second start brings the first one forward and ends."""
    from PySide6.QtCore import QCoreApplication

    from ui.guard.second_start import door_of, knock

    app = QCoreApplication([])
    raised = knock(door_of(home.lock_file))
    app.quit()
    print(
        "Coder Workstation is already running; its window comes forward."
        if raised
        else "Coder Workstation is already running in this session, but does not answer.",
        file=sys.stderr,
    )
    return 0 if raised else 3


def _home(options: argparse.Namespace | None) -> Home:
    """Where the data lies; practice keeps its own beside it."""
    from workstation.host.paths import Home, default_root

    if options is not None and options.home:
        return Home(Path(options.home))
    practice = options is not None and options.practice
    return Home(default_root() / "practice-home" if practice else default_root())


def _read(arguments: list[str]) -> argparse.Namespace:
    import argparse

    from workstation import VERSION

    reader = argparse.ArgumentParser(
        prog="coder-workstation",
        description="Desktop workstation for medical coders.",
        epilog="Other commands: practice-server (a FHIR server with synthetic charts), tour (drives the whole program).",
    )
    reader.add_argument("--version", action="version", version=VERSION)
    reader.add_argument("--practice", action="store_true", help="work with the practice hospital on this computer")
    reader.add_argument("--server", default="", metavar="URL", help="base URL of the FHIR R4 server")
    reader.add_argument("--home", default="", metavar="DIR", help="where this program keeps its encrypted data")
    reader.set_defaults(command="")
    commands = reader.add_subparsers(dest="command", metavar="command")
    verify = commands.add_parser("verify-journal", help="say in words whether the audit journal is whole")
    verify.add_argument(
        "file", nargs="?", default="", help="a journal file, or an export; this device's own journal when left out"
    )
    verify.add_argument(
        "--public-key", default="", metavar="FILE", help="of an export: the device's key, from elsewhere"
    )
    verify.add_argument("--open-with", default="", metavar="FILE", help="of an export: the private recovery key")
    verify.add_argument("--out", default="", metavar="FILE", help="of an export: where the opened texts go, in clear")
    export = commands.add_parser("export-journal", help="this device's audit journal for an investigator, signed")
    export.add_argument("--out", required=True, metavar="FILE", help="a new file")
    export.add_argument("--from", dest="since", default="", metavar="DAY", help="the first day, as 2026-11-30")
    export.add_argument("--to", dest="until", default="", metavar="DAY", help="the last day")
    export.add_argument("--force", action="store_true", help="write over a file of that name")
    for one in (verify, export):
        one.add_argument("--home", default=argparse.SUPPRESS, metavar="DIR", help="the folder of the encrypted data")
    doctor = commands.add_parser(
        "doctor",
        help="say what protects this installation, or what a server can do; 0 well, 1 look, 2 bad, 3 not found out",
    )
    doctor.add_argument(
        "--server",
        dest="examine",
        default="",
        metavar="URL",
        help="look at that FHIR server instead: what it can do and whether this program works with it",
    )
    doctor.add_argument("--token-file", default="", metavar="FILE", help="with --server: a token, to try reading too")
    doctor.add_argument(
        "--write-probe",
        action="store_true",
        help="with --server: write labelled synthetic probes and take them away again",
    )
    doctor.add_argument("--home", default=argparse.SUPPRESS, metavar="DIR", help="the folder of the encrypted data")
    doctor.add_argument("--practice", action="store_true", default=argparse.SUPPRESS, help="of the practice home")
    doctor.add_argument("--json", action="store_true")
    doctor.add_argument("--jwk", action="store_true", help="print this device's public key, for IT to register")
    recover = commands.add_parser(
        "recover", help="save unsent work that only the organisation's recovery key can open; run by who holds that key"
    )
    which = recover.add_mutually_exclusive_group(required=True)
    which.add_argument("--key", default="", metavar="FILE", help="the private recovery key")
    which.add_argument(
        "--make-key", default="", metavar="FILE", help="make a key; prints the setting for its public half"
    )
    recover.add_argument(
        "--out", default="recovered.json", metavar="FILE", help="where the saved work is written, in clear"
    )
    recover.add_argument("--home", default=argparse.SUPPRESS, metavar="DIR", help="the folder of the encrypted data")
    leave = commands.add_parser("quit", help="lock and end the running program, for an update; what is unsent is kept")
    leave.add_argument("--all-users", action="store_true", help="of every account; by root, on Linux")
    purge = commands.add_parser(
        "purge-user-data", help="destroy what this program keeps of an account: keys first, then files"
    )
    purge.add_argument("--all-users", action="store_true", help="of every account; by root, on Linux and macOS")
    purge.add_argument("--yes", action="store_true", help="do it; without this it only says what would be lost")
    for parser in (leave, purge):
        parser.add_argument("--home", default=argparse.SUPPRESS, metavar="DIR", help="the folder of the encrypted data")
    code = commands.add_parser("code", help="find a code from words, without starting a desk")
    code.add_argument("words", nargs="+")
    code.add_argument("--date", default="", metavar="YYYY-MM-DD", help="date of service; today when left out")
    code.add_argument("--json", action="store_true")
    code.add_argument("--home", default=argparse.SUPPRESS, metavar="DIR", help="the folder of the imported code sets")
    codebook = commands.add_parser("codebook", help="import official code-set releases; list them; take the last back")
    codebook.add_argument(
        "--home", default=argparse.SUPPRESS, metavar="DIR", help="the folder of the imported code sets"
    )
    verbs = codebook.add_subparsers(dest="verb", metavar="verb", required=True)
    bring = verbs.add_parser("import", help="releases of CMS, CDC and your licensors, zipped or not")
    bring.add_argument("files", nargs="+", metavar="FILE")
    bring.add_argument(
        "--effective", default="", metavar="YYYY-MM-DD", help="the first day it counts, if its name says none"
    )
    bring.add_argument("--check", action="store_true", help="only say what would change")
    bring.add_argument("--full", action="store_true", help="name every code that changes")
    verbs.add_parser("list", help="what was imported here")
    verbs.add_parser("undo", help="take the last import back")
    verbs.add_parser("rebuild", help="make the pack anew after the program was updated")
    return reader.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
