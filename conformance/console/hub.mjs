// The hub that the pages show, as `cargo xtask conform console` names it.

import assert from "node:assert/strict";

export const {
  WIREHUB_TEST_ADMIN: admin,
  WIREHUB_TEST_URL: url,
  WIREHUB_TEST_SECRET: secret,
  WIREHUB_TEST_API_KEY: key,
} = process.env;
assert.ok(admin && url && secret && key, "run this through `cargo xtask conform console`");
