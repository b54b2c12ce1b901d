/**
 * The licences of what is bundled, in one text: most of them ask that theirs goes along with the code.
 * Which packages are in a bundle is what esbuild says of it (`metafile`), so none is forgotten.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const TEXTS = /^(licen[cs]e|notice|copying)([.-].*)?$/i;
/** The folder of a package within the path of one of its files, which a plugin may have put something before. */
const PACKAGE = /^.*?(node_modules[/](?:.*node_modules[/])?(?:@[^/]+[/])?[^/]+)[/]/;

/** The text for all packages of some bundles; `root` is what their paths are relative to. */
export function thirdPartyLicenses(metafiles, root) {
  const inputs = metafiles.flatMap(({ inputs }) => Object.keys(inputs));
  const folders = new Set(inputs.map((input) => PACKAGE.exec(input)?.[1]).filter(Boolean));
  const parts = [...folders].sort().map((folder) => licenseOf(path.join(root, folder)));
  return `This program has in it the packages below, each under its own licence.\n\n${parts.join('\n')}`;
}

function licenseOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json')));
  const files = readdirSync(folder).filter((file) => TEXTS.test(file) && !file.endsWith('.js'));
  if (files.length === 0 && license === undefined) throw new Error(`${name} has no licence`);
  const texts = files.map((file) => readFileSync(path.join(folder, file), 'utf8').trim());
  return [`== ${name} ${version} (${license ?? 'see below'})`, '', ...texts, ''].join('\n');
}
