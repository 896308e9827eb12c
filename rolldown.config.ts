/**
 * The last step of the build: the program as a few files instead of hundreds, because to find and read those takes Node
 * longer than all else of a start. See docs/decisions/0022-the-program-in-few-files.md.
 */
import { relative } from 'node:path';
import { defineConfig } from 'rolldown';

const output = 'dist/src/bundle';

export default defineConfig({
  input: 'dist/src/cli/main.js',
  platform: 'node',
  output: {
    dir: 'dist/src',
    // In the place of the compiler's own, so that there is one program. All the files lie equally deep.
    entryFileNames: 'cli/main.js',
    chunkFileNames: 'bundle/[name].js',
  },
  plugins: [
    {
      name: 'a module knows where it was',
      transform: {
        filter: { id: { exclude: /^\0/ }, code: 'import.meta.url' },
        handler: (code, id) => {
          const place = JSON.stringify(relative(output, id));
          return code.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`);
        },
      },
    },
  ],
});
