#!/usr/bin/env node
import { existsSync } from 'node:fs';

const program = new URL('../dist/programs/memfsd.js', import.meta.url);

if (existsSync(program)) await import(program.href);
else {
  process.stderr.write('memfsd: not built yet\nnext: npm run build\n');
  process.exitCode = 1;
}
