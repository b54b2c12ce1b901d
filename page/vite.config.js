/** Builds the page into the folder beside the built program, where page-files.ts looks for it. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Its folder has another name at each start, see web-server.ts.
  base: './',
  logLevel: 'warn',
  build: {
    outDir: '../dist/src/page',
    emptyOutDir: true,
    // The page's safety rules allow no inline script, and no address of another kind.
    modulePreload: false,
    assetsInlineLimit: 0,
    assetsDir: '',
    rollupOptions: {
      output: {
        entryFileNames: 'page.js',
        chunkFileNames: '[name].js',
        assetFileNames: '[name][extname]',
      },
    },
  },
});
