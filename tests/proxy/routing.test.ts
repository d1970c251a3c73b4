import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { makeField } from '../../src/dataplanes/node/http/field.ts';
import { Counters } from '../../src/dataplanes/node/proxy/counters.ts';
import { hostOf } from '../../src/dataplanes/node/proxy/routing/host.ts';
import { endOfPath, pathForMatching } from '../../src/dataplanes/node/proxy/routing/path.ts';
import { PathIndex } from '../../src/dataplanes/node/proxy/routing/path-index.ts';
import { PatternCache } from '../../src/dataplanes/node/proxy/routing/pattern.ts';
import { RequestView } from '../../src/dataplanes/node/proxy/routing/request-view.ts';
import { RoutingTable } from '../../src/dataplanes/node/proxy/routing/routing-table.ts';
import type { Model } from '../../src/model/model.ts';
import type { Match, PathMatch, Route, ValueMatch } from '../../src/model/route.ts';
import { requestHead } from './heads.ts';
import { anyMatch, listener, modelOf, respond, route, section, virtualHost } from './model.ts';

interface Asked {
  readonly host?: string;
  readonly serverName?: string;
  readonly method?: string;
  readonly target: string;
  readonly headers?: readonly (readonly [string, string])[];
}

function find(model: Model, asked: Asked, table = compile(model)): string {
  const listenerTable = table.listener('l');
  assert.ok(listenerTable);
  const authority = asked.host ?? 'a.example';
  const choice = listenerTable.choose(authority, asked.serverName ?? hostOf(authority));
  if (choice === 'none' || choice === 'misdirected') return choice;
  const fields = (asked.headers ?? []).map(([name, value]) => makeField(name, value) ?? assert.fail(name));
  const head = requestHead({ method: asked.method ?? 'GET', target: asked.target, authority, fields });
  const end = endOfPath(asked.target);
  const path = pathForMatching(asked.target.slice(0, end));
  if (path === null) return 'ambiguous';
  const view = new RequestView();
  view.show(head, path, end);
  return choice.match(authority, view)?.route.id ?? 'no-route';
}

function compile(model: Model): RoutingTable {
  const table = new RoutingTable(new Counters(), 0, { secret: '', clock: () => 0 });
  table.update(model);
  return table;
}

const path = (type: PathMatch['type'], value: string): PathMatch => ({ type, value });

/** One host whose routes have these matches and the match's index as their id. */
function oneHost(matches: readonly Partial<Match>[]): Model {
  const routes = matches.map((match, index) => route(String(index), respond(404), { ...anyMatch, ...match }));
  return modelOf({
    listeners: [listener('l', 'HTTP', [section('s', '', ['v'])])],
    virtualHosts: [virtualHost('v', '', routes)],
    routes,
  });
}

test('prefixes cover whole path elements and ignore a trailing slash', () => {
  const model = oneHost([{ path: path('prefix', '/a/') }, { path: path('exact', '/b') }]);
  for (const target of ['/a', '/a/', '/a/b', '/a?x=1', '/a/?x']) assert.equal(find(model, { target }), '0', target);
  for (const target of ['/ab', '/', '/b/', '/A', '*']) assert.equal(find(model, { target }), 'no-route', target);
  assert.equal(find(model, { target: '/b?/a' }), '1');
});

test('spellings of one path reach one route', () => {
  const model = oneHost([{ path: path('prefix', '/admin') }, { path: path('prefix', '/') }]);
  for (const target of ['/admin', '//admin', '/%61dmin', '/%61%44min'.replace('%44', 'd'), '///admin//x']) {
    assert.equal(find(model, { target }), '0', target);
  }
  // An encoded slash is data of its element, not a separator.
  assert.equal(find(model, { target: '/admin%2Fx' }), '1');
});

test('paths that two parsers would read in two ways are ambiguous', () => {
  const model = oneHost([{ path: path('prefix', '/') }]);
  const ambiguous = [
    '/a/../b',
    '/..',
    '/.',
    '/./a',
    '/a/..',
    '/%2e%2e/b',
    '/%2E./b',
    '/.%2e',
    '/a/..%2fb',
    '/a%2f..%2fb',
    '/a\\..\\b',
    '/a%5c..%5cb',
    '/..;/b',
    '/..;x=1/b',
    '/a/.;/b',
    '/%00',
    '/a%',
    '/a%2',
    '/a%zz',
    '/..%3bx',
  ];
  for (const target of ambiguous) assert.equal(find(model, { target }), 'ambiguous', target);
  for (const target of ['/.well-known/x', '/a..b', '/...', '/a/.b', '/%2e%2e%2e', '/%252e%252e/', '/a?x=/../b']) {
    assert.equal(find(model, { target }), '0', target);
  }
});

