// What the keys do.

import { Fragment } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { helpIsOpen, LETTERS } from "./keyboard";

export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      aria-label="Keys"
      onClose={() => {
        helpIsOpen.value = false;
      }}
    >
      <h2>Keys</h2>
      <div class="keys">
        {Object.entries(LETTERS).map(([letter, page]) => (
          <Fragment key={letter}>
            <span>
              <kbd>g</kbd> <kbd>{letter}</kbd>
            </span>
            <span>{page}</span>
          </Fragment>
        ))}
        <kbd>/</kbd>
        <span>search</span>
        <kbd>?</kbd>
        <span>this list</span>
        <kbd>esc</kbd>
        <span>close what is open</span>
      </div>
    </dialog>
  );
}
