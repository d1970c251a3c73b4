import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { test } from 'node:test';
import { isOwnAddress } from '../../src/dataplanes/node/tls/own-address.ts';
import { type Resolution, Resolver, type ResolverOptions } from '../../src/dataplanes/node/tls/resolver.ts';

type Answer = readonly LookupAddress[] | string;

/** A resolver whose clock and answers are the test's. */
class Scripted {
  now = 0;
  queries = 0;
  readonly resolver: Resolver;
  #pending: ((answer: Answer) => void)[] = [];

  constructor(options: Pick<ResolverOptions, 'capacity' | 'refuses'> = {}) {
    this.resolver = new Resolver({
      ...options,
      lookup: (_name, _options, done) => {
        this.queries += 1;
        this.#pending.push((answer) => {
          if (typeof answer === 'string') done(Object.assign(new Error(answer), { code: answer }), []);
          else done(null, [...answer]);
        });
      },
      now: () => this.now,
    });
  }

  answer(answer: Answer): void {
    for (const each of this.#pending.splice(0)) each(answer);
  }

  ask(name = 'a.test'): { result: Resolution | null } {
    const asked: { result: Resolution | null } = { result: null };
    this.resolver.resolve(name, (resolution) => {
      asked.result = resolution;
    });
    return asked;
  }
}

const v4 = (address: string): LookupAddress => ({ address, family: 4 });
const v6 = (address: string): LookupAddress => ({ address, family: 6 });
const found = (...addresses: string[]): Resolution => ({ type: 'addresses', addresses });

test('one query for all that ask at once, and none while the answer is fresh', () => {
  const dns = new Scripted();
  const [first, second] = [dns.ask(), dns.ask()];
  assert.equal(dns.queries, 1);
  dns.answer([v4('10.0.0.1')]);
  assert.deepEqual([first.result, second.result], [found('10.0.0.1'), found('10.0.0.1')]);
  dns.now = 4_999;
  assert.deepEqual(dns.ask().result, found('10.0.0.1'));
  assert.equal(dns.queries, 1);
  dns.now = 5_000;
  const later = dns.ask();
  assert.equal(later.result, null);
  dns.answer([v4('10.0.0.2')]);
  assert.deepEqual(later.result, found('10.0.0.2'));
});

test('families take turns, the resolver’s first choice first', () => {
  const dns = new Scripted();
  const asked = dns.ask();
  dns.answer([v6('::1'), v6('::2'), v4('10.0.0.1')]);
  assert.deepEqual(asked.result, found('::1', '10.0.0.1', '::2'));
});

test('a resolver that fails does not take away what it named, for five minutes', () => {
  const dns = new Scripted();
  dns.ask();
  dns.answer([v4('10.0.0.1')]);
  dns.now = 10_000;
  const failing = dns.ask();
  dns.answer('EAI_AGAIN');
  assert.deepEqual(failing.result, found('10.0.0.1'));
  dns.now = 305_000;
  const gone = dns.ask();
  dns.answer('ENOTFOUND');
  assert.deepEqual(gone.result, { type: 'failed', code: 'ENOTFOUND' });
  dns.now += 1_000;
  const back = dns.ask();
  dns.answer([v4('10.0.0.3')]);
  assert.deepEqual(back.result, found('10.0.0.3'));
});

test('the number of names is bounded, and nobody who waits is forgotten', () => {
  const dns = new Scripted({ capacity: 2 });
  dns.ask('a.test');
  dns.answer([v4('10.0.0.1')]);
  const [b, c] = [dns.ask('b.test'), dns.ask('c.test')];
  dns.answer([v4('10.0.0.2')]);
  assert.deepEqual([b.result, c.result], [found('10.0.0.2'), found('10.0.0.2')]);
  dns.ask('a.test');
  assert.equal(dns.queries, 4, 'the oldest made room');
});

test('addresses that are refused are left out, and a name that has no other leads nowhere', () => {
  const scripted = new Scripted({ refuses: isOwnAddress });
  const mixed = scripted.ask();
  scripted.answer([
    { address: '127.0.0.1', family: 4 },
    { address: '192.0.2.1', family: 4 },
    { address: '::1', family: 6 },
  ]);
  assert.deepEqual(mixed.result, { type: 'addresses', addresses: ['192.0.2.1'] });
  scripted.now += 10_000;
  const rebound = scripted.ask();
  scripted.answer([{ address: '169.254.169.254', family: 4 }]);
  assert.deepEqual(rebound.result, { type: 'refused', address: '169.254.169.254' });
});

test("the machine's own addresses are known in every spelling", () => {
  const own = [
    '127.0.0.1',
    '127.255.0.9',
    '0.0.0.0',
    '169.254.169.254',
    '::',
    '::1',
    '0:0:0:0:0:0:0:1',
    'fe80::1',
    'fe80::1%eth0',
  ];
  const mapped = ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:169.254.169.254'];
  for (const address of [...own, ...mapped]) assert.ok(isOwnAddress(address), address);
  for (const address of [
    '10.0.0.1',
    '192.168.1.1',
    '128.0.0.1',
    '169.253.0.1',
    'fd00::1',
    '2001:db8::1',
    '::ffff:10.0.0.1',
  ]) {
    assert.ok(!isOwnAddress(address), address);
  }
});
