import { hash } from 'node:crypto';

/** The fields of a record that the hash chain covers; everything that redaction may delete is behind `commitment`. */
export interface ChainedFields {
  readonly seq: number;
  readonly branch: number;
  readonly timeMs: number;
  readonly operation: number;
  readonly agent: string;
  readonly session: string;
  readonly ino: number;
  readonly memory: number | null;
  readonly parent: number | null;
  readonly commitment: Uint8Array;
  /** Null in records of schema 1, whose chain covers neither this nor `claimed`. */
  readonly mount: number | null;
  readonly claimed: boolean;
}

export interface CommittedFields {
  readonly path: Uint8Array;
  readonly previousPath: Uint8Array | null;
  /** SHA-256 of the content and its size in bytes; null for a record without content. */
  readonly content: { readonly sha256: Uint8Array; readonly size: number } | null;
  /** The records whose contents it took away (LEB128); null for every record but a redaction or a pruning. */
  readonly removes?: Uint8Array | null;
}

/** The chain before the first record: 32 zero bytes. */
export const chainStart: Uint8Array = new Uint8Array(32);

/**
 * HMAC-SHA-256 (RFC 2104) of what a record says, keyed by a random salt. Without the salt nobody can confirm a
 * guess of a redacted content; with it, the content can be proved to belong to the record.
 */
export function commitmentOf(salt: Uint8Array, fields: CommittedFields): Buffer {
  const lengths = Buffer.allocUnsafe(16);
  lengths.writeUInt32BE(fields.path.length, 0);
  lengths.writeUInt32BE(fields.previousPath === null ? 0xffffffff : fields.previousPath.length, 4);
  lengths.writeBigInt64BE(fields.content === null ? -1n : BigInt(fields.content.size), 8);
  const parts: Uint8Array[] = [lengths, fields.path];
  if (fields.previousPath !== null) parts.push(fields.previousPath);
  if (fields.content !== null) parts.push(fields.content.sha256);
  if (fields.removes) parts.push(fields.removes);
  return hmacSha256(salt, parts);
}

const blockBytes = 64;

/** RFC 2104 for keys of at most 64 bytes; two one-shot hashes cost a third of node:crypto's Hmac object. */
export function hmacSha256(key: Uint8Array, message: readonly Uint8Array[]): Buffer {
  const inner = Buffer.alloc(blockBytes, 0x36);
  const outer = Buffer.alloc(blockBytes, 0x5c);
  for (let i = 0; i < key.length; i++) {
    inner[i]! ^= key[i]!;
    outer[i]! ^= key[i]!;
  }
  const digest = hash('sha256', Buffer.concat([inner, ...message]), 'buffer');
  return hash('sha256', Buffer.concat([outer, digest]), 'buffer');
}

/** SHA-256 of the chain so far and this record: 32 bytes. */
export function chainNext(previous: Uint8Array, fields: ChainedFields): Buffer {
  const text = JSON.stringify([
    Buffer.from(previous).toString('hex'),
    fields.seq,
    fields.branch,
    fields.timeMs,
    fields.operation,
    fields.agent,
    fields.session,
    fields.ino,
    fields.memory,
    fields.parent,
    Buffer.from(fields.commitment).toString('hex'),
    ...(fields.mount === null ? [] : [fields.mount, fields.claimed]),
  ]);
  return hash('sha256', text, 'buffer');
}
