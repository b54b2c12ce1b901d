/** A listener's port of which a test sees what was posted, in order. */
import type { ListenerPort } from '../../../src/main/sharing/uploads.js';
import type { MainToListener } from '../../../src/workers/messages.js';
import { MessageLog } from '../../fixtures/message-log.js';

export class FakeListener implements ListenerPort {
  readonly posted = new MessageLog<MainToListener>();

  post(message: MainToListener): void {
    this.posted.add(message);
  }

  /** What was posted since the last look, in words: `drop 2 REVOKED`, `opened 1/0 fd 10`. */
  takeWords(): readonly string[] {
    return this.posted.take().map(wordsOf);
  }
}

function wordsOf(message: MainToListener): string {
  switch (message.type) {
    case 'opened':
      return `opened ${message.session}/${message.fileRef} fd ${message.fd}`;
    case 'refused':
    case 'withdraw':
      return `${message.type} ${message.session}/${message.fileRef} ${message.error.code}`;
    case 'drop':
      return `drop ${message.session} ${message.error.code}`;
    case 'have':
      return `have ${message.groupId}/${message.fileId} ${message.pieces.join(' ')}`;
    case 'trust':
    case 'close':
      return message.type;
  }
}
