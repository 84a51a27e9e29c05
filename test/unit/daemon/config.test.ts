import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configFile, defaults, loadConfig } from '../../../src/daemon/config.js';

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'memfsd-config-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe('config.json', () => {
  const write = (text: string): void => writeFileSync(configFile(home), text);

  it('may be absent', () => expect(loadConfig(home)).toEqual(defaults()));

  it('overrides single defaults', () => {
    write('{"max_file_bytes": 1024}');
    expect(loadConfig(home)).toEqual({ ...defaults(), max_file_bytes: 1024 });
  });

  it('overrides single defaults of a group', () => {
    write('{"dream": {"token_budget": 50000}}');
    expect(loadConfig(home).dream).toEqual({ ...defaults().dream, token_budget: 50_000 });
    write('{"dream": {"base_url": "ftp://localhost"}}');
    expect(() => loadConfig(home)).toThrow(/dream\.base_url/);
  });

  it('has limits, of which 0 and null are none', () => {
    write(
      '{"limits": {"store_bytes": null, "session_versions_per_minute": 0, "session_bytes_per_minute": 7}}',
    );
    expect(loadConfig(home).limits).toEqual({
      ...defaults().limits,
      store_bytes: 0,
      session_versions_per_minute: 0,
      session_bytes_per_minute: 7,
    });
    for (const limits of ['{"store_bytes": -1}', '{"store_bytes": "1 GiB"}', '{"stores": 1}', '7']) {
      write(`{"limits": ${limits}}`);
      expect(() => loadConfig(home)).toThrow(expect.objectContaining({ code: 'invalid' }));
    }
  });

  it('may not hold unknown keys, and the error names the key', () => {
    write('{"max_file_byte": 1024}');
    expect(() => loadConfig(home)).toThrow(
      expect.objectContaining({ code: 'invalid', message: expect.stringContaining('"max_file_byte"') }),
    );
  });

  it('may not hold values of the wrong kind, and the error names the key', () => {
    write('{"max_file_bytes": "64 MiB"}');
    expect(() => loadConfig(home)).toThrow(
      expect.objectContaining({ code: 'invalid', message: expect.stringContaining('max_file_bytes') }),
    );
  });

  it('must be JSON', () => {
    write('max_file_bytes: 1');
    expect(() => loadConfig(home)).toThrow(expect.objectContaining({ code: 'invalid' }));
  });
});
