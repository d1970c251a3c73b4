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
    const next = desired.map((document): [string, StatusDocument] => {
      const live = this.#documents.get(keyOf(document));
      const status = mergeStatus(live?.status, document.status, writer);
      return [keyOf(document), live !== undefined && live.status === status ? live : { ...document, status }];
    });
    this.#documents = new Map(next.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
    return [...this.#documents.values()];
  }
}

function keyOf({ apiVersion, kind, metadata }: StatusDocument): string {
  return [apiVersion, kind, metadata.namespace ?? '', metadata.name].join('\n');
}
