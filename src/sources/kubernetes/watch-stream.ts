import type { IncomingMessage } from 'node:http';
import { messageOf } from '../../model/thrown.ts';
import { ApiError, ConnectionError, toApiError } from './api-error.ts';
import type { ApiClient } from './client.ts';
import type { RawObject } from './raw-object.ts';

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: RawObject;
}

export interface WatchOptions {
  readonly path: string;
  readonly accept: string;
  readonly labelSelector?: string;
  readonly resourceVersion: string;
  readonly signal: AbortSignal;
  /** Milliseconds without a byte after which the stream is taken for dead. */
  readonly silence?: number;
}

/** Seconds; the server ends a watch after that, which is normal. Spread, so that watches do not return together. */
const serverTimeout = { least: 240, most: 480 };
/** The API server sends a bookmark about every minute: two missed ones mean that nobody is there. */
const longestSilence = 150_000;
/** Bytes of one event. etcd holds objects up to 1.5 MiB; JSON escapes make them larger. */
const longestLine = 16 * 1024 * 1024;

/**
 * Opens a watch; the events follow. Fails with `ApiError`, also for an ERROR event within the stream (410 where the
 * resource version is too old), and with `ConnectionError` where the stream breaks off or falls silent.
 */
export async function watch(client: ApiClient, options: WatchOptions): Promise<AsyncIterable<WatchEvent>> {
  const { least, most } = serverTimeout;
  const response = await client.open({
    method: 'GET',
    path: options.path,
    query: {
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: options.resourceVersion,
      timeoutSeconds: String(Math.round(least + Math.random() * (most - least))),
      ...(options.labelSelector === undefined ? {} : { labelSelector: options.labelSelector }),
    },
    accept: options.accept,
    signal: options.signal,
  });
  return readEvents(response, options.silence ?? longestSilence);
}

async function* readEvents(response: IncomingMessage, silence: number): AsyncGenerator<WatchEvent> {
  const fallSilent = (): void => {
    response.destroy(new Error(`the watch was silent for ${silence / 1_000} s`));
  };
  let timer = setTimeout(fallSilent, silence);
  const pending: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      clearTimeout(timer);
      let start = 0;
      for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
        pending.push(chunk.subarray(start, end));
        const line = Buffer.concat(pending).toString('utf8');
        pending.length = 0;
        size = 0;
        start = end + 1;
        if (line !== '') yield readEvent(line);
      }
      if (start < chunk.length) {
        pending.push(chunk.subarray(start));
        size += chunk.length - start;
        if (size > longestLine) throw new Error(`an event is larger than ${longestLine} bytes`);
      }
      // Only now, so that the time that the reader takes does not count.
      timer = setTimeout(fallSilent, silence);
    }
  } catch (cause) {
    if (cause instanceof ApiError || cause instanceof ConnectionError) throw cause;
    throw new ConnectionError(messageOf(cause), { cause });
  } finally {
    clearTimeout(timer);
    response.destroy();
  }
}

const eventTypes: ReadonlySet<unknown> = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']);

function readEvent(line: string): WatchEvent {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new ConnectionError('the API server sent an event that is not JSON');
  }
  const { type, object } = value as { readonly type?: unknown; readonly object?: RawObject };
  if (type === 'ERROR') throw toApiError(object, 500, 'the API server ended the watch with an error');
  if (!eventTypes.has(type) || typeof object !== 'object' || object === null || !('metadata' in object)) {
    throw new ConnectionError('the API server sent an event that is none');
  }
  return { type: type as WatchEvent['type'], object };
}
