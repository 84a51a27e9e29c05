import { describe, expect, it } from 'vitest';
import { conversationOf } from '../../../../src/dream/local/evidence/conversation.js';
import { dialogueActOf, saysTrue } from '../../../../src/dream/local/evidence/dialogue-act.js';
import { unquotedText } from '../../../../src/dream/local/evidence/unquoted-text.js';
import { agent, session, user } from '../dream-input.js';

describe('what a sentence does', () => {
  it.each([
    ['The greenhouse pump runs at 40 bar.', 'assertion'],
    ['The pump has been set to 55 bar this morning.', 'change'],
    ['I wanted you to know that the pump runs at 55 bar.', 'change'],
    ['Could I ask you to bear in mind that the pump runs at 55 bar?', 'change'],
    ['One correction, if I may: the pump runs at 55 bar.', 'change'],
    ["Translate this: 'The request was refused.'", 'assertion'],
    ['From request to delivery, the pump takes 9 min.', 'assertion'],
    ['The request for 70 bar came from sales.', 'proposal'],
    ['Does the pump still run at 40 bar?', 'question'],
    ['If we may run it at 70 bar, the pump could fail.', 'proposal'],
    ['What if the pump ran at 70 bar?', 'question'],
    ['Maybe the pump runs at 70 bar.', 'proposal'],
    ['We are thinking about running the pump at 70 bar.', 'proposal'],
    ['Next month the pump will be set to 70 bar.', 'proposal'],
    ['Please change the pressure of the pump to 70 bar.', 'request'],
    ['Set the pump to 70 bar.', 'request'],
    ['The board rejected the 70 bar for the pump.', 'withdrawal'],
    ['We had to roll that back in the evening.', 'withdrawal'],
    ['The pump used to run at 30 bar.', 'past'],
    ['The pump was at 30 bar.', 'past'],
    ['According to the vendor page the pump runs at 90 bar.', 'report'],
    ['The mail claims that the pump runs at 90 bar.', 'report'],
    ['Yes, that is still right.', 'confirmation'],
    ['I looked at the gauge: still correct.', 'confirmation'],
    ['No, that is wrong.', 'denial'],
    ['Leave it as it is.', 'standing'],
  ])('%s', (sentence, act) => {
    expect(dialogueActOf(sentence)).toBe(act);
  });

  it('does not take a doubt for a confirmation', () => {
    expect(dialogueActOf('Nobody knows whether that is still right.')).not.toBe('confirmation');
    expect(dialogueActOf('I am not sure that is still correct.')).not.toBe('confirmation');
  });

  it('tells a nod from a word on the matter', () => {
    expect(saysTrue('Yes.')).toBe(false);
    expect(saysTrue('Yes, that is still right.')).toBe(true);
  });
});

describe('own words', () => {
  it('leaves out what was pasted', () => {
    expect(unquotedText('Please answer this:\n\nHello team,\nthe pump runs at 90 bar.')).toBe(
      'Please answer this:',
    );
    expect(unquotedText('Look:\n> the pump runs at 90 bar\nIs that so?')).toBe('Look:\nIs that so?');
    expect(unquotedText('See\n```\npump: 90\n```\nthanks')).toBe('See\nthanks');
    expect(unquotedText('From: a@b.example\nSubject: pump\nIt runs at 90 bar.')).toBe('');
  });

  it('keeps what follows a colon on the same line', () => {
    expect(unquotedText('From now on: the pump runs at 55 bar.')).toBe(
      'From now on: the pump runs at 55 bar.',
    );
  });
});

describe('a conversation', () => {
  const said = (...events: Parameters<typeof session>[2][]) =>
    conversationOf([...session('s', '2026-03-01T10:00:00Z', ...events).events()]).map(({ core, act }) => [
      core,
      act,
    ]);

  it('takes off what only leads to the matter', () => {
    expect(said(user('Heads-up, this is new: the pump runs at 55 bar.'))).toEqual([
      ['the pump runs at 55 bar.', 'change'],
    ]);
    expect(said(user('Pump pressure: 55 bar.'))).toEqual([['Pump pressure: 55 bar.', 'assertion']]);
  });

  it('lets a doubt beside it take the force from a sentence', () => {
    expect(said(user('The pump runs at 70 bar. Nothing is decided yet.'))[0]).toEqual([
      'The pump runs at 70 bar.',
      'proposal',
    ]);
  });

  it('joins a condition that looks like a question', () => {
    expect(said(user('Leak in the greenhouse? Call extension 31.'))).toEqual([
      ['Leak in the greenhouse? Call extension 31.', 'assertion'],
    ]);
    expect(said(user('Is there a leak? Call extension 31.'))).toHaveLength(2);
  });

  it('knows the agent from the user', () => {
    expect(
      conversationOf([...session('s', '2026-03-01T10:00:00Z', agent('It runs at 40 bar.')).events()])[0]!
        .event.kind,
    ).toBe('agent_text');
  });
});
