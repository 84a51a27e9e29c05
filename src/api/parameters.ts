/** Names, paths and selectors as requests carry them. Fields may be added to requests and replies, but not renamed. */
import { z } from 'zod';
import { nameMeaning, namePattern } from '../core/names.js';

export const Nothing = z.object({});

/** Of a session or an agent. */
export const Name = z.string().regex(namePattern, nameMeaning);

/** Of a session that is known: it may be older than the rule for names. */
export const SessionId = z.string().min(1).max(255);

/** 1 to 255 characters, no control characters, no `/`. */
export const StoreName = z
  .string()
  .min(1)
  .max(255)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is refused
  .regex(/^[^\x00-\x1f\x7f-\x9f/]*$/, 'a store name holds no control characters and no "/"')
  .refine((name) => name !== '.' && name !== '..', 'a store cannot be named "." or ".."');

/** A store by its `memstore_…` id or its local name. */
export const Store = z.object({ store: z.string().min(1).max(255) });

export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lowercase hexadecimal');

/** In whose name something is done. Absent: the caller's own; the server decides, and a session is held to its own name. */
export const ActorSchema = z.object({ agent: Name.optional(), session: Name.optional() });
export type ActorRequest = z.infer<typeof ActorSchema>;

/** `memver_…`, a sequence number or an RFC 3339 time. */
export const Selector = z
  .string()
  .regex(
    /^(?:memver_[0-9a-z]+|\d{1,15}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))$/,
    'a version is a memver_… id, a sequence number or an RFC 3339 time',
  );

/** The same, as stores take it. */
export const Version = Selector.transform((text) => (/^\d+$/.test(text) ? Number(text) : text));

/** A version by its id or its sequence number. */
export const RecordSelector = z
  .string()
  .regex(/^(?:memver_[0-9a-z]+|\d{1,15})$/, 'a version is a memver_… id or a sequence number');

/** A `/`-rooted path inside a store; a missing leading slash is added. */
export const StorePath = z
  .string()
  .max(4096)
  .transform(
    (path) =>
      `/${path
        .split('/')
        .filter((part) => part !== '' && part !== '.')
        .join('/')}`,
  )
  .refine(
    (path) => !path.split('/').includes('..') && !path.includes('\0'),
    'a path must not climb out of its store',
  )
  .refine((path) => path.split('/').every((part) => Buffer.byteLength(part) <= 255), {
    message: 'a name is at most 255 bytes long',
    params: { code: 'name_too_long' },
  });

/** As a query carries it, in text. */
export const Flag = z.enum(['true', 'false']).transform((text) => text === 'true') as unknown as z.ZodType<
  boolean,
  boolean
>;

/** The same. */
export const Count = z.coerce.number<number>().int();

export const Progress = z.object({ progress: z.object({ done: z.int(), total: z.int() }) });
