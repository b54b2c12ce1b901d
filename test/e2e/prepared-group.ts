/**
 * A group whose members are logged in at their homes, for tests of what comes afterwards: made by the library
 * in this process, where the program would start for every step. `e2e/one-shot` and others do the same by commands.
 */
import { createRequire } from 'node:module';
import type * as library from '../../src/main/programs/index.js';
import { inPackage } from '../../src/net/package-root.js';

const { open } = createRequire(import.meta.url)(
  inPackage('dist/bundle/main/parts/library.js'),
) as typeof library;

export interface PreparedGroup {
  /** Of the tracker, on 127.0.0.1. */
  readonly port: number;
  readonly password: string;
  readonly groupId: string;
  /** The home of each user; the first of them owns the group. */
  readonly homes: Readonly<Record<string, string>>;
}

/** Makes the accounts, logs each in at its home, and has the owner accept the others. */
export async function prepareGroup({
  port,
  password,
  groupId,
  homes,
}: PreparedGroup): Promise<void> {
  const tracker = { host: '127.0.0.1', port };
  const clients: library.OpenedClient[] = [];
  try {
    for (const [userId, home] of Object.entries(homes)) {
      const client = await open({ home, tracker, isStaying: false });
      clients.push(client);
      await client.createUser({ userId, password });
      await client.login({ userId, password });
      const owner = clients[0]!;
      if (client === owner) {
        await owner.createGroup(groupId);
      } else {
        await client.joinGroup(groupId);
        await owner.acceptRequest(groupId, userId);
      }
    }
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}
