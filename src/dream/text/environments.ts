/** Where something may be deployed: what is said of one environment does not hold in another. */

/** By the names under which notes know them. */
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

/** Stems of what is meant where nothing is said. */
export const everywhere: ReadonlySet<string> = new Set(['production', 'product', 'prod', 'live']);

/** Parts of a key that name one. Others, such as "test", may be part of what the key names: `test.timeout`. */
export const environmentKeys: ReadonlySet<string> = new Set(
  'staging stage qa uat sandbox canary preprod'.split(' '),
);

/** Parts of a path or a command that name one. */
export const environmentPaths: ReadonlySet<string> = new Set([
  ...environmentKeys,
  ...'test testing dev development preview local demo'.split(' '),
]);
