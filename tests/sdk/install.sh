#!/usr/bin/env bash
# Installs an official SDK for the tests that drive the emulator with it:  install.sh python|javascript FOLDER
# FOLDER belongs to this version of the SDK; what is there already is kept. Python and Node come from the system's packages where
# they are missing and this user may install them.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$2

system() {
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "please install: $*" >&2
    exit 1
  fi
  # One at a time: the package system knows a single user.
  flock "$(dirname "$folder")/packages.lock" bash -c 'apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$@"' - "$@" >&2
}

mkdir -p "$(dirname "$folder")"
exec 9>"$folder.lock"
flock 9
if [ -e "$folder/ready" ]; then
  exit 0
fi
rm -rf "$folder"
mkdir -p "$folder"
case $1 in
  python)
    python3 -m venv "$folder/venv" 2>/dev/null || { system python3 python3-venv; python3 -m venv "$folder/venv"; }
    "$folder/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/python/requirements.txt" >&2
    ;;
  javascript)
    command -v node >/dev/null && command -v npm >/dev/null || system nodejs npm
    cp "$here"/javascript/package.json "$folder"
    (cd "$folder" && npm install --silent --no-package-lock --no-audit --no-fund >&2)
    # The SDK asks for 20; what the system has may be older.
    if ! node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)'; then
      (cd "$folder" && npm install --silent --no-save --no-package-lock --no-audit --no-fund node@20 >&2)
    fi
    ;;
  *)
    echo "which SDK? python or javascript" >&2
    exit 2
    ;;
esac
touch "$folder/ready"
