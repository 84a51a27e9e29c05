/** The keeper's process: `node keeper-main.js --data DIR --lock DESCRIPTOR`. What it prints goes to the log. */
import { parseArgs } from 'node:util';
import { asMemfsError, meaningOf } from '../core/errors.js';
import { runKeeper } from './run-keeper.js';

const { data, lock } = parseArgs({ options: { data: { type: 'string' }, lock: { type: 'string' } } }).values;
try {
  await runKeeper(data!, false, Number(lock));
} catch (thrown) {
  const { code, message, hint } = asMemfsError(thrown);
  const time = new Date().toISOString();
  process.stderr.write(`${JSON.stringify({ time, part: 'keeper', code, hint, msg: message })}\n`);
  process.exit(meaningOf(code).exit);
}
