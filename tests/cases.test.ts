import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { mergeTranslations } from '../src/control/merge-translations.ts';
import { contour } from '../src/dialects/contour/index.ts';
import type { Dialect } from '../src/dialects/dialect.ts';
import { gatewayApi } from '../src/dialects/gateway-api/index.ts';
import { forGolden, runCase } from './support/case.ts';
import { assertInvariants } from './support/invariants.ts';

/*
 * Each folder in `cases/<dialect>` is one case: `input*.yaml` are the objects, `settings.yaml` what else the case assumes
 * (`support/case.ts`), and `model.yaml`, `status.yaml` and `findings.yaml` what must come of them, written by
 * `npm run goldens`. Those of `cases/together` are read by every dialect.
 */
const dialects: readonly Dialect[] = [gatewayApi, contour, together(gatewayApi, contour)];
const writes = process.env.FARSIDE_GOLDENS === 'write';

for (const dialect of dialects) {
  const cases = join(import.meta.dirname, 'cases', dialect.name);
  for (const name of readdirSync(cases).sort()) {
    test(`${dialect.name}: ${name}`, async () => {
      const folder = join(cases, name);
      const result = await runCase(dialect, folder);
      assertInvariants(result);
      compare(folder, 'model', result.translation.model);
      const ofCase = result.status.filter(({ kind, metadata }) =>
        result.supplied.every(({ reference }) => reference.kind !== kind || reference.name !== metadata.name),
      );
      compare(folder, 'status', ofCase);
      compare(folder, 'findings', result.findings);
    });
  }
}

function compare(folder: string, part: string, value: unknown): void {
  const path = join(folder, `${part}.yaml`);
  const text = stringify(forGolden(value, folder), { lineWidth: 0, aliasDuplicateObjects: false });
  if (writes) {
    if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
    return;
  }
  assert.ok(existsSync(path), `${part}.yaml is missing; "npm run goldens" writes it`);
  assert.equal(text, readFileSync(path, 'utf8'), `${part}.yaml differs; "npm run goldens" writes it anew`);
}

/** Several dialects as `farside run` puts them together. */
function together(...parts: readonly Dialect[]): Dialect {
  return {
    name: 'together',
    kinds: parts.flatMap(({ kinds }) => kinds),
    grants: (resources) => parts.flatMap((dialect) => dialect.grants(resources)),
    supply: (resources) => parts.flatMap((dialect) => dialect.supply?.(resources) ?? []),
    dataPlanes: (resources) => parts.flatMap((dialect) => dialect.dataPlanes?.(resources) ?? []),
    translate: (resources, environment) =>
      mergeTranslations(
        parts.map((dialect) => ({ dialect: dialect.name, translation: dialect.translate(resources, environment) })),
      ),
  };
}
