#!/usr/bin/env bash
# Runs everything that is checked: formatter, linter and types, then the four tiers of tests, fast first. A tier
# that fails does not stop the next one. At the end: the slowest files, and the tests of all tiers counted.
set -euo pipefail

cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

tiers=(unit contract mount load)
reports=node_modules/.cache/test-reports

rm -rf "$reports"
mkdir -p "$reports"

biome check .
tsc --noEmit
npm run --silent build

status=0
for tier in "${tiers[@]}"; do
  vitest run --project "$tier" --reporter=default --reporter=json --outputFile.json="$reports/$tier.json" || status=1
done
node scripts/summary.mjs "${tiers[@]/#/$reports/}" || status=1
exit "$status"
