/**
 * The ESLint rule `no-loose-promise`: work that nobody awaits runs inside a wrapper that names who
 * takes its failure. `void promise` silences the language's own rule and leaves the rejection to the
 * process, which it ends; where the work depends on bytes from outside, anybody could.
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
