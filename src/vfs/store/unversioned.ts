import picomatch from 'picomatch';

/** Decides by its name alone whether a new entry is durable but unversioned. */
export type NameFilter = (name: Uint8Array, isDirectory: boolean) => boolean;

/** `patterns` are globs over one name; a trailing `/` means directories only. */
export function unversionedNames(patterns: readonly string[]): NameFilter {
  const options = { dot: true, nonegate: true, noextglob: true, nobrace: true };
  const directoryGlobs = patterns.filter((pattern) => pattern.endsWith('/')).map((glob) => glob.slice(0, -1));
  const anyGlobs = patterns.filter((pattern) => !pattern.endsWith('/'));
  const matchesDirectory = directoryGlobs.length > 0 ? picomatch(directoryGlobs, options) : () => false;
  const matchesAny = anyGlobs.length > 0 ? picomatch(anyGlobs, options) : () => false;
  return (name, isDirectory) => {
    const text = Buffer.from(name.buffer, name.byteOffset, name.byteLength).toString('utf8');
    return matchesAny(text) || (isDirectory && matchesDirectory(text));
  };
}
