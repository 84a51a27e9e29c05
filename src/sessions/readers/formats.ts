/** Every format, and which of them a record is of. */
import { claudeCode } from './claude-code.js';
import type { Json } from './json.js';
import { messages } from './messages.js';
import type { Format, FormatName } from './reader.js';
import { sessionEvents } from './session-events.js';

export const formats: readonly Format[] = [claudeCode, sessionEvents, messages];

/** By what is in it, never by the name of a file. */
export const formatOf = (record: Json): Format | undefined =>
  formats.find((format) => format.recognises(record));

export const formatNamed = (name: FormatName): Format => formats.find((format) => format.name === name)!;