test('patterns are RE2 and fit the whole path', () => {
  const model = oneHost([{ path: path('regex', '/v[0-9]+/.*') }, { path: path('regex', '(') }]);
  assert.equal(find(model, { target: '/v12/x?y' }), '0');
  for (const target of ['/x/v1/y', '/v1', '/vx/']) assert.equal(find(model, { target }), 'no-route', target);
});

test('headers: lines of one name are joined, absent is not empty, names have no case', () => {
  const header = (type: ValueMatch['type'], value: string): Partial<Match> => ({
    headers: [{ name: 'x-a', type, value }],
  });
  const model = oneHost([
    header('exact', '1,2'),
    header('exact', 'grün'),
    header('regex', 'g.*n'),
    header('regex', ''),
  ]);
  assert.equal(
    find(model, {
      target: '/',
      headers: [
        ['X-A', '1'],
        ['x-a', '2'],
      ],
    }),
    '0',
  );
  assert.equal(find(model, { target: '/', headers: [['x-a', Buffer.from('grün').toString('latin1')]] }), '1');
  assert.equal(find(model, { target: '/', headers: [['x-a', 'green']] }), '2');
  assert.equal(find(model, { target: '/', headers: [['x-a', '']] }), '3');
  assert.equal(find(model, { target: '/' }), 'no-route');
  assert.equal(find(model, { target: '/', headers: [['x-a', '1']] }), 'no-route');
  const byHost = oneHost([{ headers: [{ name: 'host', type: 'exact', value: 'a.example:8080' }] }]);
  assert.equal(find(byHost, { target: '/', host: 'a.example:8080' }), '0');
});

test('query parameters: decoded, the first value of a name wins', () => {
  const parameter = (name: string, value: string): Partial<Match> => ({
    queryParameters: [{ name, type: 'exact', value }],
  });
  const model = oneHost([parameter('a', '1'), parameter('b c', 'ü x'), parameter('e', ''), parameter('p', '%zz')]);
  for (const target of ['/?a=1', '/?x&a=1&a=2', '/?%61=%31', '/?&&a=1'])
    assert.equal(find(model, { target }), '0', target);
  assert.equal(find(model, { target: '/?b+c=%C3%BC+x' }), '1');
  assert.equal(find(model, { target: '/?b%20c=%C3%BC%20x' }), '1');
  assert.equal(find(model, { target: '/?e' }), '2');
  assert.equal(find(model, { target: '/?e=' }), '2');
  assert.equal(find(model, { target: '/?p=%zz' }), '3');
  for (const target of ['/', '/?a=2&a=1', '/?A=1', '/a=1']) assert.equal(find(model, { target }), 'no-route', target);
});

test('methods are compared with case', () => {
  const model = oneHost([{ method: 'GET' }]);
  assert.equal(find(model, { target: '/', method: 'GET' }), '0');
  assert.equal(find(model, { target: '/', method: 'get' }), 'no-route');
});

const hosts = (protocol: 'HTTP' | 'HTTPS'): Model => {
  const ids = ['exact', 'deep', 'wild', 'any'];
  const routes = ids.map((id) => route(id, respond(404)));
  const names = ['a.example', '*.b.example', '*.example', ''];
  return modelOf({
    listeners: [
      listener(
        'l',
        protocol,
        names.map((name, index) => section(`s${index}`, name, [String(index)])),
      ),
    ],
    virtualHosts: names.map((name, index) => virtualHost(String(index), name, [routes[index] as Route])),
    routes,
  });
};

test('the most specific hostname serves a request', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['a.example', 'exact'],
    ['a.example:8443', 'exact'],
    ['a.example.', 'exact'],
    ['a.example.:80', 'exact'],
    ['x.b.example', 'deep'],
    ['x.y.b.example', 'deep'],
    ['b.example', 'wild'],
    ['x.a.example', 'wild'],
    ['example', 'any'],
    ['[::1]:80', 'any'],
    ['[::1]', 'any'],
    ['', 'any'],
    [`${'a.'.repeat(500)}example`, 'any'],
  ];
  for (const [host, id] of cases) assert.equal(find(hosts('HTTP'), { host, target: '/' }), id, host);
});

test('a connection made for one section is not used for another', () => {
  const model = hosts('HTTPS');
  assert.equal(find(model, { host: 'a.example', serverName: 'a.example', target: '/' }), 'exact');
  assert.equal(find(model, { host: 'y.b.example', serverName: 'x.b.example', target: '/' }), 'deep');
  assert.equal(find(model, { host: 'a.example', serverName: 'x.example', target: '/' }), 'misdirected');
  assert.equal(find(model, { host: 'x.example', serverName: 'a.example', target: '/' }), 'misdirected');
  assert.equal(find(model, { host: 'a.example', serverName: '', target: '/' }), 'misdirected');
  assert.equal(find(model, { host: 'other', serverName: '', target: '/' }), 'any');
});

