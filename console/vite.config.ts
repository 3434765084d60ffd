// Three files with names that stay: what is built is kept in the tree, and the hub embeds it.

import { defineConfig } from "vitest/config";

export default defineConfig({
  base: "./",
  build: {
    target: "es2022",
    modulePreload: false,
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        entryFileNames: "console.js",
        assetFileNames: "console.[ext]",
        codeSplitting: false,
      },
    },
  },
  test: {
    include: ["test/**/*.test.ts"],
  },
});
