import { stringify } from 'yaml';
import { controllerRights } from '../../src/control/cluster/rights.ts';
import type { PolicyRule } from '../../src/sources/kubernetes/rbac.ts';

/** The rules of the chart's roles, by file in its folder. What the controller asks for and what it may do are one text. */
export function rightsFiles(): Readonly<Record<string, string>> {
  const { cluster, dialects, namespace } = controllerRights();
  return {
    'files/cluster-role.yaml': list(cluster),
    ...Object.fromEntries(
      Object.entries(dialects).map(([name, rules]) => [`files/cluster-role-${name}.yaml`, list(rules)]),
    ),
    'files/role.yaml': list(namespace),
  };
}

function list(rules: readonly PolicyRule[]): string {
  return `# Made by \`npm run chart\` from src/control/cluster/rights.ts.\n${stringify(rules, { lineWidth: 0 })}`;
}
