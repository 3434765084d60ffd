// Where somebody says who it is.

import { useState } from "preact/hooks";
import { refusal, signIn, trying } from "./hub/key";
import { Mark } from "./parts/icon";
import { Trouble } from "./parts/panel";

export function Door() {
  const [typed, type] = useState("");
  return (
    <div class="door">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void signIn(typed.trim());
        }}
      >
        <div class="brand">
          <Mark />
          Wirehub
        </div>
        <p class="soft">
          An API key opens the console. One with the scope <code>read</code> looks on; with{" "}
          <code>publish</code> and <code>connections</code> it acts, too.
        </p>
        <input
          type="password"
          name="key"
          aria-label="API key"
          placeholder="API key"
          autocomplete="off"
          autofocus
          value={typed}
          onInput={(event) => type(event.currentTarget.value)}
        />
        <Trouble problem={refusal.value} />
        <button class="main" type="submit" disabled={trying.value || !typed.trim()}>
          {trying.value ? "One moment …" : "Open"}
        </button>
      </form>
    </div>
  );
}
