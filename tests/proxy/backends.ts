import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import type { Route } from '../../src/model/route.ts';
import { listen } from './gateway.ts';
import { backend, destination, endpoints, forward, modelOfRoutes, route } from './model.ts';

/** The backend that most tests have one of. */
export const orders = 'shop/orders:80';

/** A model whose only route forwards to one backend at these ports. */
export function toPorts(ports: readonly number[], parts: { routes?: readonly Route[] } = {}) {
  return modelOfRoutes(parts.routes ?? [route('r', forward([destination(orders)]))], {
    backends: [backend(orders)],
    endpoints: [
      endpoints(
        orders,
        ports.map((port) => ['127.0.0.1', port] as const),
      ),
    ],
  });
}

/** Listens with a handler of node:http. */
export const httpBackend = (t: TestContext, handle: RequestListener): Promise<number> =>
  listen(t, createHttpServer(handle));

/** A backend that answers with what it got. */
export const echo: RequestListener = (incoming, response) => {
  void text(incoming).then((body) => {
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        method: incoming.method,
        url: incoming.url,
        headers: incoming.headers,
        body,
        trailers: incoming.trailers,
      }),
    );
  });
};
