/** Waits for a server that somebody else has started. */
import { once } from 'node:events';
import { connect } from 'node:net';

const START_TIMEOUT_MS = 10_000;

/** Resolves when something listens on a port of the loopback; rejects when nothing ever does. */
export async function untilListening(port: number): Promise<void> {
  const lastMs = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch (error) {
      if (performance.now() > lastMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      socket.destroy();
    }
  }
}
