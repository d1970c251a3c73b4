import type { Dialect } from '../dialect.ts';
import { readGrants } from './grants.ts';
import { dialectName, kinds } from './names.ts';
import { readDataPlanes, translate } from './translate.ts';

/** Contour: HTTPProxy with its includes, TLSCertificateDelegation, and the Services and Secrets that they lead to. */
export const contour: Dialect = {
  name: dialectName,
  kinds: [
    kinds.httpProxy,
    kinds.tlsCertificateDelegation,
    kinds.configuration,
    kinds.service,
    kinds.secret,
    kinds.endpointSlice,
  ],
  grants: readGrants,
  dataPlanes: readDataPlanes,
  translate,
};
