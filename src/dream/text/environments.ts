/** Environments that something may be deployed to: what is said of one does not hold in another. */

/** Names in notes, each with the environment that it means. */
export const environments: Readonly<Record<string, string>> = {
  prod: 'production',
  production: 'production',
  stage: 'staging',
  staging: 'staging',
  preprod: 'preproduction',
  'pre-production': 'preproduction',
  preproduction: 'preproduction',
  sandbox: 'sandbox',
  canary: 'canary',
};

/** Stems of the environment that is meant where none is named. */
export const everywhere: ReadonlySet<string> = new Set(['production', 'product', 'prod', 'live']);

/**
 * Parts of a key that name one. Others, such as "test", may be part of what the key names: `test.timeout`.
 */
export const environmentKeys: ReadonlySet<string> = new Set(
  'staging stage qa uat sandbox canary preprod'.split(' '),
);

/** Parts of a path or a command that name one. */
export const environmentPaths: ReadonlySet<string> = new Set([
  ...environmentKeys,
  ...'test testing dev development preview local demo'.split(' '),
]);
