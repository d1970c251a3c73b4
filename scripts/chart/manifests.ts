import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, parseAllDocuments, parseDocument, type YAMLMap } from 'yaml';
import { chart, render } from './helm.ts';

const head = `# Farside with the defaults of its chart (charts/farside), for kubectl. Made by \`npm run chart\`.
#
#     kubectl apply --server-side -f deploy/farside.yaml
#
# The definitions of the Gateway API must be in the cluster, and the nodes must have the image: docs/kubernetes.md.
`;

const namespace = `apiVersion: v1
kind: Namespace
metadata:
  name: farside-system
  labels:
    app.kubernetes.io/name: farside
    app.kubernetes.io/part-of: farside
    pod-security.kubernetes.io/enforce: restricted
`;

/** What is said to Helm alone, and by it. */
const helmLabels = ['helm.sh/chart', 'app.kubernetes.io/managed-by'];
const helmAnnotations = ['helm.sh/resource-policy'];

/** Everything that an installation without Helm needs but the definitions of the Gateway API. */
export function plainManifests(helm: string): string {
  const { accepted, output } = render(helm);
  if (!accepted) throw new Error(`helm does not take the chart as it is: ${output}`);
  const definition = readFileSync(join(chart, 'crds/farsideconfigs.yaml'), 'utf8').trim();
  const documents = parseAllDocuments(output, { keepSourceTokens: false });
  const objects = documents.flatMap((document) => {
    if (document.errors.length > 0) throw new AggregateError(document.errors, 'what helm renders is not YAML');
    if (!isMap(document.contents)) return [];
    document.commentBefore = null;
    document.contents.commentBefore = null;
    forgetHelm(document.contents);
    return [
      document
        .toString({ lineWidth: 0, directives: false })
        .replace(/^---\n/, '')
        .trim(),
    ];
  });
  return `${[head + namespace.trim(), definition, ...objects].join('\n---\n')}\n`;
}

/** In the metadata of an object, and of the pods that it makes. */
function forgetHelm(object: YAMLMap): void {
  const annotations = ['metadata', 'annotations'];
  for (const name of helmAnnotations) if (object.hasIn([...annotations, name])) object.deleteIn([...annotations, name]);
  if ((object.getIn(annotations) as YAMLMap | undefined)?.items.length === 0) object.deleteIn(annotations);
  for (const path of [
    ['metadata', 'labels'],
    ['spec', 'template', 'metadata', 'labels'],
  ]) {
    for (const label of helmLabels) if (object.hasIn([...path, label])) object.deleteIn([...path, label]);
  }
}

/** Parses manifests, of one or more objects. */
export function parseManifests(text: string): readonly Readonly<Record<string, unknown>>[] {
  return text
    .split(/^---$/m)
    .map((part) => parseDocument(part).toJS() as Readonly<Record<string, unknown>> | null)
    .filter((object) => object !== null);
}
