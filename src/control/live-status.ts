import type { StatusDocument } from '../dialects/dialect.ts';
import { mergeStatus, type Writer } from '../status/merge.ts';

/**
 * The statuses of the objects of a folder. There is no API server to keep them, so they live here, in the order of kind,
 * namespace and name.
 */
export class LiveStatus {
  #documents: ReadonlyMap<string, StatusDocument> = new Map();

  /** Takes up what is desired now. Objects that nothing is desired of any more are forgotten. */
  update(desired: readonly StatusDocument[], writer: Writer): readonly StatusDocument[] {
    const next: (readonly [string, StatusDocument])[] = [];
    for (const document of desired) {
      const key = keyOf(document);
      const live = this.#documents.get(key);
      const status = mergeStatus(live?.status, document.status, writer);
      next.push([key, live !== undefined && live.status === status ? live : { ...document, status }]);
    }
    next.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    this.#documents = new Map(next);
    return next.map(([, document]) => document);
  }
}

const keyOf = ({ apiVersion, kind, metadata: { namespace = '', name } }: StatusDocument): string =>
  `${apiVersion}\n${kind}\n${namespace}\n${name}`;
