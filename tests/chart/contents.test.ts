// What holds of the chart, the manifests and the Dockerfile without helm and without a cluster.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse, stringify } from 'yaml';
import { root } from '../../scripts/chart/helm.ts';
import { parseManifests } from '../../scripts/chart/manifests.ts';
import { rightsFiles } from '../../scripts/chart/rights.ts';
import { parseCopy, parseDockerfile, settingsOf } from '../../scripts/image/dockerfile.ts';
import { compatibleDialects, dialectNames } from '../../src/cli/flags.ts';
import { dialects } from '../../src/control/parts.ts';

type Fields = Readonly<Record<string, unknown>>;

const controllerMetrics = 'src/control/cluster/controller-metrics.ts';

const read = (...path: readonly string[]): string => readFileSync(join(root, ...path), 'utf8');
const manifests = parseManifests(read('deploy/farside.yaml'));
const one = (kind: string): Fields => {
  const found = manifests.filter((object) => object.kind === kind);
  assert.equal(found.length, 1, `one ${kind} in deploy/farside.yaml`);
  return found[0] as Fields;
};
const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce((inner, key) => (inner as Record<string | number, unknown> | undefined)?.[key], value);

describe('the roles of the chart', () => {
  for (const [file, content] of Object.entries(rightsFiles())) {
    it(`${file} is what \`npm run chart\` makes of what the controller asks for`, () => {
      assert.equal(read('charts/farside', file), content);
    });
  }

  it('are those of the plain manifests', () => {
    const rules = (kind: string): unknown =>
      manifests.find((object) => object.kind === kind && !JSON.stringify(object).includes('aggregate-to-'))?.rules;
    const file = (name: string) => parse(rightsFiles()[`files/${name}.yaml`] ?? '') as readonly unknown[];
    assert.deepEqual(rules('ClusterRole'), [...file('cluster-role'), ...file('cluster-role-gateway-api')]);
    assert.deepEqual(rules('Role'), file('role'));
  });

  it('name what they are about: no wildcard, no escalation', () => {
    for (const content of Object.values(rightsFiles())) {
      assert.doesNotMatch(content, /\*|escalate|impersonate|\bbind\b|deletecollection/);
    }
  });
});

