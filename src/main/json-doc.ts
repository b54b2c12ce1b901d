/** The text of docs/json.md: `npm run docs:json` writes it, a test holds it. Pure. */
import type { ClientEvent } from './api/client-events.js';
import { answerPage } from './answers/answer-page.js';
import { eventPart } from './answers/event-page.js';
import { answers } from './answers/answers.js';
import { chapters } from './cli/help-text.js';
import { ANSWER_VERSION, answerText } from './terminal/answer-json.js';
import { eventText } from './terminal/event-json.js';

const EXAMPLE: ClientEvent = {
  type: 'progress',
  work: 'download',
  groupId: 'film-club',
  fileName: 'film.mkv',
  state: 'downloading',
  size: 700_000_000,
  done: 350_000_000,
  bytesPerSecond: 81_000_000,
};

const HEAD = `# JSON

<!-- Made by \`npm run docs:json\` of src/main/answers; do not edit. -->

Every command takes \`--json\` (\`-j\`). It then prints one object on one line of standard output, whatever it was
asked for and whatever becomes of it:

- \`version\` is ${ANSWER_VERSION}, the version of all shapes on this page. It rises when a key is taken away or means
  something else; one more key does not raise it, so ignore what you do not know.
- \`error\` is there when the command failed, beside what it had as its result by then. The exit status is in it, the
  sentence for people is on standard error too.
- A list has a name and is there when it is empty. A key of which nothing is known, or that says nothing, is absent.
- Numbers are whole. Sizes are bytes; \`…Ms\` are milliseconds, \`…AtMs\` milliseconds since 1970, \`…Us\` microseconds,
  \`…BytesPerSecond\` bytes a second.
- A user is a \`userId\`, a group a \`groupId\`, a file in a group a \`fileName\`; a user in a part is called by the part:
  \`owner\`, \`sharer\`, \`creator\`.
- Names are exactly as they are; what could steer a terminal is written as an escape, which every reader of JSON undoes.

Mistakes in the words are errors of that form too, wherever \`--json\` stands before \`--\`. Commands that stay
(\`serve\`, \`share\`) print their object once they are ready, and on a failure later another one on a line of its own.

\`\`\`json
{"version":${ANSWER_VERSION},"error":{"code":"NO_SUCH_GROUP","message":"no group \\"film-clb\\"; did you mean film-club?","status":4}}
\`\`\`

ERROR_TABLE

\`p2p --version --json\` prints \`{"version":${ANSWER_VERSION},"programVersion":"…"}\`, and help \`{"version":${ANSWER_VERSION},"help":"…"}\`.`;

export function jsonDoc(): string {
  const events = eventPart(eventText(EXAMPLE, 1_795_777_200_000));
  return answerPage({ head: HEAD, events, chapters, answers, lineOf: answerText });
}
