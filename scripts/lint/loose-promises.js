/**
 * Two ESLint rules that keep a rejection from ending the process. `no-loose-promise`: work that nobody awaits runs inside a wrapper that names who
 * takes its failure. `void promise` silences the language's own rule and leaves the rejection to the
 * process, which it ends; where the work depends on bytes from outside, anybody could. `no-unheard-promise`: a promise
 * that waits in a variable while something else is awaited may be rejected meanwhile, and nobody hears it.
 */
import path from 'node:path';

/** The functions that may let a promise go, by file: each catches everything that it rejects with. */
const wrappers = {
  'src/net/detach.ts': ['detach'],
  'src/net/deferred.ts': ['leaveToWaiters'],
};

function isPromise(context, node) {
  const services = context.sourceCode.parserServices;
  const checker = services.program.getTypeChecker();
  const type = checker.getTypeAtLocation(services.esTreeNodeToTSNodeMap.get(node));
  const parts = type.isUnion() ? type.types : [type];
  return parts.some((part) => part.getProperty('then') !== undefined);
}

const isFunction = ({ type }) =>
  /^(ArrowFunctionExpression|Function(Expression|Declaration))$/.test(type);

/** Calls `visit` with each node of a statement that is no part of a function in it. */
function walk(context, node, visit) {
  visit(node);
  for (const key of context.sourceCode.visitorKeys[node.type] ?? []) {
    for (const child of [node[key]].flat()) {
      if (child && !isFunction(child)) walk(context, child, visit);
    }
  }
}

/** True when nobody speaks of the name before something is awaited, or at all. */
function isUnheard(context, name, following) {
  for (const statement of following) {
    const seen = new Set();
    walk(context, statement, (node) => {
      if (node.type === 'Identifier' && node.name === name) seen.add('name');
      if (node.type === 'AwaitExpression' || node.await === true) seen.add('await');
    });
    if (seen.has('name')) return false;
    if (seen.has('await')) return true;
  }
  return false;
}

/** A promise that is settled when it is made. */
function isSettled({ type, callee }) {
  return type === 'CallExpression' && /^Promise\.resolve$/.test(nameOf(callee));
}

function nameOf(callee) {
  return callee.type === 'MemberExpression' ? `${callee.object.name}.${callee.property.name}` : '';
}

function isInWrapper(names, node) {
  for (let at = node; at; at = at.parent) {
    if (at.type === 'FunctionDeclaration' && names.includes(at.id?.name)) return true;
  }
  return false;
}

export const noLoosePromise = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const file = path.relative(context.cwd, context.filename).split(path.sep).join('/');
    const allowed = Object.hasOwn(wrappers, file) ? wrappers[file] : [];
    return {
      'UnaryExpression[operator="void"]'(node) {
        if (isInWrapper(allowed, node) || !isPromise(context, node.argument)) return;
        const message =
          'a rejection here ends the process; say who takes it: detach of net/detach.ts, ' +
          'BackgroundWork, or leaveToWaiters of net/deferred.ts';
        context.report({ node, message });
      },
    };
  },
};

export const noUnheardPromise = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    return {
      VariableDeclaration(node) {
        const list = node.parent.body;
        if (!Array.isArray(list)) return;
        const following = list.slice(list.indexOf(node) + 1);
        for (const { id, init } of node.declarations) {
          if (init?.type !== 'CallExpression' || id.type !== 'Identifier') continue;
          if (isSettled(init) || !isPromise(context, init)) continue;
          if (!isUnheard(context, id.name, following)) continue;
          const message = `if "${id.name}" is rejected before the next await is over nobody hears it; await it, or say leaveToWaiters of net/deferred.ts`;
          context.report({ node, message });
        }
      },
    };
  },
};
