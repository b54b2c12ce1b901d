/** A database with a group in it, and transactions of sessions of one's own there. */
import type { Test } from 'tap';
import {
  CommitFate,
  type CommitFateOptions,
} from '../../../../src/tracker/store/postgres/commit-fate.js';
import { Connection } from '../../../../src/tracker/store/postgres/connection.js';
import { migrate } from '../../../../src/tracker/store/postgres/migrations.js';
import { bindStatements } from '../../../../src/tracker/store/postgres/statements.js';
import {
  TransactionGroup,
  type TransactionGroupOptions,
} from '../../../../src/tracker/store/postgres/transaction-group.js';
import { workIn, type WorkSession } from '../../../../src/tracker/store/postgres/work-session.js';
import { INCARNATION } from '../../../fixtures/incarnations.js';
import type { PostgresServer } from '../../../fixtures/postgres-server.js';

interface GroupOptions extends Partial<TransactionGroupOptions & CommitFateOptions> {
  /** Hears of each session that is asked for. @default nobody */
  readonly onSession?: (session: WorkSession) => void;
}

export async function openTransactionScene(t: Test, server: PostgresServer) {
  const url = await server.createDatabase();
  const open = async (at = url) => {
    const connection = await Connection.open(at);
    t.teardown(() => connection.close());
    return connection;
  };
  const first = await open();
  await migrate(first);
  let writer = 0;
  const groupOver = (address: string, { pause, onSession, ...others }: GroupOptions = {}) => {
    let present: WorkSession | undefined;
    const session = async () => {
      if (present?.connection.isOpen !== true) present = await workIn(await open(address));
      onSession?.(present);
      return present;
    };
    const onUntoldChanges = () => undefined;
    const fate = new CommitFate({ session, onUntoldChanges, pause, writer: ++writer });
    return new TransactionGroup({ ...others, fate });
  };
  const facts = bindStatements(first);
  await facts.addUser('anna', 'hash', 1);
  await facts.addGroup({ groupId: 'g', creatorId: 'anna', incarnation: INCARNATION }, 1);
  return { url, open, groupOver, facts, beside: first };
}
