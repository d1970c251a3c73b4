import type { RequestHead, ResponseHead } from '../../src/dataplanes/node/http/message.ts';

export function requestHead(parts: Partial<RequestHead>): RequestHead {
  return {
    method: 'GET',
    target: '/',
    authority: 'a.example',
    fields: [],
    contentLength: -1,
    expectContinue: false,
    upgrade: '',
    acceptsTrailers: false,
    ...parts,
  };
}

export function responseHead(parts: Partial<ResponseHead>): ResponseHead {
  return { status: 200, fields: [], contentLength: -1, upgrade: '', ...parts };
}
