import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { podJson } from './objects.ts';

/**
 * The least a server can do, as a child process: TLS, HTTP/2, one stored object as the answer to
 * everything. What Node.js itself allows for on the machine that the bench runs on.
 * Environment: BENCH_CERT, BENCH_KEY (PEM). Tells its parent its port.
 */
const body = Buffer.from(podJson('web-7d9c6b8f5-00000'));
const server = http2.createSecureServer({ cert: process.env['BENCH_CERT'], key: process.env['BENCH_KEY'] });
server.on('stream', (stream) => {
  stream.respond({ ':status': 200, 'content-type': 'application/json', 'content-length': body.length });
  stream.end(body);
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit());