test('a host that no section covers has no route', () => {
  const routes = [route('r', respond(404))];
  const model = modelOf({
    listeners: [listener('l', 'HTTPS', [section('s', 'a.example', ['v'])])],
    virtualHosts: [virtualHost('v', 'a.example', routes)],
    routes,
  });
  assert.equal(find(model, { host: 'b.example', serverName: 'a.example', target: '/' }), 'none');
});

test('rules of a less specific hostname serve what those of the most specific do not match', () => {
  const routes = [
    route('exact', respond(404), { ...anyMatch, path: path('prefix', '/a') }),
    route('wild', respond(404), { ...anyMatch, path: path('prefix', '/b') }),
  ];
  const model = modelOf({
    listeners: [listener('l', 'HTTP', [section('s', '', ['1', '2'])])],
    virtualHosts: [
      virtualHost('1', 'a.example', [routes[0] as Route]),
      virtualHost('2', '*.example', [routes[1] as Route]),
    ],
    routes,
  });
  assert.equal(find(model, { target: '/a' }), 'exact');
  assert.equal(find(model, { target: '/b' }), 'wild');
  assert.equal(find(model, { target: '/c' }), 'no-route');
});

test('an update compiles only virtual hosts that changed', () => {
  const before = hosts('HTTP');
  const table = compile(before);
  const pick = (host: string) => {
    const section = table.listener('l')?.choose(host, '');
    assert.ok(section !== undefined && typeof section !== 'string');
    const view = new RequestView();
    view.show(requestHead({ target: '/', authority: host }), '/', 1);
    return section.match(host, view);
  };
  const [exact, any] = [pick('a.example'), pick('other')];
  const changed = route('any', respond(500));
  table.update({ ...before, routes: { ...before.routes, any: changed } });
  assert.equal(pick('a.example'), exact);
  assert.notEqual(pick('other'), any);
  assert.equal(pick('other')?.route, changed);
});

const element = fc.constantFrom('a', 'b', 'ab', 'c');
const somePath = fc.array(element, { maxLength: 4 }).map((elements) => `/${elements.join('/')}`);
const someMatch: fc.Arbitrary<Match> = fc.record({
  path: fc.oneof(
    fc.record({ type: fc.constant('exact' as const), value: somePath }),
    fc.record({
      type: fc.constant('prefix' as const),
      value: fc.tuple(somePath, fc.constantFrom('', '/')).map(([a, b]) => (a === '/' ? a : a + b)),
    }),
    fc.record({ type: fc.constant('regex' as const), value: fc.constantFrom('/a.*', '/[ab]/c', '.*b', '/a|/b') }),
  ),
  method: fc.constantFrom(null, null, 'GET', 'POST'),
  headers: fc.constantFrom([], [], [{ name: 'x', type: 'exact' as const, value: '1' }]),
  queryParameters: fc.constantFrom([], [], [{ name: 'q', type: 'exact' as const, value: '1' }]),
});

/** What the words of the model say, without any index. */
function naive(matches: readonly Match[], asked: { path: string; method: string; x: boolean; q: boolean }): number {
  return matches.findIndex(({ path: { type, value }, method, headers, queryParameters }) => {
    if (method !== null && method !== asked.method) return false;
    if ((headers.length > 0 && !asked.x) || (queryParameters.length > 0 && !asked.q)) return false;
    if (type === 'exact') return asked.path === value;
    if (type === 'regex') return new RegExp(`^(?:${value})$`).test(asked.path);
    const wanted = value.split('/').filter((each) => each !== '');
    const given = asked.path.split('/').slice(1);
    return wanted.every((each, index) => each === given[index]);
  });
}

test('the index finds what a scan in order finds', () => {
  const asked = fc.record({
    path: fc.tuple(somePath, fc.constantFrom('', '/')).map(([a, b]) => (a === '/' ? a : a + b)),
    method: fc.constantFrom('GET', 'POST', 'PUT'),
    x: fc.boolean(),
    q: fc.boolean(),
  });
  const property = fc.property(
    fc.array(someMatch, { maxLength: 40 }),
    fc.array(asked, { minLength: 5 }),
    (matches, all) => {
      const model = oneHost(matches);
      const table = compile(model);
      for (const each of all) {
        const found = find(
          model,
          { target: each.path + (each.q ? '?q=1' : ''), method: each.method, headers: each.x ? [['x', '1']] : [] },
          table,
        );
        const expected = naive(matches, each);
        assert.equal(found, expected < 0 ? 'no-route' : String(expected));
      }
    },
  );
  fc.assert(property, { numRuns: 300 });
});

