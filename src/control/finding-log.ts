import type { Logger } from 'pino';
import type { Finding } from '../model/finding.ts';
import { describeObject, describePosition } from '../model/origin.ts';

/** Logs findings when they come and when they go, and keeps silent about those that stay. */
export class FindingLog {
  readonly #logger: Logger;
  #known: ReadonlyMap<string, Finding> = new Map();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  update(findings: readonly Finding[]): void {
    const next = new Map(findings.map((finding) => [identityOf(finding), finding]));
    for (const [identity, finding] of next) if (!this.#known.has(identity)) this.#tell(finding);
    for (const [identity, finding] of this.#known) {
      if (next.has(identity)) continue;
      this.#logger.info({ reason: finding.reason, ...placeOf(finding) }, `no longer: ${finding.message}`);
    }
    this.#known = next;
  }

  #tell(finding: Finding): void {
    const { severity, reason, message, effect, remedy } = finding;
    const members = { reason, ...placeOf(finding), ...(effect === undefined ? {} : { effect }), remedy };
    switch (severity) {
      case 'error':
        this.#logger.error(members, message);
        return;
      case 'warning':
        this.#logger.warn(members, message);
        return;
      case 'info':
        this.#logger.info(members, message);
    }
  }
}

/** What makes a finding the same in the next revision: lines move without anything being new. */
export function identityOf({ severity, reason, message, origin }: Finding): string {
  const { apiVersion, kind, namespace, name, field, file } = origin;
  return JSON.stringify([severity, reason, message, apiVersion, kind, namespace, name, field, file]);
}

function placeOf({ origin }: Finding): Readonly<Record<string, string>> {
  const position = describePosition(origin);
  return {
    ...(origin.kind === '' ? {} : { object: describeObject(origin) }),
    ...(origin.field === '' ? {} : { field: origin.field }),
    ...(position === '' ? {} : { at: position }),
  };
}
