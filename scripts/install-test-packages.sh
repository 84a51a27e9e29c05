#!/bin/sh
# Installs the Debian or Ubuntu packages that the mount tests and the benchmark use, and only the missing ones.
# usage: scripts/install-test-packages.sh [--dry-run]
set -eu

packages="fuse3 attr acl rsync git vim nano ed sqlite3 python3 ripgrep bindfs inotify-tools strace patch bc bubblewrap"

if [ "${1:-}" != --dry-run ] && [ $# -gt 0 ]; then
  echo "usage: $0 [--dry-run]" >&2
  exit 2
fi
if ! command -v apt-get >/dev/null; then
  echo "This system has no apt-get. Install these with its own package manager: $packages" >&2
  exit 8
fi

missing=
for package in $packages; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing="$missing $package"
done
if [ -z "$missing" ]; then
  echo "Nothing to install: $packages are all there."
  exit 0
fi

echo "To install:$missing"
[ "${1:-}" != --dry-run ] || exit 0

sudo=
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "Installing needs root: run this as root, or install sudo." >&2
    exit 5
  fi
  sudo=sudo
fi

# shellcheck disable=SC2086 # the list is meant to be split into words
install_missing() {
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
}

# shellcheck disable=SC2086
if ! apt-cache show --no-all-versions $missing >/dev/null 2>&1; then
  echo "The package lists are empty or old: apt-get update"
  $sudo apt-get update
fi
if ! install_missing; then
  echo "The listed versions could not be had: apt-get update, then once more"
  $sudo apt-get update
  install_missing
fi
