/** What clients of the benchmark send: bytes made beforehand, one list for each connection, sent in turn. */

/** `mixed` is for guests/mixed.js, `upload` and `download` for guests/bulk.js, the others for the bank. */
export type RequestKind = 'deposit' | 'balance' | 'mixed' | 'upload' | 'download';

/** Of an upload's request and a download's response: 1 MiB. */
export const BULK_BYTES = 1024 * 1024;

export interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Uint8Array;
}

export function requestsOf(kind: RequestKind, connection: number): readonly Request[] {
  const account = `/accounts/client-${connection}`;
  const deposit = { method: 'POST', path: `${account}/deposit`, body: Buffer.from('{"amount":1}') } as const;
  switch (kind) {
    case 'deposit':
      return [deposit];
    case 'balance':
      return [{ method: 'GET', path: account }];
    case 'mixed':
      return mixedRequests(connection);
    case 'upload':
      return [{ method: 'POST', path: '/upload', body: Buffer.alloc(BULK_BYTES, 'upload') }];
    case 'download':
      return [{ method: 'GET', path: `/download/${BULK_BYTES}` }];
  }
}

/**
 * Of ten: six orders, two pages, one document that is sent in, one report that computes.
 * Connections begin at different ones.
 */
function mixedRequests(connection: number): readonly Request[] {
  const order = (item: number): Request => ({
    method: 'POST',
    path: `/orders/shop-${connection % 16}`,
    body: Buffer.from(JSON.stringify({ item: `item-${item}`, count: item + 1, note: 'as always' })),
  });
  const page: Request = { method: 'GET', path: `/page/shop-${connection % 16}` };
  const document: Request = { method: 'POST', path: '/documents', body: Buffer.from(DOCUMENT) };
  const report: Request = { method: 'GET', path: '/report' };
  const all = [order(0), order(1), page, order(2), document, order(3), order(4), page, order(5), report];
  const first = connection % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}

const DOCUMENT = JSON.stringify({
  title: 'An inventory',
  lines: Array.from({ length: 120 }, (_, i) => ({
    id: i,
    name: `thing ${i}`,
    price: i * 1.25,
    tags: ['a', 'b'],
  })),
});

/** As it travels over HTTP/1.1. */
export function encodeHttp({ method, path, body }: Request, host: string): Buffer {
  const head = [`${method} ${path} HTTP/1.1`, `host: ${host}`];
  if (body !== undefined) head.push('content-type: application/json', `content-length: ${body.length}`);
  return Buffer.concat([Buffer.from([...head, '', ''].join('\r\n')), body ?? new Uint8Array(0)]);
}
