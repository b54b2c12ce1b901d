/** What is to be run when something has happened, as the files of settings say: for whoever runs it. */
import { mayRunOf, readSettingFiles } from './setting-files.js';
import { hooksIn, type SettingEnvironment } from './settings.js';

/**
 * A program and its arguments by the name of what has happened. Root is not made to run what the home of somebody
 * else says. @throws UsageError, StorageError
 */
export async function readHooks(
  env: SettingEnvironment,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const files = await readSettingFiles(env);
  const trusted = await Promise.all(files.map(mayRunOf));
  return hooksIn(files.filter((_, index) => trusted[index]));
}
