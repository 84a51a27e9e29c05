/** Whose records are those that a salvage adds. */
export const salvager = { agent: 'memfsd', session: 'salvage' };
