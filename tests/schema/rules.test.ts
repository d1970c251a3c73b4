import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { celEnv, isCelError, parse, plan } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import { parseAllDocuments } from 'yaml';
import type { Case } from '../../scripts/record-api-server/cases.ts';
import { applyEdit } from '../../scripts/record-api-server/edits.ts';
import { compileExpression } from '../../src/resources/schema/cel/compile.ts';
import { parseDuration } from '../../src/resources/schema/cel/duration.ts';
import { CelError } from '../../src/resources/schema/cel/error.ts';
import { decodeFields } from '../../src/resources/schema/decode.ts';
import { schemaOf } from '../../src/resources/schema/load.ts';
import type { CompiledRule, Node } from '../../src/resources/schema/schema.ts';

type JsonObject = Record<string, unknown>;

/** Functions that Kubernetes adds to CEL, which the library does not have; the recorded answers hold those. */
const kubernetesOnly = /\bisIP\(|\bformat\.|\.substring\(/;

const bases = parseAllDocuments(readFileSync(join(import.meta.dirname, 'bases.yaml'), 'utf8')).map(
  (document) => document.toJS() as { apiVersion: string; kind: string },
);

suite('rules evaluate as in an independent implementation of CEL', () => {
  for (const kind of new Set(bases.map((base) => base.kind))) {
    const root = rootOf(bases.find((base) => base.kind === kind) ?? { apiVersion: '', kind });
    if (root === undefined || !rulesBelow(root)) continue;
    test(kind, () => {
      const compared = new Set<string>();
      const seen = new Set<string>();
      for (const object of objects(kind)) {
        visit(root, decodeFields(root, object).value, (rule, value) => {
          const key = `${rule.rule} ${JSON.stringify(value)}`;
          if (kubernetesOnly.test(rule.rule) || seen.has(key)) return;
          seen.add(key);
          compared.add(rule.rule);
          const result = ours(rule, value);
          // The library takes an empty text for a duration; the recorded answers show that Kubernetes does not.
          if (result === 'error' && rule.rule.includes('duration(')) return;
          assert.equal(result, library(rule.rule, value), key);
        });
      }
      assert.ok(compared.size > 0, 'rules were compared');
    });
  }
});

test('a duration is read as Go reads it', () => {
  assert.equal(parseDuration('1h2m3s4ms'), 3_723_004_000_000n);
  assert.equal(parseDuration('1.5s'), 1_500_000_000n);
  assert.equal(parseDuration('-2us'), -2_000n);
  assert.equal(parseDuration('0'), 0n);
  for (const text of ['', '1', 's', '1 s', '1d', '.s', '9999999h']) assert.throws(() => parseDuration(text), CelError);
});

test('of two errors the left one counts, and a side that decides makes up for an error', () => {
  const missing = (field: string): ['select', ['variable', string], string] => ['select', ['variable', 'self'], field];
  const evaluate = (operator: 'and' | 'or', left: string, right: string): unknown =>
    compileExpression([operator, missing(left), missing(right)])([{ yes: true, no: false, text: '' }]);
  assert.throws(() => evaluate('or', 'a', 'b'), /no such key: a/);
  assert.throws(() => evaluate('and', 'a', 'b'), /no such key: a/);
  assert.throws(() => evaluate('and', 'yes', 'b'), /no such key: b/);
  assert.throws(() => evaluate('or', 'text', 'no'), /no such overload/);
  assert.equal(evaluate('or', 'a', 'yes'), true);
  assert.equal(evaluate('and', 'a', 'no'), false);
});

function rootOf({ apiVersion, kind }: { apiVersion: string; kind: string }): Node | undefined {
  const [group = '', version = ''] = apiVersion.split('/');
  return schemaOf(group, kind)?.version(version);
}

/** The valid objects of a kind and, of the changed ones, those that got as far as their rules. */
function* objects(kind: string): Generator<JsonObject> {
  const file = readdirSync(join(import.meta.dirname, 'answers')).find((name) => name === `${kind}.jsonl`);
  const text = readFileSync(join(import.meta.dirname, 'answers', file ?? ''), 'utf8');
  for (const line of text.trimEnd().split('\n')) {
    const { base, edit, code, message, causes } = JSON.parse(line) as Case;
    const blocked = [message, ...(causes ?? [])].some((fault) => fault?.includes('rules were not checked'));
    if (code === 400 || blocked) continue;
    yield (edit === null ? bases[base] : applyEdit(bases[base], edit)) as JsonObject;
  }
}

/** Whether a new object of the kind is held to any rule. */
function rulesBelow(node: Node): boolean {
  const children = [...node.properties.values(), node.items, node.additionalProperties];
  return node.rules.length > 0 || children.some((child) => child !== undefined && rulesBelow(child));
}

function visit(node: Node, value: unknown, check: (rule: CompiledRule, value: unknown) => void): void {
  if (!node.hasRules || value === null || value === undefined) return;
  for (const rule of node.rules) check(rule, value);
  if (Array.isArray(value)) {
    for (const item of value) if (node.items !== undefined) visit(node.items, item, check);
  } else if (typeof value === 'object') {
    for (const [key, member] of Object.entries(value)) {
      const child = node.properties.get(key) ?? node.additionalProperties;
      if (child !== undefined && key !== 'status') visit(child, member, check);
    }
  }
}

function ours(rule: CompiledRule, value: unknown): unknown {
  try {
    return rule.evaluate([value]);
  } catch (error) {
    if (error instanceof CelError) return 'error';
    throw error;
  }
}

const plans = new Map<string, (context: { self: never }) => unknown>();

function library(rule: string, value: unknown): unknown {
  let evaluate = plans.get(rule);
  if (evaluate === undefined) {
    const planned = plan(celEnv({ funcs: strings }), parse(rule));
    evaluate = planned as (context: { self: never }) => unknown;
    plans.set(rule, evaluate);
  }
  const result = evaluate({ self: input(value) as never });
  return isCelError(result as never) ? 'error' : result;
}

/** What the library takes: integers as bigint, objects as maps, keywords escaped as well as not. */
function input(value: unknown): unknown {
  if (typeof value === 'number') return BigInt(value);
  if (Array.isArray(value)) return value.map(input);
  if (typeof value !== 'object' || value === null) return value;
  return new Map(
    Object.entries(value).flatMap(([key, member]) => {
      const entry: [string, unknown] = [key, input(member)];
      return key === 'namespace' ? [entry, ['__namespace__', entry[1]] as [string, unknown]] : [entry];
    }),
  );
}
