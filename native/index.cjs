'use strict';

// The one place that loads the addon.

const { existsSync } = require('node:fs');
const { join } = require('node:path');

const file = join(__dirname, 'build', 'Release', 'memfsd.node');

if (!existsSync(file)) {
  throw new Error(
    'memfsd: the native addon is not built. Install a C++ compiler, make and Python 3 ' +
      '(Debian: apt-get install g++ make python3), then run: node scripts/build-native.mjs',
  );
}

module.exports = require(file);
