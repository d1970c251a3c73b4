import { describeBackends } from '../../diagnosis/backend-state.ts';
import type { Observation } from '../../model/observation.ts';
import { messageOf } from '../../model/thrown.ts';
import type { GatewayState } from '../state.ts';

/** What the admin server shows. */
export interface AdminSource {
  readonly state: () => GatewayState;
  /** In the text format of Prometheus, version 0.0.4. */
  readonly metrics: () => Promise<string>;
  /** What was last seen of each endpoint. */
  readonly observations: () => Promise<readonly Observation[]>;
}

export interface Page {
  readonly status: number;
  readonly type: 'application/json' | 'text/plain; version=0.0.4; charset=utf-8';
  readonly body: string;
}

type Render = (source: AdminSource) => Page | Promise<Page>;

/** One line a page. None can show a key: the model and the state hold none. */
const pages: Readonly<Record<string, Render>> = {
  '/healthz': () => json(200, { healthy: true }),
  '/readyz': ({ state }) => {
    const { readiness, revision } = state();
    return json(readiness.ready ? 200 : 503, { ...readiness, revision });
  },
  '/metrics': async ({ metrics }) => ({
    status: 200,
    type: 'text/plain; version=0.0.4; charset=utf-8',
    body: await metrics(),
  }),
  '/api/status': ({ state }) => {
    const { revision, readiness, open, status, findings } = state();
    return json(200, { revision, ...readiness, open, status, findings });
  },
  '/api/backends': async ({ state, observations }) => {
    const { revision, model } = state();
    return json(200, { revision, backends: describeBackends(model, await observations(), Date.now()) });
  },
  '/api/model': ({ state }) => {
    const { revision, model } = state();
    return json(200, { revision, model });
  },
};

/** The page of a path, or one that tells which pages there are. */
export async function renderPage(path: string, source: AdminSource): Promise<Page> {
  const render = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (render === undefined) return refusal(404, `there is no ${path.slice(0, 200)}`, { pages: Object.keys(pages) });
  try {
    return await render(source);
  } catch (cause) {
    const detail = messageOf(cause);
    return refusal(500, `${path} could not be rendered: ${detail}`);
  }
}

export function refusal(status: number, cause: string, more: Readonly<Record<string, unknown>> = {}): Page {
  return json(status, { error: cause, ...more });
}

function json(status: number, value: unknown): Page {
  return { status, type: 'application/json', body: `${JSON.stringify(value)}\n` };
}
