import type { Logger } from 'pino';
import type { WorkerEvent } from '../dataplanes/node/worker/worker-slot.ts';

/** Tells of workers that start and die in the gateway's log. */
export function logWorkerEvent(logger: Logger, event: WorkerEvent): void {
  if (event.type === 'started') logger.debug({ pid: event.pid }, `worker ${event.worker} started`);
  else {
    const how = event.signal === null ? `with code ${event.code}` : `by ${event.signal}`;
    logger.error(`worker ${event.worker} died ${how}; a new one starts in ${event.restartIn} ms`);
  }
}
