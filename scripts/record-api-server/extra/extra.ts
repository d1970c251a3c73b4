import type { Edit } from '../edits.ts';
import { certificateEdits } from './certificates.ts';
import { coreEdits } from './core.ts';
import { farsideEdits } from './farside.ts';
import { gatewayEdits } from './gateways.ts';
import { httpRouteEdits } from './http-routes.ts';
import { metadataEdits } from './metadata.ts';
import { otherRouteEdits } from './other-routes.ts';
import { policyEdits } from './policies.ts';

/** By kind and name of an object of tests/schema/bases.yaml. */
const edits: Readonly<Record<string, readonly Edit[]>> = {
  ...gatewayEdits,
  ...httpRouteEdits,
  ...otherRouteEdits,
  ...policyEdits,
  ...coreEdits,
  ...farsideEdits,
  ...certificateEdits,
};

/** Changes that no keyword of a schema suggests: metadata, and combinations that rules look at. */
export function extraEdits(kind: string, name: string): readonly Edit[] {
  return [...metadataEdits, ...(edits[`${kind} ${name}`] ?? [])];
}
