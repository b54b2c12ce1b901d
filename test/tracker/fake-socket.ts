/**
 * A WebSocket that leads nowhere: records what a session sends, pings and closes, and lets a
 * test play the other side with `emit`.
 */
import { EventEmitter } from 'node:events';
import type { WebSocket } from 'ws';

/** A notification as the client would hear it. */
export type Push = readonly [name: string, params: unknown];

export class FakeSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  /** The code it was closed with, `terminated`, or undefined while it is open. */
  closedWith: number | 'terminated' | undefined;
  pingCount = 0;
  lastPing: Buffer | undefined;
  isPaused = false;
  readonly texts: string[] = [];

  send(text: string): void {
    this.texts.push(text);
  }

  close(code: number): void {
    this.closedWith ??= code;
    this.readyState = 2;
  }

  terminate(): void {
    this.closedWith ??= 'terminated';
    this.readyState = 3;
    this.emit('close');
  }

  ping(payload?: Buffer): void {
    this.lastPing = payload;
    this.pingCount++;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  /** What was pushed since the last call. */
  takePushes(): Push[] {
    return this.texts.splice(0).map((text) => {
      const { method, params } = JSON.parse(text) as { method: string; params: unknown };
      return [method, params];
    });
  }

  /** As sessions take it. */
  asWebSocket(): WebSocket {
    return this as unknown as WebSocket;
  }
}
