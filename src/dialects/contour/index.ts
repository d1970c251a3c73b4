import type { Dialect } from '../dialect.ts';
import { readGrants } from './grants.ts';
import { dialectName, kinds } from './names.ts';
import { readDataPlanes, translate } from './translate.ts';

/** Contour: HTTPProxy, Ingress, ExtensionService, its configuration, and the Services and Secrets that they lead to. */
export const contour: Dialect = {
  name: dialectName,
  kinds: Object.values(kinds),
  grants: readGrants,
  dataPlanes: readDataPlanes,
  translate,
};
