/**
 * The keeper's process: `node keeper-main.js --data DIR --lock DESCRIPTOR`, or with `--predecessor DESCRIPTOR` the one that
 * takes the place of another. What it prints goes to the log.
 */
import { parseArgs } from 'node:util';
import { asMemfsError, meaningOf } from '../../core/errors.js';
import { succeedKeeper } from '../restart/run-successor.js';
import { runKeeper } from './run-keeper.js';

const { data, lock, predecessor } = parseArgs({
  options: { data: { type: 'string' }, lock: { type: 'string' }, predecessor: { type: 'string' } },
}).values;
try {
  if (predecessor === undefined) await runKeeper(data!, false, Number(lock));
  else await succeedKeeper(data!, Number(predecessor));
} catch (thrown) {
  const { code, message, hint } = asMemfsError(thrown);
  const time = new Date().toISOString();
  process.stderr.write(`${JSON.stringify({ time, part: 'keeper', code, hint, msg: message })}\n`);
  process.exit(meaningOf(code).exit);
}
