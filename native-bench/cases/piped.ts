/** What a pipe at either end costs, against a file at either end. */
import { join } from 'node:path';
import type { PeerTransport } from '../../src/net/tracker-api.js';
import type { BenchCase } from '../contestant.js';
import { piped, pipedName } from '../contestants/piped.js';
import { makeFile } from '../files.js';

const PIPED_BYTES = 2 * 2 ** 30;
const REFERENCE = { transport: 'tls', ends: 'files' } as const;

export function throughPipes(transports: readonly PeerTransport[]): BenchCase {
  return {
    name: 'pipes',
    title: `${PIPED_BYTES / 2 ** 30} GiB through \`upload -\` and \`download -o -\`, and from file to file`,
    reference: pipedName({ ...REFERENCE, transport: transports.at(-1)! }),
    contestants: async (folder) => {
      const source = await makeFile(join(folder, 'source'), PIPED_BYTES);
      return transports.flatMap((transport) =>
        (['files', 'pipes'] as const).map((ends) => piped(source, { transport, ends })),
      );
    },
  };
}
