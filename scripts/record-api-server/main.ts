import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { groupOf } from '../../src/resources/object.ts';
import { schemaOf } from '../../src/resources/schema/load.ts';
import { type Case, distinctCases, recordedAnswer } from './cases.ts';
import { Client } from './client.ts';
import { applyEdit, type Edit } from './edits.ts';
import { extraEdits } from './extra/extra.ts';
import { mutations } from './mutations.ts';

/**
 * Asks the API server of $KUBECONFIG, which must have the Gateway API's definitions and nothing else, to create every
 * object of tests/schema/bases.yaml and many changed copies of each (dry run, strict field validation), and records its
 * answers in tests/schema/answers. Of answers that differ only in names and numbers one is kept, or with --all every one.
 * Names of kinds as arguments restrict it to those; Contour's need its definitions in the cluster too,
 * FarsideConfig those of charts/farside/crds, and ClusterTrustBundle the feature gate of that name.
 */
interface Base {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

const clusterScoped = new Set(['GatewayClass', 'XMesh', 'Namespace', 'ClusterTrustBundle']);
const plurals: Readonly<Record<string, string>> = {
  GatewayClass: 'gatewayclasses',
  BackendTLSPolicy: 'backendtlspolicies',
  XBackendTrafficPolicy: 'xbackendtrafficpolicies',
  XTelemetryPolicy: 'xtelemetrypolicies',
  XMesh: 'xmeshes',
  Ingress: 'ingresses',
  HTTPProxy: 'httpproxies',
};
const wanted = new Set(process.argv.slice(2).filter((argument) => !argument.startsWith('--')));

const root = join(import.meta.dirname, '../../tests/schema');
const client = new Client(process.env.KUBECONFIG ?? '');
const bases = parseAllDocuments(readFileSync(join(root, 'bases.yaml'), 'utf8')).map((each) => each.toJS() as Base);

const answers = join(root, 'answers');
mkdirSync(answers, { recursive: true });
const files = new Map<string, string[]>();
for (const [index, base] of bases.entries()) {
  if (wanted.size > 0 && !wanted.has(base.kind)) continue;
  const edits: Edit[] = [{ path: [], value: base }, ...editsOf(base)];
  const lines = files.get(base.kind) ?? [];
  files.set(base.kind, lines);
  const cases = await inParallel(16, edits, (edit, at) => ask(base, index, at === 0 ? null : edit));
  lines.push(...(process.argv.includes('--all') ? cases : distinctCases(cases)).map((each) => JSON.stringify(each)));
}
for (const [kind, lines] of files) writeFileSync(join(answers, `${kind}.jsonl`), `${lines.join('\n')}\n`);
client.close();

function editsOf(base: Base): readonly Edit[] {
  const group = groupOf(base.apiVersion);
  const schema = schemaOf(group, base.kind);
  const node = schema?.version(base.apiVersion.slice(group.length + 1));
  const otherVersions = Object.keys(schema?.kind.versions ?? {}).map((version) => ({
    path: ['apiVersion'],
    value: `${group}/${version}`,
  }));
  return [...mutations(node, base, [], new Set()), ...extraEdits(base.kind, base.metadata.name), ...otherVersions];
}

async function ask(base: Base, index: number, edit: Edit | null): Promise<Case> {
  const object = (edit === null ? base : applyEdit(base, edit)) as Base;
  const answer = await client.post(path(object, base.kind), object);
  if (edit === null && answer.code !== 201)
    throw new Error(`${base.kind} ${base.metadata.name}: ${answer.body.message}`);
  return { base: index, edit, ...recordedAnswer(answer) };
}

function path({ apiVersion }: Base, kind: string): string {
  const api = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const namespace = clusterScoped.has(kind) ? '' : '/namespaces/default';
  const plural = plurals[kind] ?? `${kind.toLowerCase()}s`;
  return `${api}${namespace}/${plural}?dryRun=All&fieldValidation=Strict`;
}

/** The results in the order of the items. */
async function inParallel<T, R>(
  width: number,
  items: readonly T[],
  work: (item: T, at: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const at = next++;
      results[at] = await work(items[at] as T, at);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
