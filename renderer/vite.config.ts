import path from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig, type Plugin } from 'vite';

/** Keeps the page unpainted until its script has set language and theme: Vite drops the attribute that says so. */
const paintWhenReady: Plugin = {
  name: 'paint-when-ready',
  transformIndexHtml: {
    order: 'post',
    handler: (html) => html.replace('<script type="module"', '<script type="module" blocking="render"'),
  },
};

export default defineConfig({
  root: import.meta.dirname,
  // Relative, for the page is served under app:// as well as over HTTP.
  base: './',
  plugins: [
    tailwindcss(),
    svelte({ configFile: path.resolve(import.meta.dirname, '../svelte.config.js') }),
    paintWhenReady,
  ],
  build: {
    outDir: path.resolve(import.meta.dirname, '../build/renderer'),
    emptyOutDir: true,
    target: 'chrome140',
    // An inlined asset would be a data: URL, which the policy refuses for scripts and fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Read from this computer, at once and once.
    chunkSizeWarningLimit: 1_000,
  },
});
