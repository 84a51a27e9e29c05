/** The parts of the system that programs need, as arguments of bubblewrap. Nothing here can be changed from inside. */
import { lstatSync, readdirSync, readlinkSync, realpathSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { isInside } from '../../../core/mountinfo.js';
import type { Bind } from './bind.js';

const roots = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/nix/store', '/gnu/store'];

/** Of /etc what names users, hosts and certificates and configures programs; `*` stands for the end of a name. */
const settings = [
  ...['alternatives', 'bash.bashrc', 'bashrc', 'ca-certificates', 'ca-certificates.conf', 'crypto-policies'],
  ...[
    'debian_version',
    'fonts',
    'gai.conf',
    'gitconfig',
    'group',
    'host.conf',
    'hostname',
    'hosts',
    'inputrc',
  ],
  ...['java*', 'ld.so.*', 'locale*', 'localtime', 'magic*', 'mime.types', 'nanorc', 'networks', 'npmrc'],
  ...['nsswitch.conf', 'os-release', 'passwd', 'perl', 'pip.conf', 'pki/ca-trust', 'pki/tls/cert.pem'],
  ...['pki/tls/certs', 'profile', 'profile.d', 'protocols', 'python*', 'redhat-release', 'resolv.conf'],
  ...['services', 'shells', 'ssl/cert.pem', 'ssl/certs', 'ssl/openssl.cnf', 'static', 'terminfo', 'timezone'],
  ...['vim', 'wgetrc', 'xdg'],
];

export interface SystemView {
  readonly binds: readonly Bind[];
  readonly links: readonly { readonly target: string; readonly place: string }[];
}

/** Links into the system stay links; what others may not read is left out, also for root. */
export function systemView(): SystemView {
  const binds: Bind[] = [];
  const links: { target: string; place: string }[] = [];
  const add = (place: string): void => {
    const facts = lstatSync(place, { throwIfNoEntry: false });
    if (facts === undefined) return;
    const source = real(place);
    if (source === undefined) return;
    if (facts.isSymbolicLink() && isInside(source, '/usr'))
      links.push({ target: readlinkSync(place), place });
    else if (isPublic(lstatSync(source))) binds.push({ source, place, access: 'ro' });
  };
  for (const root of roots) add(root);
  for (const place of settings.flatMap(inEtc)) add(place);
  return { binds, links };
}

function inEtc(pattern: string): string[] {
  if (!pattern.endsWith('*')) return [join('/etc', pattern)];
  const start = pattern.slice(0, -1);
  return readdirSync('/etc')
    .filter((name) => name.startsWith(start))
    .map((name) => join('/etc', name));
}

const isPublic = (facts: Stats): boolean => (facts.mode & (facts.isDirectory() ? 0o005 : 0o004)) !== 0;

function real(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