test('one thousand paths of one host are not one thousand comparisons', () => {
  const prefixes = Array.from({ length: 1_000 }, (_, index) => path('prefix', `/service-${index % 500}/${index}`));
  const index = new PathIndex([path('prefix', '/'), ...prefixes], new PatternCache());
  let compared = 0;
  const candidates = {
    fits: (position: number) => {
      compared += 1;
      return position > 0;
    },
  };
  assert.equal(index.first('/service-499/999/x', candidates), 1_000);
  assert.equal(index.first('/service-500/1000/x', candidates), -1);
  assert.ok(compared <= 3, `${compared} comparisons`);
});

test('prefixes of text end anywhere, also among many routes', () => {
  const few = [
    { path: path('text-prefix', '/a/') },
    { path: path('text-prefix', '/a') },
    { path: path('exact', '/b') },
  ];
  const many = Array.from({ length: 20 }, (_, index) => ({ path: path('exact', `/x${index}`) }));
  for (const model of [oneHost(few), oneHost([...few, ...many])]) {
    assert.equal(find(model, { target: '/a' }), '1');
    assert.equal(find(model, { target: '/ab' }), '1');
    assert.equal(find(model, { target: '/a/b' }), '0');
    assert.equal(find(model, { target: '/%61bc?d' }), '1');
    assert.equal(find(model, { target: '/c' }), 'no-route');
  }
});

test('values are compared in every way, with case or without, inverted or not', () => {
  const fits = (match: Partial<ValueMatch>, value: string | null): boolean => {
    const model = oneHost([{ headers: [{ name: 'x-a', type: 'exact', value: '', ...match }] }]);
    return find(model, { target: '/', headers: value === null ? [] : [['x-a', value]] }) === '0';
  };
  const table: readonly [Partial<ValueMatch>, string | null, boolean][] = [
    [{ type: 'contains', value: 'b' }, 'abc', true],
    [{ type: 'contains', value: 'B' }, 'abc', false],
    [{ type: 'contains', value: 'B', ignoreCase: true }, 'abc', true],
    [{ type: 'prefix', value: 'ab' }, 'abc', true],
    [{ type: 'prefix', value: 'bc' }, 'abc', false],
    [{ type: 'suffix', value: 'bc' }, 'abc', true],
    [{ type: 'suffix', value: 'BC', ignoreCase: true }, 'abc', true],
    [{ type: 'exact', value: 'ABC', ignoreCase: true }, 'aBc', true],
    [{ type: 'regex', value: 'a.C', ignoreCase: true }, 'abc', true],
    [{ type: 'present' }, '', true],
    [{ type: 'present' }, null, false],
    [{ type: 'present', invert: true }, null, true],
    [{ type: 'present', invert: true }, 'a', false],
    [{ type: 'exact', value: 'a', invert: true }, 'b', true],
    [{ type: 'exact', value: 'a', invert: true }, 'a', false],
    [{ type: 'exact', value: 'a', invert: true }, null, false],
    [{ type: 'exact', value: 'a', invert: true, missingIsEmpty: true }, null, true],
    [{ type: 'contains', value: 'a', invert: true, missingIsEmpty: true }, null, true],
    [{ type: 'exact', value: '', missingIsEmpty: true }, null, true],
  ];
  for (const [match, value, expected] of table)
    assert.equal(fits(match, value), expected, JSON.stringify([match, value]));
});

test('connections without a server name may be for the hosts that a section of every host serves, and no others', () => {
  const routes = [route('own', respond(404), anyMatch), route('other', respond(404), anyMatch)];
  const fallback = { ...section('fallback', '', ['own']), servesOtherHosts: true } as const;
  const model = modelOf({
    listeners: [
      listener('l', 'HTTPS', [section('a', 'a.example', ['own']), section('b', 'b.example', ['other']), fallback]),
    ],
    virtualHosts: [
      virtualHost('own', 'a.example', [route('own', respond(404))]),
      virtualHost('other', 'b.example', [route('other', respond(404))]),
    ],
    routes,
  });
  assert.equal(find(model, { host: 'a.example', serverName: '', target: '/' }), 'own');
  assert.equal(find(model, { host: 'a.example', serverName: 'unknown.example', target: '/' }), 'own');
  assert.equal(find(model, { host: 'b.example', serverName: '', target: '/' }), 'no-route');
  assert.equal(find(model, { host: 'b.example', serverName: 'a.example', target: '/' }), 'misdirected');
});
