#!/usr/bin/env bash
# Builds and tries memfsd with other major versions of Node than the one that runs this: install, build, quick start, and the
# tests of the API, the journal and the starting of a daemon.
# usage: scripts/test-node-versions.sh [VERSION...]     (default: 22 24)
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
[ $# -gt 0 ] || set -- 22 24
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for version in "$@"; do
  place=$work/$version
  mkdir "$place"
  npm install --silent --no-save --prefix "$place" "node@$version" >/dev/null
  # The package of the platform is a whole distribution: the program, and the headers that addons are compiled with.
  distribution=$(dirname "$(find "$place" -path '*/bin/node' -size +1M -print -quit)")/..
  distribution=$(realpath "$distribution")
  git -C "$root" archive --prefix=memfsd/ HEAD | tar -x -C "$place"
  (
    cd "$place/memfsd"
    export PATH="$distribution/bin:$PATH" npm_config_nodedir="$distribution"
    echo "Node $(node --version):"
    npm ci --silent
    npm run --silent quickstart >/dev/null
    npx vitest run --project unit test/unit/api test/unit/journal test/unit/cli
    npx vitest run --project contract test/contract/versions.test.ts test/contract/recovery.test.ts
    npx vitest run --project mount test/mount/used-up.test.ts test/mount/sharing.test.ts
  )
done
