/** Lines as Claude Code writes them. */
let made = 0;

export const session = '265fb8a6-57bd-47a1-a7e9-8db3c6405004';

/** A second after the last one. */
export function claudeLine(uuid: string, parentUuid: string | null, more: object = {}): object {
  made += 1;
  return {
    parentUuid,
    isSidechain: false,
    userType: 'external',
    cwd: '/srv/ops',
    sessionId: session,
    version: '2.0.49',
    gitBranch: 'main',
    type: 'user',
    uuid,
    timestamp: new Date(Date.UTC(2026, 4, 26, 2, 12) + made * 1000).toISOString(),
    message: { role: 'user', content: `text of ${uuid}` },
    ...more,
  };
}

export const assistant = (...content: object[]): object => ({
  type: 'assistant',
  requestId: 'req_1',
  message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5', content },
});

export const jsonLines = (lines: readonly (object | string)[]): string =>
  lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
