import type { StatusDocument } from '../dialects/dialect.ts';
import type { Finding } from '../model/finding.ts';
import type { Model } from '../model/model.ts';
import type { Snapshot } from './loop.ts';
import { checkModel } from './parts.ts';
import { type TranslateOptions, translate } from './translate.ts';

/** What would happen, with nothing opened. Holds no key material. */
export interface Desired {
  readonly model: Model;
  /** In the order of kind, namespace and name; transition times are the time of the translation. */
  readonly status: readonly StatusDocument[];
  /** Those of the source, then those of the translation, then what the data plane could not do. */
  readonly findings: readonly Finding[];
}

/** Translates a snapshot as `farside run` would at that time, for a data plane that opens every port. */
export function describeDesired(snapshot: Snapshot, options: TranslateOptions): Desired {
  const translation = translate(snapshot, options);
  const checked = checkModel(translation.model);
  const status = translation.status({ isOpen: () => true, findings: checked });
  return {
    model: translation.model,
    status: [...status].sort(byName),
    findings: [...snapshot.findings, ...translation.findings, ...checked],
  };
}

function byName(a: StatusDocument, b: StatusDocument): number {
  return compare(keyOf(a), keyOf(b));
}

const keyOf = ({ apiVersion, kind, metadata }: StatusDocument): string =>
  [apiVersion, kind, metadata.namespace ?? '', metadata.name].join('\n');
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
