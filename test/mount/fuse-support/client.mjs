/** Works below the directory argv[2] until there is a file argv[3], keeping a handle open. Any failed call fails it. */
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';

const [, , directory, end] = process.argv;
const kept = openSync(`${directory}/f7`, 'r+');
const buffer = Buffer.alloc(64);
let rounds = 0;
while (!existsSync(end)) {
  const path = `${directory}/f${rounds % 7}`;
  const text = `round ${rounds}\n`;
  writeFileSync(path, text);
  if (readFileSync(path, 'utf8') !== text) throw new Error(`read something else in round ${rounds}`);
  if (statSync(path).size !== text.length) throw new Error(`wrong size in round ${rounds}`);
  writeSync(kept, text, 0);
  if (readSync(kept, buffer, 0, text.length, 0) !== text.length) throw new Error('short read');
  if (buffer.toString('utf8', 0, text.length) !== text)
    throw new Error('the kept handle read something else');
  fstatSync(kept);
  rounds++;
}
closeSync(kept);
console.log(rounds);
