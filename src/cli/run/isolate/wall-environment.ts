/** COMMAND's environment inside of the wall: the caller's, without what names places that are not there. */

/** Directories of the host that hold sockets and temporary files. */
const places = ['TMPDIR', 'TMP', 'TEMP', 'XDG_RUNTIME_DIR', 'XDG_DATA_HOME', 'MEMFSD_HOME'];

/** Variables that name the data directory, whatever they are called, are left out too. */
export function wallEnvironment(
  environment: NodeJS.ProcessEnv,
  data: string,
  home: string,
): Record<string, string> {
  const kept = Object.entries(environment).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !places.includes(entry[0]) && !entry[1].includes(data),
  );
  return { ...Object.fromEntries(kept), HOME: home, MEMFSD_ISOLATED: '1' };
}
