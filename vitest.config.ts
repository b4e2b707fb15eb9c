import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// Unit tests sit beside their source; everything that needs more than one part is under test/.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          include: ['{common,main,agent,scripts}/**/*.test.ts', 'resources/**/*.test.ts'],
          globalSetup: ['test/setup/schemas.ts'],
          setupFiles: ['test/setup/leaks.ts'],
          // For what hangs; a busy machine may take its time.
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        plugins: [svelte({ configFile: '../svelte.config.js' })],
        root: 'renderer',
        resolve: { conditions: ['browser'] },
        test: { name: 'window', environment: 'jsdom', include: ['**/*.test.ts'] },
      },
      {
        test: {
          name: 'browser',
          environment: 'node',
          include: ['test/window/**/*.test.ts'],
          globalSetup: ['test/window/build.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'integration',
          environment: 'node',
          include: ['test/integration/**/*.test.ts'],
          setupFiles: ['test/setup/leaks.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'crash',
          environment: 'node',
          include: ['test/crash/**/*.test.ts'],
          globalSetup: ['test/setup/schemas.ts'],
          setupFiles: ['test/setup/leaks.ts'],
          testTimeout: 3_600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'conformance',
          environment: 'node',
          include: ['test/conformance/**/*.test.ts'],
          globalSetup: ['test/setup/schemas.ts'],
          setupFiles: ['test/setup/leaks.ts'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'end-to-end',
          environment: 'node',
          include: ['test/end-to-end/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
