import { fileURLToPath } from 'node:url';
import { LineClient } from './process.mjs';

const client = fileURLToPath(new URL('./client.py', import.meta.url));
const ROW_LIMIT = 300_000;
const FEW = 10;

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

const rotated = (list, by) => list.map((_, index) => list[(index + by) % list.length]);

/**
 * Measures every row on every file system, round by round and within a round row by row, so that a slow
 * minute of the machine hits all of them: A B C, then B C A, so that none always comes first.
 */
export async function measure(fileSystems, rows, { rounds, operations, isRoot, progress }, cleanup) {
  const clients = new Map();
  for (const { name, directory, clientFlags = [] } of fileSystems) {
    const lineClient = new LineClient('python3', [client, directory, ...clientFlags]);
    clients.set(name, lineClient);
    cleanup.defer('stop the client', () => lineClient.close());
  }
  const samples = new Map();
  for (let round = 1; round <= rounds; round++) {
    for (const row of rows) {
      progress(`round ${round} of ${rounds}: ${row.title}`);
      for (const { name, few } of rotated(fileSystems, round - 1)) {
        if ((few && !row.commit) || (row.cold && !isRoot)) continue;
        const count = few ? FEW : operations;
        const key = `${row.key} ${name}`;
        const nanoseconds = await clients
          .get(name)
          .ask({ row: row.key, count }, ROW_LIMIT)
          .catch((error) => {
            throw new Error(`${row.title} on ${name}: ${error.message}`);
          });
        samples.set(key, [...(samples.get(key) ?? []), row.value(nanoseconds, count)]);
      }
    }
  }
  return (row, name) => {
    const values = samples.get(`${row.key} ${name}`);
    return values && { median: median(values), min: Math.min(...values), max: Math.max(...values) };
  };
}
