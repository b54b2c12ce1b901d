/**
 * What EngineApi says, read from its source: each method with its comment and what it answers, and every type that
 * those name, as it is written. docs/control.md is made of it, and what a protocol has is held against it.
 */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));

/** Documented on a page of its own. */
const ELSEWHERE = new Map([['ErrorCode', 'string; // a code of errors.md']]);

/**
 * @returns {{ methods: Map<string, { comment: string, answer: string }>, types: Map<string, string>, surface: string[] }}
 * `surface`: every method and every key, one a line
 */
export function apiTypes() {
  const entry = path('src/main/api/engine-api.ts');
  const events = path('src/main/api/client-events.ts');
  const { config } = ts.readConfigFile(path('tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, path('.'));
  const program = ts.createProgram([entry, events], { ...options, noEmit: true });
  const reader = new TypeReader(program.getTypeChecker());
  const api = declarationIn(program.getSourceFile(entry), 'EngineApi');
  const methods = new Map();
  for (const member of api.members) {
    const name = member.name.getText();
    const answer = name === 'events' ? undefined : promised(member.type);
    if (answer !== undefined) reader.meet(answer);
    for (const { type } of name === 'events' ? [] : member.parameters.slice(1)) reader.meet(type);
    methods.set(name, { comment: commentOf(member), answer: answer && textOf(answer) });
  }
  reader.add(declarationIn(program.getSourceFile(events), 'ClientEvent'));
  reader.readAll();
  const answers = [...methods].filter(([, { answer }]) => answer !== undefined);
  const surface = answers.map(([name, { answer }]) => `${name}: ${flat(answer)}`);
  return { methods, types: reader.texts, surface: [...surface, ...reader.surface].sort() };
}

/** Reads declarations, and those of what they name. */
class TypeReader {
  texts = new Map();
  surface = [];
  #checker;
  #waiting = [];
  #met = new Set();

  constructor(checker) {
    this.#checker = checker;
  }

  /** Adds all that a node names. */
  meet(node) {
    if (ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node)) {
      const symbol = this.#symbolOf(node.typeName ?? node.expression);
      const declaration = symbol?.declarations?.find(isOurs);
      if (declaration !== undefined) this.add(declaration);
    }
    node.forEachChild((child) => this.meet(child));
  }

  add(declaration) {
    const name = declaration.name.text;
    if (this.#met.has(name)) return;
    this.#met.add(name);
    this.#waiting.push(declaration);
  }

  readAll() {
    for (let next; (next = this.#waiting.shift()) !== undefined;) this.#read(next);
    this.texts = new Map([...this.texts].sort(([one], [other]) => (one < other ? -1 : 1)));
  }

  #read(declaration) {
    const name = declaration.name.text;
    const elsewhere = ELSEWHERE.get(name);
    if (elsewhere !== undefined) return void this.texts.set(name, `type ${name} = ${elsewhere}`);
    if (isComputed(declaration)) {
      const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.InTypeAlias;
      const type = this.#checker.getTypeAtLocation(declaration.name);
      const text = this.#checker.typeToString(type, undefined, flags).replaceAll('"', "'");
      this.texts.set(name, `type ${name} = ${text};`);
      this.surface.push(...text.split(' | ').map((word) => `${name} | ${word}`));
      return;
    }
    this.texts.set(name, withComment(declaration));
    this.surface.push(...surfaceOf(name, declaration));
    this.meet(declaration);
  }

  #symbolOf(name) {
    const symbol = this.#checker.getSymbolAtLocation(name);
    const isAlias = symbol !== undefined && (symbol.flags & ts.SymbolFlags.Alias) !== 0;
    return isAlias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }
}

function declarationIn(file, name) {
  return file.statements.find((statement) => statement.name?.text === name);
}

/** A type of this project: those of the language have no declaration here. */
function isOurs(declaration) {
  const isType = ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration);
  return isType && declaration.getSourceFile().fileName.includes('/src/');
}

/** It is made of values: `(typeof WORDS)[number]`. */
function isComputed(declaration) {
  const { type } = declaration;
  return type !== undefined && /^\(?(keyof )?typeof /.test(type.getText());
}

/** Without the promise around it; nothing is null. */
function promised(type) {
  const [inner] = type.typeArguments;
  return inner.kind === ts.SyntaxKind.VoidKeyword ? ts.factory.createNull() : inner;
}

function textOf(node) {
  if (node.pos === -1) return 'null';
  return plain(node.getText());
}

/** As JSON has it: nothing there is written to. */
function plain(text) {
  return text.replace(/\bexport /g, '').replace(/\breadonly /g, '');
}

function withComment(declaration) {
  const source = declaration.getSourceFile().text;
  const [comment] = ts.getLeadingCommentRanges(source, declaration.pos)?.slice(-1) ?? [];
  const words = comment && source.slice(comment.pos, comment.end);
  const isItsOwn = words?.startsWith('/**') && !source.startsWith(words);
  const text = plain(declaration.getText());
  return isItsOwn ? `${words}\n${text}` : text;
}

/** The words of the comment above a method. */
function commentOf(member) {
  const [comment] = ts.getJSDocCommentsAndTags(member).slice(-1);
  return ts.getTextOfJSDocComment(comment?.comment) ?? '';
}

/** Every key of a declaration, one a line; of a union with the words that tell its members apart. */
function surfaceOf(name, declaration) {
  if (ts.isInterfaceDeclaration(declaration)) {
    const bases = (declaration.heritageClauses ?? []).flatMap(({ types }) => types.map(textOf));
    return [...bases.map((base) => `${name} = ${base}`), ...keysOf(name, declaration.members)];
  }
  return branchesOf(declaration.type).flatMap((branch) => {
    if (!ts.isTypeLiteralNode(branch)) return [`${name} | ${flat(textOf(branch))}`];
    const told = branch.members.filter(({ type }) => type && ts.isLiteralTypeNode(type));
    const words = told.map((member) => flat(textOf(member)).replace(/;$/, ''));
    return keysOf(`${name}(${words.join(', ')})`, branch.members);
  });
}

function branchesOf(type) {
  if (ts.isParenthesizedTypeNode(type)) return branchesOf(type.type);
  return ts.isUnionTypeNode(type) ? type.types.flatMap(branchesOf) : [type];
}

function keysOf(name, members) {
  return members.flatMap((member) => {
    const key = `${name}.${member.name.getText()}${member.questionToken ? '?' : ''}`;
    const branches = branchesOf(member.type);
    const isWords = branches.every((one) => ts.isLiteralTypeNode(one));
    if (!isWords) return [`${key}: ${flat(textOf(member.type))}`];
    return branches.map((one) => `${key} | ${textOf(one)}`);
  });
}

/** On one line, without comments. */
function flat(text) {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/[;,] }/g, ' }')
    .trim();
}
