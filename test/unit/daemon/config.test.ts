import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  configFile,
  dataDirectory,
  defaults,
  loadConfig,
  prepareDataDirectory,
} from '../../../src/daemon/config.js';

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'memfsd-config-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe('the data directory', () => {
  it('is --data, else $MEMFSD_HOME, else below $XDG_DATA_HOME, else below the home directory', () => {
    const environment = { MEMFSD_HOME: '/m', XDG_DATA_HOME: '/x' };
    expect(dataDirectory('/d', environment)).toBe('/d');
    expect(dataDirectory(undefined, environment)).toBe('/m');
    expect(dataDirectory(undefined, { XDG_DATA_HOME: '/x' })).toBe('/x/memfsd');
    expect(dataDirectory(undefined, {})).toBe(join(homedir(), '.local/share/memfsd'));
  });

  it('ignores a relative $XDG_DATA_HOME, as its specification asks', () => {
    expect(dataDirectory(undefined, { XDG_DATA_HOME: 'x' })).toBe(join(homedir(), '.local/share/memfsd'));
  });

  it('is made private', () => {
    const path = join(home, 'a', 'b');
    prepareDataDirectory(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, 'stores')).mode & 0o777).toBe(0o700);
  });

  it('is an error when it cannot be made', () => {
    writeFileSync(join(home, 'file'), '');
    expect(() => prepareDataDirectory(join(home, 'file'))).toThrow(
      expect.objectContaining({ code: 'access_denied' }),
    );
  });
});

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
