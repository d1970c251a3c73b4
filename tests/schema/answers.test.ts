import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { type Case, digest } from '../../scripts/record-api-server/cases.ts';
import { applyEdit } from '../../scripts/record-api-server/edits.ts';
import { type Validation, validateObject } from '../../src/resources/schema/validate.ts';

/*
 * Holds validation to what a real Kubernetes API server (1.36, Gateway API v1.7.0 experimental) answered to the same
 * objects, byte for byte. scripts/record-api-server recorded the answers.
 */
const bases = parseAllDocuments(readFileSync(join(import.meta.dirname, 'bases.yaml'), 'utf8')).map((document) =>
  document.toJS(),
);
const folder = join(import.meta.dirname, 'answers');

/** What a folder permits and a cluster does not: endpoints on this machine. */
const permitted = /may not be in the loopback range/;

const noField = '<nil>: ';

suite("validation gives a real API server's answers", () => {
  for (const file of readdirSync(folder)) {
    test(file.replace('.jsonl', ''), () => {
      const cases = readFileSync(join(folder, file), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Case);
      assert.ok(
        cases.some(({ code }) => code === 201) && cases.some(({ code }) => code === 422),
        'both kinds of answer',
      );
      for (const each of cases) {
        const object: unknown = each.edit === null ? bases[each.base] : applyEdit(bases[each.base], each.edit);
        check(each, validateObject(object));
      }
    });
  }
});

function check({ edit, code, digest: accepted, message, causes }: Case, result: Validation): void {
  const what = JSON.stringify(edit);
  if (result.type === 'valid') {
    assert.deepEqual([201, digest({ ...result.object })], [code, accepted], what);
    return;
  }
  assert.equal(result.type, 'invalid', what);
  assert.notEqual(code, 201, `${what} is refused: ${result.message}`);
  if (message !== undefined) assert.equal(result.message, message, what);
  const faults = (causes ?? []).filter((cause) => !permitted.test(cause));
  if (causes === undefined) return;
  for (const fault of faults) assert.ok(result.message.includes(fault), `${fault} in ${result.message}`);
  // The server names no field for some faults; there `violations` says more than it does.
  const unnamed = new Set(
    faults.filter((fault) => fault.startsWith(noField)).map((fault) => fault.slice(noField.length)),
  );
  const violations = result.violations.map(({ field, message }) =>
    unnamed.has(message) ? `${noField}${message}` : `${field}: ${message}`,
  );
  assert.deepEqual(violations.sort(), faults.sort(), what);
}