describe('the plain manifests', () => {
  const container = at(one('Deployment'), 'spec', 'template', 'spec', 'containers', 0) as Fields;

  it('keep to the restricted profile of pod security', () => {
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    assert.partialDeepStrictEqual(at(one('Deployment'), 'spec', 'template', 'spec', 'securityContext'), {
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    const enforced = at(one('Namespace'), 'metadata', 'labels', 'pod-security.kubernetes.io/enforce');
    assert.equal(enforced, 'restricted');
  });

  it('give the controller flags that it has', () => {
    const flags = (container.args as readonly string[]).slice(1).map((word) => word.replace(/^--|=.*$/g, ''));
    const source = read('src/cli/app.ts');
    for (const flag of flags) {
      const inCamelCase = flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
      assert.match(source, new RegExp(`\\b${inCamelCase}\\b`), `--${flag}`);
    }
    assert.ok(flags.includes('stream-address'));
  });

  it('know the dialects that there are, and are served by the one that no peer serves too', () => {
    const schema = JSON.parse(read('charts/farside/values.schema.json')) as Fields;
    const names = dialects.map(({ name }) => name);
    assert.deepEqual(at(schema, 'properties', 'dialects', 'items', 'enum'), names);
    assert.deepEqual([...dialectNames], names);
    assert.deepEqual(at(schema, 'properties', 'compat', 'items', 'enum'), [...compatibleDialects]);
    assert.ok((container.args as readonly string[]).includes('--dialects=gateway-api'));
  });

  it('hold the definition of FarsideConfig, and nothing of Helm', () => {
    const definition = parse(read('charts/farside/crds/farsideconfigs.yaml')) as Fields;
    assert.deepEqual(one('CustomResourceDefinition'), definition);
    assert.doesNotMatch(stringify(manifests), /helm/i);
  });

  it('let data planes reach the stream: by the labels that Farside gives to their pods', () => {
    const [stream] = at(one('NetworkPolicy'), 'spec', 'ingress') as readonly Fields[];
    const labels = at(stream, 'from', 0, 'podSelector', 'matchLabels') as Readonly<Record<string, string>>;
    const source = read('src/infrastructure/gateway/unit.ts') + read('src/infrastructure/gateway/objects.ts');
    assert.ok(Object.keys(labels).length > 0);
    for (const [name, value] of Object.entries(labels)) {
      assert.ok(source.includes(`'${name}': '${value}'`), `${name}: ${value}`);
    }
  });
});

describe('the chart', () => {
  it('has the version of the package', () => {
    const { version } = JSON.parse(read('package.json')) as { readonly version: string };
    assert.partialDeepStrictEqual(parse(read('charts/farside/Chart.yaml')), { version, appVersion: version });
  });

  it('describes each of its values in the schema, and no others', () => {
    const schema = JSON.parse(read('charts/farside/values.schema.json')) as Fields;
    const values = parse(read('charts/farside/values.yaml')) as Fields;
    const { global: _, ...described } = schema.properties as Fields;
    assert.deepEqual(leavesOfSchema({ ...schema, properties: described }), leavesOfValues(values, schema));
  });

  it('alerts about metrics that there are', () => {
    const rules = read('charts/farside/templates/prometheusrule.yaml');
    const used = new Set(rules.match(/\bfarside_[a-z0-9_]+/g));
    const folder = 'src/dataplanes/node/metrics';
    const sources = [...readdirSync(join(root, folder)).map((name) => join(folder, name)), controllerMetrics];
    const known = sources.map((path) => read(path)).join('');
    assert.ok(used.size >= 9);
    for (const name of used) assert.ok(known.includes(`'${name}'`), name);
  });
});

/** The paths of a schema's properties down to those that are open to any name. */
function leavesOfSchema(schema: unknown, path = ''): readonly string[] {
  const { properties } = schema as { readonly properties?: Fields };
  if (properties === undefined) return [path];
  return Object.entries(properties)
    .flatMap(([name, inner]) => leavesOfSchema(inner, `${path}.${name}`))
    .sort();
}

/** The same of the values, going as deep as the schema does. */
function leavesOfValues(value: unknown, schema: unknown, path = ''): readonly string[] {
  const { properties } = schema as { readonly properties?: Fields };
  if (properties === undefined) return [path];
  return Object.entries(value as Fields)
    .flatMap(([name, inner]) => leavesOfValues(inner, properties[name] ?? {}, `${path}.${name}`))
    .sort();
}

describe('the Dockerfile', () => {
  const stages = parseDockerfile(read('Dockerfile'));
  const last = stages.at(-1);
  assert.ok(last !== undefined);

  it('copies what is there, and lets nothing else into the context', () => {
    const context = read('.dockerignore').trim().split('\n');
    assert.equal(context[0], '*');
    const allowed = context.slice(1).map((line) => line.replace(/^!/, ''));
    for (const { name, rest } of stages.flatMap(({ instructions }) => instructions)) {
      if (name !== 'COPY') continue;
      const { from, sources } = parseCopy(rest);
      if (from !== null) {
        assert.ok(stages.some((stage) => stage.name === from));
        continue;
      }
      for (const source of sources) {
        assert.ok(existsSync(join(root, source)), `${source} exists`);
        assert.ok(allowed.includes(source), `${source} is in the context`);
      }
    }
  });

  it('runs as the user of the chart, by number, and with what the package has', () => {
    const { user, entrypoint, workingFolder } = settingsOf(last);
    const { runAsUser, runAsGroup } = at(one('Deployment'), 'spec', 'template', 'spec', 'securityContext') as Fields;
    assert.equal(user, `${runAsUser}:${runAsGroup}`);
    assert.deepEqual(entrypoint, ['/nodejs/bin/node', `${workingFolder}/bin/farside.js`]);
    const { files } = JSON.parse(read('package.json')) as { readonly files: readonly string[] };
    assert.ok(files.includes('bin'));
  });

  it('ends on a base without a shell, of the Node that this project uses', () => {
    const { devDependencies } = JSON.parse(read('package.json')) as Readonly<Record<string, Record<string, string>>>;
    const [, major] = /(\d+)/.exec(devDependencies?.node ?? '') ?? [];
    assert.match(last.base, new RegExp(`distroless/nodejs${major}-.*:nonroot$`));
    assert.match(stages[0]?.base ?? '', new RegExp(`^node:${major}-`));
  });
});
