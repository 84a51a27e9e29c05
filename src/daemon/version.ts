import { existsSync, readFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};
/** Made by scripts/bundle.mjs of the programs themselves; missing where these are not built. */
const built = new URL('../programs/build', import.meta.url);

/** With the build behind it, as Semantic Versioning has it: an upgrade between two releases is one, too. */
export const version = existsSync(built)
  ? `${manifest.version}+${readFileSync(built, 'utf8')}`
  : manifest.version;
