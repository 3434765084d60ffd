// Publishes to a topic as the application.

import { useSignal } from "@preact/signals";
import { post } from "../hub/ask";
import { Problem } from "../hub/problem";
import { Trouble } from "../parts/panel";
import { readDraft } from "./draft";

export function PublishBox({ topic }: { topic: string }) {
  const [event, text] = [useSignal(""), useSignal("")];
  const problem = useSignal<Problem>();
  const done = useSignal("");
  const publish = async () => {
    const draft = readDraft(text.value);
    done.value = "";
    problem.value = undefined;
    if ("fault" in draft) {
      problem.value = new Problem(400, draft.fault);
      return;
    }
    try {
      const name = event.value.trim();
      const wish = { topic, data: draft.data, ...(name && { event: name }) };
      const { offset } = await post<{ offset: number }>("/api/publish", wish);
      done.value = `published as #${offset}`;
    } catch (thrown) {
      problem.value = Problem.from(thrown);
    }
  };
  return (
    <form
      class="publish"
      onSubmit={(submitted) => {
        submitted.preventDefault();
        void publish();
      }}
    >
      <Trouble problem={problem.value} />
      <textarea
        rows={3}
        class="code"
        aria-label="Payload"
        placeholder='{"hello": "world"}'
        spellcheck={false}
        value={text.value}
        onInput={({ currentTarget }) => {
          text.value = currentTarget.value;
        }}
        onKeyDown={(pressed) => {
          if (pressed.key === "Enter" && (pressed.ctrlKey || pressed.metaKey)) void publish();
        }}
      />
      <div class="tools">
        <input
          aria-label="Event"
          placeholder="event, may be left out"
          value={event.value}
          onInput={({ currentTarget }) => {
            event.value = currentTarget.value;
          }}
        />
        <span class="soft spring">{done.value}</span>
        <button class="main" type="submit">
          Publish
        </button>
      </div>
    </form>
  );
}
