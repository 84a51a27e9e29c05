/** Copies a string: in V8 a part of a string keeps the whole string in memory, and transcripts are long. */
export const detached = (text: string): string => Buffer.from(text).toString();
