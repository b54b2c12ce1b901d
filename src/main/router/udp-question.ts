/**
 * One question to a router over UDP: sent again until an answer comes that counts, from the address that was
 * asked or is among those of its network. Owns its socket; nothing of it is left when it resolves.
 */
import { createSocket } from 'node:dgram';
import { isIPv4 } from '../../net/ip-address.js';
import { ROUTER_ANSWER_MS, ROUTER_ATTEMPTS } from '../../net/limits.js';

export interface UdpQuestion<Answer> {
  /** The address of this machine by which it is asked. */
  readonly from: string;
  readonly to: readonly { readonly host: string; readonly port: number }[];
  readonly bytes: Uint8Array;
  /** Undefined for what is no answer. */
  readonly read: (bytes: Buffer, host: string) => Answer | undefined;
  readonly signal: AbortSignal;
}

/** The first answer that counts; undefined when there is none, whatever the reason. */
export function askByUdp<Answer>(question: UdpQuestion<Answer>): Promise<Answer | undefined> {
  const { from, to, bytes, read, signal } = question;
  return new Promise((resolve) => {
    const socket = createSocket(isIPv4(from) ? 'udp4' : 'udp6');
    let timer: NodeJS.Timeout | undefined;
    let isOver = false;
    const end = (answer: Answer | undefined): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      socket.close(() => resolve(answer));
    };
    const giveUp = (): void => end(undefined);
    const send = (attempt: number): void => {
      if (isOver) return;
      if (attempt >= ROUTER_ATTEMPTS) return end(undefined);
      // What cannot be sent is not answered either.
      for (const { host, port } of to) socket.send(bytes, port, host, () => undefined);
      timer = setTimeout(() => send(attempt + 1), ROUTER_ANSWER_MS * 2 ** attempt);
      timer.unref();
    };
    socket.on('error', giveUp);
    socket.on('message', (message, source) => {
      const answer = read(message, source.address);
      if (answer !== undefined) end(answer);
    });
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) return giveUp();
    socket.bind({ port: 0, address: from, exclusive: true }, () => send(0));
    socket.unref();
  });
}
