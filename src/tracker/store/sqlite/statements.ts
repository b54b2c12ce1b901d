/** All statements of the store, bound to one connection. */
import type { Kysely } from 'kysely';
import type { EmbeddedDatabase } from '../../../net/embedded-database.js';
import { commonStatements } from '../statements/common-statements.js';
import type { Tables } from '../statements/tables.js';
import type { StoreTransaction } from '../store.js';
import { askedOftenStatements } from './asked-often.js';
import { descriptionStatements } from './descriptions.js';
import { searchStatements } from './file-search.js';
import { historyStatements } from './history.js';
import { newNameStatements } from './new-names.js';
import { sharingStatements } from './sharing.js';
import { sqliteWording } from './wording.js';

export function bindStatements(tx: Kysely<Tables>, database: EmbeddedDatabase): StoreTransaction {
  return {
    ...commonStatements(tx, sqliteWording),
    ...historyStatements(database),
    ...descriptionStatements(tx),
    ...searchStatements(database),
    ...newNameStatements(database),
    ...sharingStatements(database),
    ...askedOftenStatements(database),
    // Nobody else works with the file.
    publish: () => Promise.resolve(),
  };
}
