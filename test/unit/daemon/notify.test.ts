import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { notify } from '../../../src/daemon/dreams/notify.js';

let directory: string;
let lines: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'memfsd-notify-'));
  lines = [];
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
const waiting = { dream: 'drm_a', store: "o'team; exit 3", edits: 4 };

test('the command is told which dream of which store waits, and with how many edits', async () => {
  const file = join(directory, 'told');
  notify(
    `printf '%s|%s|%s' "$MEMFSD_DREAM" "$MEMFSD_STORE" "$MEMFSD_EDITS" > ${file}.part && mv ${file}.part ${file}`,
    waiting,
    log,
  );
  await vi.waitUntil(() => existsSync(file), { timeout: 30_000 });
  expect(readFileSync(file, 'utf8')).toBe("drm_a|o'team; exit 3|4");
});

test('a command that fails is noted and disturbs nothing', async () => {
  notify('exit 7', waiting, log);
  await vi.waitUntil(() => lines.length > 0, { timeout: 30_000 });
  expect(JSON.parse(lines[0]!)).toMatchObject({ msg: 'notify failed', dream: 'drm_a', code: 7 });
});
