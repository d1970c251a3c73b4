import type { StatusDocument } from '../../dialect.ts';
import { validCondition } from '../condition.ts';
import type { Notes } from '../notes.ts';
import type { StatusAddress } from '../settings.ts';

/**
 * The status of an HTTPProxy: `currentStatus` and `description` repeat what the condition says, an orphan's in full.
 *
 * @param addresses that clients reach it by
 */
export function proxyStatus(notes: Notes, addresses: readonly StatusAddress[], now: string): StatusDocument {
  const { apiVersion, kind, namespace, name } = notes.subject.reference;
  const condition = validCondition(notes, 'Valid HTTPProxy', now);
  const orphaned = notes.errors.find(({ type }) => type === 'Orphaned');
  return {
    apiVersion,
    kind,
    metadata: { namespace, name },
    status: {
      currentStatus: orphaned !== undefined ? 'orphaned' : notes.isValid ? 'valid' : 'invalid',
      description: orphaned?.message ?? condition.message,
      conditions: [condition],
      loadBalancer: addresses.length === 0 ? {} : { ingress: addresses },
    },
  };
}
