import type { Logger } from 'pino';
import { describeChanges } from './changes.ts';
import { FindingLog } from './finding-log.ts';
import type { GatewayState } from './state.ts';

/** Tells in the log what changes: revisions, findings that come and go, readiness. */
export class Journal {
  readonly #logger: Logger;
  readonly #findings: FindingLog;

  constructor(logger: Logger) {
    this.#logger = logger;
    this.#findings = new FindingLog(logger);
  }

  tell(state: GatewayState, previous: GatewayState): void {
    if (state.findings !== previous.findings) this.#findings.update(state.findings);
    const { revision, model, open, readiness } = state;
    const changes = revision === previous.revision ? '' : describeChanges(previous.model, model);
    if (changes !== '') {
      this.#logger.info({ revision }, `revision ${revision} is in force: ${changes}`);
    }
    if (readiness.ready && !previous.readiness.ready) {
      const isAsked = Object.keys(model.listeners).length > 0;
      const what = isAsked ? 'no listener is open yet' : 'there is no listener to open';
      this.#logger.info({ open }, `ready: ${open.length === 0 ? what : open.join(', ')}`);
    } else if (!readiness.ready && previous.readiness.ready) {
      this.#logger.warn(`not ready: ${readiness.cause}`);
    }
  }
}
