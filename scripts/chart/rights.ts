import { stringify } from 'yaml';
import { controllerRights } from '../../src/control/cluster/rights.ts';
import type { PolicyRule } from '../../src/sources/kubernetes/rbac.ts';

/** The rules of the chart's roles, by file in its folder. What the controller asks for and what it may do are one text. */
export function rightsFiles(): Readonly<Record<string, string>> {
  const { cluster, namespace } = controllerRights();
  return { 'files/cluster-role.yaml': rules(cluster), 'files/role.yaml': rules(namespace) };
}

function rules(list: readonly PolicyRule[]): string {
  return `# Made by \`npm run chart\` from src/control/cluster/rights.ts.\n${stringify({ rules: list }, { lineWidth: 0 })}`;
}
