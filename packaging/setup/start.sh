#!/bin/sh
# Finds a Python this program runs on and hands over to bootstrap.py. Needs nothing but a shell.
set -u
here=$(dirname "$0")

fits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

seen=
for python in "${PYTHON:-}" python3 python3.11 python3.12 python3.13 \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[123]*/bin/python3; do
    [ -n "$python" ] && command -v "$python" >/dev/null 2>&1 || continue
    if fits "$python"; then
        exec "$python" "$here/bootstrap.py" "$@"
    fi
    seen="$seen $("$python" --version 2>/dev/null)"
done

echo "Coder Workstation needs Python 3.11, 3.12 or 3.13; found:${seen:- none}." >&2
if command -v apt-get >/dev/null 2>&1; then
    echo "Debian 12 and Ubuntu 24.04 have one:  sudo apt-get install -y python3 python3-venv" >&2
fi
echo "Or name one yourself:  PYTHON=/path/to/python3.12 make ${1:-run}" >&2
exit 1
