import { describe, expect, it } from 'vitest';
import { type Access, isWithin, parseScopeRule, type Scope, ScopeMatcher } from '../../../src/core/scope.js';

const bytes = (path: string): string => Buffer.from(path).toString('latin1');

function matcher(rules: string, mode: Scope['mode'] = 'read_write'): ScopeMatcher {
  return new ScopeMatcher({ mode, rules: rules === '' ? [] : rules.split(' ').map(parseScopeRule) });
}

describe('access', () => {
  it.each<[rules: string, path: string, access: Access]>([
    ['', '/', 'rw'],
    ['', '/a/b', 'rw'],
    ['**=ro', '/', 'ro'],
    ['**=ro', '/a/b/c', 'ro'],
    ['incidents/**=rw **=ro', '/', 'ro'],
    ['incidents/**=rw **=ro', '/incidents', 'rw'],
    ['incidents/**=rw **=ro', '/incidents/2026/a.md', 'rw'],
    ['incidents/**=rw **=ro', '/incidents2', 'ro'],
    ['**=ro incidents/**=rw', '/incidents/a', 'ro'],
    ['incidents/**=rw', '/', 'none'],
    ['incidents/**=rw', '/notes.md', 'none'],
    ['incidents/**=rw', '/a/incidents/b', 'none'],
    ['incidents/*=rw', '/incidents', 'none'],
    ['incidents/*=rw', '/incidents/a', 'rw'],
    ['incidents/*=rw', '/incidents/a/b', 'none'],
    ['incidents=rw', '/incidents', 'rw'],
    ['incidents=rw', '/incidents/a', 'none'],
    ['/incidents/**=rw', '/incidents/a', 'rw'],
    ['**/*.md=ro', '/a.md', 'ro'],
    ['**/*.md=ro', '/x/y/a.md', 'ro'],
    ['**/*.md=ro', '/x/y/a.txt', 'none'],
    ['**/*.md=ro', '/', 'none'],
    ['a/**/z=rw', '/a/z', 'rw'],
    ['a/**/z=rw', '/a/z/y/z', 'rw'],
    ['a/**/z=rw', '/a/z/y', 'none'],
    ['a/**/b/**/c=rw', '/a/b/b/x/c', 'rw'],
    ['*=rw', '/.hidden', 'rw'],
    ['*a*b=rw', '/xaxbxb', 'rw'],
    ['*a*b=rw', '/xaxbx', 'none'],
    ['a*=rw', '/a', 'rw'],
    ['a?c=rw', '/abc', 'rw'],
    ['a?c=rw', '/ac', 'none'],
    ['?.md=rw', '/é.md', 'rw'],
    ['?.md=rw', '/😀.md', 'rw'],
    ['??.md=rw', '/é.md', 'none'],
    ['é*=rw', '/été', 'rw'],
    ['é=rw', '/é'.normalize('NFD'), 'none'],
    ['Notes=rw', '/notes', 'none'],
    ['a[b]{c}!=rw', '/a[b]{c}!', 'rw'],
    ['a[b]=rw', '/ab', 'none'],
    ['key=value=ro', '/key=value', 'ro'],
  ])('%s at %s: %s', (rules, path, access) => {
    expect(matcher(rules).access(bytes(path))).toBe(access);
  });

  it('takes bytes that are no UTF-8 as characters of their own', () => {
    expect(matcher('a?=ro').access('/a\xff')).toBe('ro');
    expect(matcher('a?=ro').access('/a\xe2\x82')).toBe('none');
    expect(matcher('ÿ=ro').access('/\xff')).toBe('none');
  });

  it('grants no writing in read-only mode', () => {
    expect(matcher('', 'read_only').access('/a')).toBe('ro');
    expect(matcher('a/**=rw', 'read_only').access('/a/b')).toBe('ro');
    expect(matcher('a/**=rw', 'read_only').access('/b')).toBe('none');
  });

  it.each(['', 'a/**=rw', '.memfs/**=rw'])('leaves the control tree alone under %s', (rules) => {
    expect(matcher(rules).access('/.memfs')).toBe('ro');
    expect(matcher(rules).access('/.memfs/log.jsonl')).toBe('ro');
  });

  it('matches many stars without trying all ways', () => {
    const glob = matcher(`${'*a'.repeat(60)}=ro`);
    expect(glob.access(`/${'a'.repeat(254)}b`)).toBe('none');
  });
});

describe('isPassable', () => {
  it.each<[rules: string, directory: string, passable: boolean]>([
    ['', '/a', true],
    ['incidents/**=rw', '/', true],
    ['incidents/**=rw', '/incidents', true],
    ['incidents/**=rw', '/incidents/2026', true],
    ['incidents/**=rw', '/other', false],
    ['a/b/c.md=ro', '/a', true],
    ['a/b/c.md=ro', '/a/b', true],
    ['a/b/c.md=ro', '/a/b/c.md', false],
    ['a/b/c.md=ro', '/a/c', false],
    ['*/b=ro', '/anything', true],
    ['*/b=ro', '/anything/b', false],
    ['**/*.md=ro', '/any/thing', true],
    ['a=ro b/c=ro', '/b', true],
    ['a=ro', '/a', false],
  ])('%s at %s: %s', (rules, directory, passable) => {
    expect(matcher(rules).isPassable(bytes(directory))).toBe(passable);
  });
});

