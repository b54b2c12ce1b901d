/**
 * Writes the declarations of what programs import to dist/types, and of what those name: the files that can be
 * reached from the two entries, laid out as the source is.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

const SOURCE = path('src');
const TARGET = path('dist/types');
const ENTRIES = ['src/main/programs/index.ts', 'src/main/programs/client.ts'].map(path);

const { config } = ts.readConfigFile(path('tsconfig.json'), ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, path('.'));
const program = ts.createProgram(ENTRIES, {
  ...options,
  ...{ declaration: true, emitDeclarationOnly: true, incremental: false, sourceMap: false },
  tsBuildInfoFile: undefined,
});

rmSync(TARGET, { recursive: true, force: true });
const waiting = [...ENTRIES];
const met = new Set(waiting);
for (let file; (file = waiting.shift()) !== undefined;) {
  const text = declarationsOf(file);
  const target = join(TARGET, relative(SOURCE, file).replace(/\.ts$/, '.d.ts'));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
  for (const { fileName } of ts.preProcessFile(text).importedFiles) {
    if (fileName.startsWith('node:')) continue;
    // A type of a package would have to be installed with ours.
    if (!fileName.startsWith('.')) throw new Error(`${file} names ${fileName}`);
    const next = resolve(dirname(file), fileName.replace(/\.js$/, '.ts'));
    if (met.has(next)) continue;
    met.add(next);
    waiting.push(next);
  }
}
// As the code is; a module that is imported has its names all the same.
writeFileSync(join(TARGET, 'package.json'), '{ "type": "commonjs" }\n');

function declarationsOf(file) {
  let text;
  const onWritten = (_name, written) => (text = written);
  const { diagnostics } = program.emit(program.getSourceFile(file), onWritten, undefined, true);
  if (diagnostics.length > 0 || text === undefined) {
    throw new Error(`no declarations of ${file}: ${ts.formatDiagnostics(diagnostics, formatHost)}`);
  }
  return text;
}

const formatHost = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: () => path('.'),
  getNewLine: () => '\n',
};
