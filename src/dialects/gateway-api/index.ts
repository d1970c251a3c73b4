import type { Dialect } from '../dialect.ts';
import { supplyGatewayClass } from './gateway-class.ts';
import { readGrants } from './grants.ts';
import { dialectName, kinds } from './names.ts';
import { translate } from './translate.ts';

/**
 * The Gateway API: GatewayClass, Gateway, ListenerSet, every route kind, ReferenceGrant, BackendTLSPolicy, and the Services that they lead to.
 * `protocols.ts` shows what is still to come.
 */
export const gatewayApi: Dialect = {
  name: dialectName,
  kinds: Object.values(kinds),
  grants: readGrants,
  supply: supplyGatewayClass,
  translate,
};
