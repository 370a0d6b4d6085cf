/**
 * A port that takes no connection and refuses none, as a machine that has vanished from the network:
 * somebody listens there who is stopped, and the queue of connections that he has not accepted is full, so
 * the system drops whoever else comes.
 */
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import { Process, until } from './processes.ts';

const LISTENER = `
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('node:fs').writeSync(1, server.address().port + '\\n');
    process.kill(process.pid, 'SIGSTOP');
  });
`;
/** A connection that is not there after so long was dropped: the system asks again after a second. */
const DROPPED_MS = 500;

/** Resolves with the port's URL once connections to it are dropped. It ends with the test. */
export async function startFullQueue(): Promise<string> {
  const listener = new Process('listener', [process.execPath, '-e', LISTENER]);
  const { text } = await listener.stdout.waitFor('its port', (line) => /^\d+$/.test(line));
  await until('connections are dropped', async () => !(await takes(Number(text))));
  return `http://127.0.0.1:${text}`;
}

/** Whether one more connection is taken into the queue; it stays there. */
function takes(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => {
      socket.destroy();
    });
    const timer = setTimeout(() => resolve(false), DROPPED_MS);
    socket.on('error', () => undefined);
    socket.on('connect', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
