/** The author of records that a salvage adds. */
export const salvager = { agent: 'memfsd', session: 'salvage' };
