/** Configuration: every default, once. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { MemfsError } from '../core/errors.js';
import type { WriteLimitOptions } from '../core/limits.js';

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;

/** Null says the same as 0. */
const Limit = z
  .int()
  .min(0)
  .nullable()
  .transform((limit) => limit ?? 0);

export interface Config {
  /** Largest content of one file on a mount, in bytes. */
  readonly max_file_bytes: number;
  /** Basename patterns of what is durable but unversioned; a trailing `/` means directories only. */
  readonly unversioned: readonly string[];
  /** A version in which a private key or a token was found is noted, refused, or let through. */
  readonly secrets: 'flag' | 'refuse' | 'off';
  /** Limits of what a session and a store may write; 0: no limit. */
  readonly limits: WriteLimitOptions;
  /** Limits of dreams: how much they may remove, and what a model may cost. */
  readonly dream: DreamConfig;
  /** An engine that is silent for so long is killed and replaced. */
  readonly heartbeat_limit_ms: number;
  readonly log_level: 'debug' | 'info' | 'warn' | 'error';
}

export interface DreamConfig {
  /** Of the bytes of a store, from 0 to 1: so much may be removed by one dream, and by all of 30 days. */
  readonly removable: number;
  readonly model: string;
  /** Of an endpoint that speaks the Messages API; null: $ANTHROPIC_BASE_URL, else the official one. */
  readonly base_url: string | null;
  /** The most tokens that one dream may use, of input (cached or not) and output together. */
  readonly token_budget: number;
  /** The longest time that one dream may take. */
  readonly time_limit_s: number;
}

export function defaults(): Config {
  return {
    max_file_bytes: 64 * MiB,
    unversioned: [
      // Version control and package trees: they keep their own history or can be fetched again.
      '.git/',
      '.hg/',
      '.svn/',
      'node_modules/',
      // Editors' swap, lock, backup and probe files: vim, emacs, LibreOffice, GLib, sed -i.
      '*.swp',
      '*.swo',
      '*.swx',
      '.*.sw?',
      '4913',
      '*~',
      '*.un~',
      '.#*',
      '#*#',
      '.~lock.*#',
      '.goutputstream-*',
      'sed??????',
      // Half-written files.
      '*.tmp',
      '*.part',
      '.nfs*',
    ],
    secrets: 'flag',
    limits: {
      store_bytes: 64 * GiB,
      store_versions_per_minute: 300_000,
      session_bytes_per_minute: 8 * GiB,
      session_versions_per_minute: 120_000,
    },
    dream: {
      removable: 0.25,
      model: 'claude-sonnet-5-5',
      base_url: null,
      token_budget: 2_000_000,
      time_limit_s: 3_600,
    },
    heartbeat_limit_ms: 10_000,
    log_level: 'info',
  };
}

const ConfigFile = z.strictObject({
  max_file_bytes: z
    .int()
    .min(1)
    .max(4096 * MiB)
    .optional(),
  unversioned: z.array(z.string().min(1).max(255)).optional(),
  secrets: z.enum(['flag', 'refuse', 'off']).optional(),
  limits: z
    .strictObject({
      store_bytes: Limit,
      store_versions_per_minute: Limit,
      session_bytes_per_minute: Limit,
      session_versions_per_minute: Limit,
    })
    .partial()
    .optional(),
  dream: z
    .strictObject({
      removable: z.number().min(0).max(1),
      model: z.string().min(1).max(255),
      base_url: z.url({ protocol: /^https?$/ }).nullable(),
      token_budget: z.int().min(20_000).max(1_000_000_000),
      time_limit_s: z.int().min(10).max(86_400),
    })
    .partial()
    .optional(),
  heartbeat_limit_ms: z.int().min(1_000).max(600_000).optional(),
  log_level: z.enum(['debug', 'info', 'warn', 'error']).optional(),
});

export const logFile = (data: string): string => join(data, 'memfsd.log');

export const configFile = (data: string): string => join(data, 'config.json');

export function loadConfig(data: string): Config {
  const path = configFile(data);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return defaults();
    throw new MemfsError('access_denied', `${path} cannot be read`, { cause: error });
  }
  const known = ConfigFile.safeParse(parseJson(text, path));
  if (!known.success) throw new MemfsError('invalid', `${path}: ${explain(known.error.issues[0]!)}`);
  const { dream, limits, ...rest } = known.data;
  const base = defaults();
  return {
    ...base,
    ...(rest as Partial<Config>),
    limits: { ...base.limits, ...(limits as Partial<WriteLimitOptions>) },
    dream: { ...base.dream, ...(dream as Partial<DreamConfig>) },
  };
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MemfsError('invalid', `${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

function explain(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `unknown key "${issue.keys[0]}"`;
  return `${issue.path.join('.') || 'the file'}: ${issue.message}`;
}
