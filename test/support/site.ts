/**
 * A web site that is nobody's of Tandem: an empty page of an origin of its own, and the client
 * library's modules, as they are built.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { root } from './processes.ts';

/** Its origin. The library is at `/client/client.js`, for pages of every origin. */
export async function startSite(): Promise<string> {
  const server = createServer((request, response) => {
    const [, module] = /^\/client\/([a-z-]+\.js)$/.exec(request.url ?? '') ?? [];
    const [type, text] =
      module === undefined
        ? ['text/html', '<!doctype html><title>writers</title>']
        : ['text/javascript', readFileSync(join(root, 'dist/client', module), 'utf8')];
    response.setHeader('content-type', type);
    // The page that the program serves loads its modules from here.
    response.setHeader('access-control-allow-origin', '*');
    response.end(text);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
