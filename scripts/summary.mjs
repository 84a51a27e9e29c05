#!/usr/bin/env node
/**
 * Adds up vitest's JSON reports: one line a tier, and "N passed, N failed" as the last line.
 * usage: summary.mjs REPORT...   (paths without .json)
 * Exits 1 when a test failed, when a report is missing, when a tier ran no test at all, and in CI when a test
 * was skipped.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** What vitest counts, and test files that failed before they had a test. */
function read(path) {
  try {
    const report = JSON.parse(readFileSync(`${path}.json`, 'utf8'));
    const broken = report.testResults.filter((file) => file.status === 'failed' && isQuiet(file)).length;
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests + broken,
      skipped: report.numPendingTests + report.numTodoTests,
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

for (const path of process.argv.slice(2)) {
  const tier = basename(path);
  const counts = read(path);
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
