// A connection's life as a picture, with how many are where and how many move in a second.

import { count, rate } from "../format";
import type { Figures } from "../metrics/figures";
import { linkTo } from "../route";
import type { Flows } from "./flows";

interface Props {
  readonly figures: Figures;
  readonly flows: Flows;
  /** Connections that ended since the hub started. */
  readonly closed: number;
}

export function Life({ figures, flows, closed }: Props) {
  return (
    <div class="life">
      <svg viewBox="0 0 1180 250" role="img" aria-label="The life of connections">
        <defs>
          <Head id="head" />
          <Head id="busy-head" busy />
        </defs>
        <Arrow d="M10 66H146" x={76} y={57} name="arrive" flow={flows.arrives} />
        <Arrow d="M10 94H138" x={76} y={111} name="refused" flow={flows.refused} ends={false} />
        <Arrow d="M302 66H446" x={372} y={57} name="let in" flow={flows.letIn} />
        <Arrow d="M602 66H746" x={672} y={57} name="sent away" flow={flows.sentAway} />
        <Arrow d="M902 66H1016" x={960} y={57} name="" flow={flows.sentAway} silent />
        <Arrow d="M226 33V12H1096V29" x={372} y={27} name="turned away" flow={flows.turnedAway} />
        <Arrow
          d="M590 101L628 138H1030L1062 105"
          x={824}
          y={131}
          name="leave"
          flow={flows.leaves}
        />
        <Arrow d="M500 101V176" x={491} y={146} name="lost" flow={flows.lost} anchor="end" />
        <Arrow
          d="M552 178V105"
          x={561}
          y={160}
          name="resumed"
          flow={flows.resumed}
          anchor="start"
        />
        <Arrow d="M602 212H1112V105" x={824} y={204} name="given up" flow={flows.givenUp} />
        <State x={150} y={33} name="CONNECTING" count={figures.connecting} of="connecting" />
        <State x={450} y={33} name="OPEN" count={figures.open} of="open" />
        <State x={750} y={33} name="CLOSING" count={figures.closing} of="closing" />
        <State x={1020} y={33} name="CLOSED" count={closed} still />
        <State x={450} y={180} name="LOST, MAY RESUME" count={figures.parked} />
      </svg>
    </div>
  );
}

function Head({ id, busy = false }: { id: string; busy?: boolean }) {
  return (
    <marker
      id={id}
      class={busy ? "busy" : ""}
      viewBox="0 0 8 8"
      refX="6.5"
      refY="4"
      markerWidth="7"
      markerHeight="7"
      orient="auto"
    >
      <path d="M0 0.5 7.5 4 0 7.5z" />
    </marker>
  );
}

interface StateProps {
  readonly x: number;
  readonly y: number;
  readonly name: string;
  readonly count: number;
  /** What to search for among the connections. */
  readonly of?: string;
  /** Nothing happens in it. */
  readonly still?: boolean;
}

function State({ x, y, name, count: number, of, still = false }: StateProps) {
  const box = (
    <g class={number > 0 && !still ? "state busy" : "state"} transform={`translate(${x} ${y})`}>
      <rect width="152" height="66" rx="10" />
      <text class="name" x="76" y="22" text-anchor="middle">
        {name}
      </text>
      <text class="count" x="76" y="50" text-anchor="middle">
        {count(number)}
      </text>
    </g>
  );
  return of ? <a href={linkTo("connections", "", of)}>{box}</a> : box;
}

interface ArrowProps {
  readonly d: string;
  /** Where its words are. */
  readonly x: number;
  readonly y: number;
  readonly name: string;
  readonly flow: number | undefined;
  readonly anchor?: "start" | "middle" | "end";
  /** Whether it leads to a state. */
  readonly ends?: boolean;
  /** Without words: the arrow before it has them. */
  readonly silent?: boolean;
}

function Arrow({
  d,
  x,
  y,
  name,
  flow,
  anchor = "middle",
  ends = true,
  silent = false,
}: ArrowProps) {
  const busy = (flow ?? 0) > 0;
  return (
    <g class={busy ? "arrow busy" : "arrow"}>
      <path d={d} marker-end={ends ? `url(#${busy ? "busy-head" : "head"})` : undefined} />
      {!silent && (
        <text x={x} y={y} text-anchor={anchor}>
          {name} <tspan class="rate">{rate(flow)}/s</tspan>
        </text>
      )}
    </g>
  );
}
