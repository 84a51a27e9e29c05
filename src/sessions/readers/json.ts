/** Looks into JSON of which nothing is known for certain. */

type Field =
  | 'agentId'
  | 'attachment'
  | 'content'
  | 'created_at'
  | 'custom_tool_use_id'
  | 'cwd'
  | 'data'
  | 'error'
  | 'events'
  | 'id'
  | 'input'
  | 'isApiErrorMessage'
  | 'isCompactSummary'
  | 'isMeta'
  | 'isSidechain'
  | 'is_error'
  | 'leafUuid'
  | 'logicalParentUuid'
  | 'mcp_tool_use_id'
  | 'media_type'
  | 'message'
  | 'messages'
  | 'model'
  | 'name'
  | 'parentUuid'
  | 'processed_at'
  | 'prompt'
  | 'role'
  | 'sessionId'
  | 'session_id'
  | 'session_thread_id'
  | 'snapshot'
  | 'source'
  | 'stop_reason'
  | 'subtype'
  | 'summary'
  | 'text'
  | 'thinking'
  | 'timestamp'
  | 'tool_call_id'
  | 'tool_use_id'
  | 'type'
  | 'uuid';

/** An object. Each field that one of the formats has may be there, and may be anything. */
export type Json = { readonly [F in Field]?: unknown };

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const objectOf = (value: unknown): Json => (isObject(value) ? value : {});

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Something that can name a session, a message or an agent: 1 to 255 characters, none of them a control character. */
export const nameOf = (value: unknown): string | null =>
  typeof value === 'string' && /^\P{Cc}{1,255}$/u.test(value) ? value : null;

/** RFC 3339 in UTC; null when it is no time. Numbers are milliseconds since 1970. */
export function timeOf(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const time = new Date(value);
  const year = time.getUTCFullYear();
  return year >= 1970 && year <= 9999 ? time.toISOString() : null;
}
