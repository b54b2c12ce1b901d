/**
 * Every file that a client's home or a tracker's folder keeps, broken by chance and opened as the
 * product opens it: what a damaged disk or a careless editor leaves is read, or refused by an error
 * of ours that names the file, within a tenth of a second. The short form stands for 100,000 inputs
 * each (10⁷ without `--short`), of which fewer are made where one takes long: a plain file is written
 * and read back (every tenth), a key costs public-key arithmetic (likewise), a database is opened,
 * changed and closed (every twenty-fifth). `--target NAME` runs one of them,
 * `--minutes N` ends each after so long.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCampaign, valueOf } from '../fixtures/campaign.js';
import { fuzz } from '../fixtures/fuzzing.js';
import { storedFiles } from '../fixtures/stored-files.js';

await runCampaign('stored-file-fuzz', async (campaign) => {
  // In memory where there is such a folder: reading is looked at, not the disk.
  const isInMemory = existsSync('/dev/shm');
  const folder = isInMemory ? mkdtempSync(join('/dev/shm', 'p2p-')) : campaign.folder;
  const only = valueOf('--target');
  for (const { name, path, sample, cost, mutate, read } of await storedFiles(folder)) {
    const run = (random: () => number): unknown => {
      // A new file: what a refused one leaves open in this process must not be in the way.
      rmSync(path, { force: true });
      writeFileSync(path, mutate(random, sample), { mode: 0o600 });
      return read();
    };
    if (only === undefined || only === name) await fuzz(campaign, { name, cost, run });
    writeFileSync(path, sample);
  }
  if (isInMemory) rmSync(folder, { recursive: true, force: true });
});
