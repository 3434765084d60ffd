// What was said, as text and never as markup.

/** Longer ones are cut: a page of megabytes helps nobody. */
const LETTERS_MAX = 2_000;

export function Payload({ text }: { text: string }) {
  const cut = text.length > LETTERS_MAX;
  return (
    <pre class="payload">
      {cut ? text.slice(0, LETTERS_MAX) : text}
      {cut && <i class="soft"> … {text.length - LETTERS_MAX} more characters</i>}
    </pre>
  );
}
