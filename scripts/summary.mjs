#!/usr/bin/env node
/**
 * Adds up vitest's JSON reports: the slowest test files, one line a tier, and "N passed, N failed" as the last line.
 * usage: summary.mjs REPORT...   (paths without .json)
 * Exits 1 when a test failed, when a report is missing, when a tier ran no test at all, and in CI when a test
 * was skipped.
 */
import { readFileSync } from 'node:fs';
import { basename, relative } from 'node:path';

/** What vitest counts, and test files that failed before they had a test. */
function read(path) {
  try {
    const report = JSON.parse(readFileSync(`${path}.json`, 'utf8'));
    const broken = report.testResults.filter((file) => file.status === 'failed' && isQuiet(file)).length;
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests + broken,
      skipped: report.numPendingTests + report.numTodoTests,
      files: report.testResults.map(({ name, startTime, endTime }) => ({ name, ms: endTime - startTime })),
    };
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return null;
  }
}

const isQuiet = ({ assertionResults }) => assertionResults.every(({ status }) => status !== 'failed');

let [passed, failed] = [0, 0];

/** Something besides a failed test that makes the whole fail; it counts as one. */
function fail(tier, why) {
  failed += 1;
  console.log(`${tier}: ${why}`);
}

const slowest = 10;

const reports = process.argv.slice(2).map((path) => ({ tier: basename(path), counts: read(path) }));
const files = reports.flatMap(({ counts }) => counts?.files ?? []).sort((a, b) => b.ms - a.ms);
console.log(`The ${slowest} slowest files:`);
for (const { name, ms } of files.slice(0, slowest))
  console.log(`${(ms / 1000).toFixed(1).padStart(7)} s  ${relative(process.cwd(), name)}`);

for (const { tier, counts } of reports) {
  if (counts === null) {
    fail(tier, 'NO REPORT, so it counts as failed');
    continue;
  }
  console.log(`${tier}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  passed += counts.passed;
  failed += counts.failed;
  if (counts.passed + counts.failed === 0) fail(tier, 'NO TEST RAN, so it counts as failed');
  else if (process.env.CI && counts.skipped > 0)
    fail(tier, 'IN CI NOTHING MAY BE SKIPPED, so it counts as failed');
}
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;
