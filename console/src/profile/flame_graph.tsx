// A flame graph: the wider a box, the more it cost; those below were called by it.

import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { percent } from "../format";
import { type Box, boxesOf, type Call, ownerOf, shortOf } from "./flame";

interface Props {
  readonly root: Call;
  readonly format: (value: number) => string;
  /** Functions to be found. */
  readonly search: string;
}

const ROW = 19;
/** Colours of owners are these, by a hash of their names. */
const PAINTS = 8;

export function FlameGraph({ root, format, search }: Props) {
  const focus = useSignal<Call>();
  const pointed = useSignal<Call>();
  const top = focus.value ?? root;
  const boxes = useMemo(() => boxesOf(top), [top]);
  const depth = Math.max(0, ...boxes.map((box) => box.depth)) + 1;
  const shown = pointed.value ?? top;
  const words = search.toLowerCase();
  return (
    <div class="flames">
      <p class="line soft">
        <span class="code" title={shown.name}>
          {shown.name}
        </span>
        <b>
          {format(shown.total)}, {percent(shown.total / Math.max(1, root.total))}
        </b>
        {focus.value && (
          <button
            type="button"
            onClick={() => {
              focus.value = undefined;
            }}
          >
            Whole
          </button>
        )}
      </p>
      <div
        class="boxes"
        style={{ height: `${depth * ROW}px` }}
        onPointerLeave={() => {
          pointed.value = undefined;
        }}
      >
        {boxes.map((box) => (
          <Flame
            key={box.path}
            box={box}
            found={words !== "" && box.call.name.toLowerCase().includes(words)}
            point={() => {
              pointed.value = box.call;
            }}
            choose={() => {
              focus.value = box.call === root ? undefined : box.call;
            }}
          />
        ))}
      </div>
    </div>
  );
}

interface FlameProps {
  readonly box: Box;
  readonly found: boolean;
  readonly point: () => void;
  readonly choose: () => void;
}

function Flame({ box: { call, depth, left, width }, found, point, choose }: FlameProps) {
  const paint = found ? "found" : `paint-${paintOf(ownerOf(call.name))}`;
  return (
    <button
      type="button"
      class={`flame ${paint}`}
      aria-label={call.name}
      style={{ left: `${left * 100}%`, width: `${width * 100}%`, top: `${depth * ROW}px` }}
      onPointerEnter={point}
      onFocus={point}
      onClick={choose}
    >
      {width > 0.02 ? shortOf(call.name) : ""}
    </button>
  );
}

function paintOf(owner: string): number {
  let hash = 0;
  for (const char of owner) hash = (hash * 31 + char.charCodeAt(0)) % 65_521;
  return hash % PAINTS;
}
