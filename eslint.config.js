/**
 * Lint rules. Inline exceptions are off on purpose: an exception is a line in this file,
 * with its reason, where everyone sees it.
 */
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import project from './scripts/lint/project-rules.js';

/** Rules of the language that typescript-eslint does not bring. */
const correctness = {
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'no-constant-binary-expression': 'error',
  'no-empty': 'error',
  'no-fallthrough': 'error',
  'no-self-compare': 'error',
  'no-template-curly-in-string': 'error',
  'no-unreachable-loop': 'error',
  'no-unsafe-finally': 'error',
  'no-useless-escape': 'error',
  'no-warning-comments': ['error', { terms: ['todo', 'fixme'], location: 'anywhere' }],
  'object-shorthand': 'error',
};

const typeAware = {
  // `typeof import('…')` is the only way to name the type of a module that is loaded late.
  '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
  // A family of messages is a type even while it has a single member.
  '@typescript-eslint/consistent-type-definitions': 'off',
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': 'error',
  '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
  '@typescript-eslint/switch-exhaustiveness-check': [
    'error',
    { considerDefaultExhaustiveForUnions: true },
  ],
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
  // An async function without await turns a throw into a rejection, as its interface promises.
  '@typescript-eslint/require-await': 'off',
  // Names from outside (environment, JSON) may be written as the strings that they are.
  '@typescript-eslint/dot-notation': 'off',
  // An empty string is often as good as none: P2P_HOME= in the environment.
  '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
  // noUncheckedIndexedAccess asks for `!` wherever a loop has already checked the index.
  '@typescript-eslint/no-non-null-assertion': 'off',
};

/** The pattern behind Node's own takes 5 ms to compile, see src/net/ip-address.ts. */
const noSlowAddresses = {
  paths: [
    {
      name: 'node:net',
      importNames: ['isIP', 'isIPv4', 'isIPv6'],
      message: 'ask src/net/ip-address.ts',
    },
  ],
};

/** tap removes it while what a test takes down later still writes into it. */
const noBareTestdir = {
  selector: "CallExpression[callee.property.name='testdir']",
  message: 'ask test/fixtures/test-folder.ts',
};

/** The shape of src: small files, small functions, nothing printed behind the caller's back. */
const shape = {
  complexity: ['error', { max: 20, variant: 'modified' }],
  'max-depth': ['error', 4],
  'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
  'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
  'no-console': 'error',
  'no-restricted-imports': ['error', noSlowAddresses],
  'project/imports': 'error',
  'project/floors': 'error',
  'project/circles': 'error',
  'project/file-name': 'error',
  'project/file-header': 'error',
  'project/named-answers': 'error',
  'project/wall-clocks': 'error',
  'project/no-loose-promise': 'error',
  'project/no-unheard-promise': 'error',
};

export default defineConfig(
  { ignores: ['dist/', '.tap/', 'node_modules/'] },
  { linterOptions: { noInlineConfig: true } },
  tseslint.configs.recommendedTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: { ...correctness, ...typeAware },
  },
  { files: ['src/**/*.ts'], plugins: { project }, rules: shape },
  { files: ['src/net/ip-address.ts'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: ['test/**/*.ts'],
    plugins: { project },
    rules: {
      'project/file-name': 'error',
      // tap waits for its own subtests; everything else must be awaited.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', name: ['test', 'teardown'], package: '@tapjs/core' },
            { from: 'package', name: 'test', package: '@tapjs/test' },
            { from: 'package', name: 'rejects', package: '@tapjs/asserts' },
          ],
        },
      ],
      '@typescript-eslint/no-empty-function': 'off',
      'no-restricted-syntax': ['error', noBareTestdir],
    },
  },
  { files: ['test/fixtures/test-folder.ts'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['**/*.{js,mjs}'], ...tseslint.configs.disableTypeChecked },
  // CommonJS, as the bundle is; see scripts/bundle.mjs.
  { files: ['bin/*.js'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
);
