/**
 * Memories and transcripts for the benchmark of dreams, as many and as large as asked for; the same every time. They are
 * made to be work: facts said again in other words, values that changed, logs of events that follow each other, calls that
 * fail and are mended, files that are read and mean nothing.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const firstDay = Date.UTC(2026, 0, 5, 6);
const day = 86_400_000;

/** xorshift32; `seed` is not 0. */
class Dice {
  constructor(seed) {
    this.state = seed;
    for (let turn = 0; turn < 8; turn++) this.next();
  }

  next() {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) / 4_294_967_296;
  }

  below(limit) {
    return Math.floor(this.next() * limit);
  }

  of(list) {
    return list[this.below(list.length)];
  }
}

const syllables = 'ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu'.split(' ');
const word = (number) => {
  let [text, rest] = ['', number + 421];
  for (; rest > 0; rest = Math.floor(rest / syllables.length)) text += syllables[rest % syllables.length];
  return text;
};
const service = (number) => `${word(number)}-${['api', 'worker', 'store', 'gate'][number % 4]}`;

/** How a fact may be said: `s` the service, `n` its value. */
const facts = [
  [(s, n) => `${s} waits at most ${n} s for an answer.`, (s, n) => `The deadline of ${s} is ${n} seconds.`],
  [(s, n) => `${s} holds ${n} connections open.`, (s, n) => `At most ${n} connections belong to ${s}.`],
  [(s, n) => `Logs of ${s} are deleted after ${n} days.`, (s, n) => `${s}: log lines live ${n} days.`],
  [(s, n) => `${s} listens on port ${n + 2_000}.`, (s, n) => `Port ${n + 2_000} is that of ${s}.`],
  [(s, n) => `The team in room ${n} looks after ${s}.`, (s, n) => `Ask in room ${n} about ${s}.`],
];

/** Writes `count` memories below `directory`. */
export function writeMemories(directory, count) {
  const dice = new Dice(1);
  for (let at = 0; at < count; at++) {
    const about = service(Math.floor(at / 4));
    const ways = facts[at % facts.length];
    const value = 10 + dice.below(900);
    const lines = [ways[0](about, value)];
    if (dice.below(12) === 0) lines.push(`Written down by ${word(dice.below(400))} for ticket T-${at}.`);
    const noted = new Date(firstDay - (400 - dice.below(390)) * day).toISOString().slice(0, 10);
    const file = join(directory, ['notes', 'services', 'topics'][at % 3], word(at % 97), `${word(at)}.md`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `# ${about}\n\n${lines.map((line) => `- ${line}`).join('\n')}\n\nNoted ${noted}.\n`);
    if (at % 40 === 38 && at + 1 < count) {
      at += 1;
      writeFileSync(join(dirname(file), `${word(at)}.md`), `${ways[1](about, value)} (${noted})\n`);
    }
  }
}

const idOf = (...parts) => {
  const hex = createHash('sha256').update(parts.join(' ')).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/** Lines of a log; some of them are the two halves of something that always comes 40 s later. */
function log(dice, begun, count) {
  const lines = Array.from({ length: count }, () => [
    begun + dice.below(7_200_000),
    `${service(dice.below(400))} ${dice.of(['request done', 'cache filled', 'lease renewed', 'peer joined'])} n=${dice.below(9_000)}`,
  ]);
  if (dice.below(4) === 0) {
    const kind = dice.below(6);
    const at = begun + dice.below(6_000_000);
    lines.push([at, `${service(kind)} compaction begins`], [at + 40_000, `alert ${word(kind)}Slow firing`]);
  }
  return lines
    .sort(([a], [b]) => a - b)
    .map(([time, text]) => `${new Date(time).toISOString()} ${text}`)
    .join('\n');
}

const listing = (dice, count) =>
  Array.from(
    { length: count },
    () => `-rw-r--r-- 1 ops ops ${dice.below(90_000)} ${word(dice.below(9_000))}.yaml`,
  );

/** One thing that is asked for, as parts of a conversation: `[role, text]` or `[command, output, failed]`. */
function scene(dice, begun) {
  const about = service(dice.below(500));
  const choice = dice.below(8);
  if (choice < 3)
    return [
      ['user', `What happened on ${about} this morning?`],
      [`journal ${about}`, log(dice, begun, 30 + dice.below(60)), false],
      ['agent', 'Mostly routine; nothing is wrong at the moment.'],
    ];
  if (choice === 3)
    return [
      ['user', `Roll ${about} out.`],
      [`ship ${about}`, `ship: no target given for ${about}`, true],
      [`ship ${about} --target ring-${dice.below(3)}`, 'shipped', false],
      ['agent', 'It is out.'],
    ];
  if (choice === 4)
    return [
      ['user', `From today: ${dice.of(facts)[dice.below(2)](about, 10 + dice.below(900))}`],
      ['agent', 'Understood.'],
    ];
  if (choice === 5)
    return [
      ['user', `Is the setting of ${about} still what we think?`],
      [
        `conf get ${about}`,
        `service: ${about}\ndeadline_s: ${10 + dice.below(900)}\nrevision: ${dice.below(999)}`,
        false,
      ],
      ['agent', 'I looked it up.'],
    ];
  return [
    ['user', `Which files belong to ${about}?`],
    [`ls -l /etc/${about}`, listing(dice, 20 + dice.below(90)).join('\n'), false],
    ['agent', 'Those in the list.'],
  ];
}

/** A transcript in Claude Code's format of about `bytes` bytes. */
export function transcript(number, bytes) {
  const dice = new Dice(number + 77);
  const session = idOf('session', number);
  const begun = firstDay + number * 2 * 3_600_000;
  let [text, parent, time, line] = ['', null, begun, 0];
  const add = (type, content) => {
    const uuid = idOf(number, line++);
    time += 1_000 + dice.below(20_000);
    const head = {
      parentUuid: parent,
      isSidechain: false,
      cwd: '/srv/ops',
      sessionId: session,
      version: '2.0.14',
    };
    const message = { role: type, content };
    text += `${JSON.stringify({ ...head, type, message, uuid, timestamp: new Date(time).toISOString() })}\n`;
    parent = uuid;
  };
  while (text.length < bytes)
    for (const [what, said, failed] of scene(dice, begun - 3 * 3_600_000)) {
      if (what === 'user') add('user', said);
      else if (what === 'agent') add('assistant', [{ type: 'text', text: said }]);
      else {
        const id = `toolu_${idOf(number, 'call', line).replaceAll('-', '').slice(0, 24)}`;
        add('assistant', [{ type: 'tool_use', id, name: 'Bash', input: { command: what } }]);
        add('user', [{ type: 'tool_result', tool_use_id: id, content: said, is_error: failed }]);
      }
    }
  return { name: `${session}.jsonl`, text };
}
