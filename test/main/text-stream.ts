/** A stream that keeps what is written to it, as a terminal or as a pipe. */
import { Writable } from 'node:stream';

export class TextStream extends Writable {
  readonly isTTY: boolean;
  columns = 80;
  text = '';
  /** Hears of each text that is written. */
  onText: (text: string) => void = () => undefined;

  constructor(isTTY = false) {
    super();
    this.isTTY = isTTY;
  }

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    this.text += bytes.toString();
    this.onText(bytes.toString());
    done();
  }
}
