import { defineConfig } from "vitest/config";

/** Against a running server, whose address the environment has. */
export default defineConfig({
  test: { include: ["test/live/**/*.test.ts"], testTimeout: 20_000, fileParallelism: false },
});