describe('namesIn', () => {
  it.each<[rules: string, directory: string, name: string, shown: boolean]>([
    ['', '/', 'a', true],
    ['a/b=ro', '/', 'a', true],
    ['a/b=ro', '/', 'b', false],
    ['a/b=ro', '/a', 'b', true],
    ['a/b=ro', '/a/b', 'c', false],
    ['a/**=ro', '/a/b', 'c', true],
    ['**/*.md=ro', '/', 'anything', true],
    ['a/**/b=ro', '/', 'b', false],
    ['a/**/b=ro', '/a', 'x', true],
    ['a=ro *.md=ro', '/', 'x.md', true],
    ['a=ro *.md=ro', '/', 'x.txt', false],
  ])('%s in %s: %s %s', (rules, directory, name, shown) => {
    expect(matcher(rules).namesIn(directory)(name)).toBe(shown);
  });
});

describe('rights below a directory', () => {
  it.each<[rules: string, one: string, other: string, same: boolean]>([
    ['', '/a', '/b', true],
    ['incidents/**=rw', '/incidents/a', '/incidents/b/c', true],
    ['incidents/**=rw', '/incidents', '/other', false],
    ['a/**=rw b/**=rw **=ro', '/a/x', '/b/y', true],
    ['a/**=rw b/**=ro', '/a/x', '/b/y', false],
    ['a/**/*.md=ro a/**=rw b/**=rw', '/a/x', '/b/x', false],
    ['a/*/c=rw', '/a/x', '/a/y', true],
    ['a/*/c=rw', '/a', '/a/y', false],
    ['**=ro a/**=rw', '/a', '/b', true],
  ])('%s at %s and %s: %s', (rules, one, other, same) => {
    const scope = matcher(rules);
    expect(scope.rightsBelow(one) === scope.rightsBelow(other)).toBe(same);
  });

  it.each<[rules: string, directory: string, all: boolean]>([
    ['', '/', true],
    ['incidents/**=rw', '/incidents', true],
    ['incidents/**=rw', '/', false],
    ['incidents/*=rw', '/incidents', false],
    ['a/**/*.md=ro a/**=rw', '/a', true],
    ['**/*.md=ro', '/a', false],
  ])('%s at %s: all of it %s', (rules, directory, all) => {
    expect(matcher(rules).grantsAllBelow(directory)).toBe(all);
  });
});

describe('isWithin', () => {
  const scope = (rules: string, mode: Scope['mode'] = 'read_write'): Scope => ({
    mode,
    rules: rules === '' ? [] : rules.split(' ').map(parseScopeRule),
  });

  it.each<[inner: Scope, outer: Scope, within: boolean]>([
    [scope(''), scope(''), true],
    [scope('a/**=rw'), scope(''), true],
    [scope('', 'read_only'), scope(''), true],
    [scope(''), scope('a/**=rw'), false],
    [scope('a/**=rw'), scope('a/**=rw'), true],
    [scope('a/**=ro'), scope('a/**=rw'), true],
    [scope('a/**=rw'), scope('a/**=ro'), false],
    [scope('b/**=ro'), scope('a/**=rw'), false],
    [scope('a/**=rw **=ro'), scope('a/**=rw'), false],
    [scope('**=ro a/**=rw'), scope('a/**=rw **=ro'), false],
    [scope(''), scope('', 'read_only'), false],
    [scope('a/**=rw'), scope('', 'read_only'), false],
    [scope('a/**=ro'), scope('', 'read_only'), true],
    [scope('a/**=rw', 'read_only'), scope('a/**=rw', 'read_only'), true],
    [scope('a/**=rw'), scope('a/**=rw', 'read_only'), false],
  ])('%j in %j: %s', (inner, outer, within) => {
    expect(isWithin(inner, outer)).toBe(within);
  });
});

describe('parseScopeRule', () => {
  it('reads pattern and access', () => {
    expect(parseScopeRule('incidents/**=rw')).toEqual({ pattern: 'incidents/**', access: 'rw' });
    expect(parseScopeRule('/a=b=ro')).toEqual({ pattern: 'a=b', access: 'ro' });
  });

  it.each([
    ['incidents/**', /=ro or =rw/],
    ['a=none', /=ro or =rw/],
    ['a=RW', /=ro or =rw/],
    ['=ro', /empty name/],
    ['/=ro', /empty name/],
    ['a/=ro', /DIR\/\*\*/],
    ['a//b=ro', /empty name/],
    ['../a=ro', /'\.\.'/],
    ['a/./b=ro', /'\.'/],
    ['a**=ro', /stands between slashes/],
    ['***=ro', /stands between slashes/],
    ['a\0=ro', /zero byte/],
    ['\ud800=ro', /Unicode/],
  ])('refuses %j', (text, message) => {
    expect(() => parseScopeRule(text)).toThrow(message);
  });
});
