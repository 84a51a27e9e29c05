/** The environment of COMMAND. */

export interface RunFacts {
  readonly session: string;
  readonly agent: string;
  /** The only mount, or the directory that holds them all. */
  readonly mount: string;
  /** In the order in which they were asked for. */
  readonly mounts: readonly { readonly name: string; readonly path: string }[];
}

/** MEMFSD_SESSION, MEMFSD_AGENT, MEMFSD_MOUNT, and MEMFSD_MOUNT_<STORE> for each store. */
export function runVariables({ session, agent, mount, mounts }: RunFacts): Record<string, string> {
  const variables: Record<string, string> = {
    MEMFSD_SESSION: session,
    MEMFSD_AGENT: agent,
    MEMFSD_MOUNT: mount,
  };
  for (const { name, path } of mounts) {
    const variable = `MEMFSD_MOUNT_${shouted(name)}`;
    let free = variable;
    for (let n = 2; free in variables; n++) free = `${variable}_${n}`;
    variables[free] = path;
  }
  return variables;
}

/** `team notes` is TEAM_NOTES. */
const shouted = (name: string): string => name.toUpperCase().replace(/[^A-Z0-9]/g, '_');
