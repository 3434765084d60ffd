// Where somebody says what to look for.

import { route, searchFor } from "../route";

export function SearchField({ placeholder }: { placeholder: string }) {
  return (
    <input
      type="search"
      aria-label="Search"
      placeholder={`${placeholder}   /`}
      spellcheck={false}
      value={route.value.search}
      onInput={(event) => searchFor(event.currentTarget.value)}
    />
  );
}
