// Lines over time. All charts of a page show the same moment under the pointer.

import { signal } from "@preact/signals";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { clock } from "../format";
import { area, line, type Point, ticks } from "./scale";

export interface Line {
  readonly name: string;
  /** Which colour of the palette, from 1. */
  readonly colour: number;
  readonly values: readonly (number | undefined)[];
}

interface Props {
  readonly title: string;
  /** When each value was seen, in milliseconds of `performance.now()`. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly format: (value: number | undefined) => string;
  /** How many seconds back the chart goes. */
  readonly window: number;
  /** Bytes are counted in powers of two. */
  readonly base?: 10 | 1024;
  /** What the top of the chart is at least. */
  readonly least?: number;
}

/** The moment that the pointer is on. */
const pointed = signal<number>();

const HEIGHT = 132;
const FLOOR = HEIGHT - 18;
const TOP = 12;

export function Chart({ title, times, lines, format, window, base = 10, least = 0 }: Props) {
  const [frame, width] = useWidth();
  const last = times.at(-1) ?? 0;
  const first = last - window * 1_000;
  const x = (at: number) => ((at - first) / (window * 1_000)) * width;
  const from = Math.max(0, times.findIndex((at) => at >= first) - 1);
  const shown = lines.flatMap(({ values }) => values.slice(from));
  const largest = Math.max(least, ...shown.filter((value) => value !== undefined));
  const steps = ticks(largest || 1, 3, base);
  const top = steps.at(-1) ?? 1;
  const y = (value: number) => FLOOR - (value / top) * (FLOOR - TOP);
  const index = pointed.value === undefined ? times.length - 1 : nearest(times, pointed.value);
  const place = (values: Line["values"]) =>
    times.slice(from).map((at, offset): Point | undefined => {
      const value = values[from + offset];
      return value === undefined ? undefined : [x(at), y(value)];
    });
  return (
    <figure class="chart" aria-label={title}>
      <figcaption>
        <span class="title">{title}</span>
        <Legend lines={lines} index={index} format={format} />
      </figcaption>
      <svg
        ref={frame}
        height={HEIGHT}
        role="img"
        aria-label={title}
        onPointerMove={(event) => {
          pointed.value = first + (event.offsetX / Math.max(1, width)) * window * 1_000;
        }}
        onPointerLeave={() => {
          pointed.value = undefined;
        }}
      >
        <Grid steps={steps} y={y} width={width} format={format} />
        {lines.map(({ name, colour, values }) => {
          const points = place(values);
          return (
            <g key={name} class={`series colour-${colour}`}>
              <path class="area" d={area(points, FLOOR)} />
              <path class="line" d={line(points)} />
            </g>
          );
        })}
        <Times window={window} width={width} />
        {pointed.value !== undefined && times[index] !== undefined && (
          <Pointed
            x={x(times[index])}
            at={times[index]}
            lines={lines}
            index={index}
            y={y}
            width={width}
          />
        )}
      </svg>
    </figure>
  );
}

function Legend({ lines, index, format }: Pick<Props, "lines" | "format"> & { index: number }) {
  return (
    <span class="legend">
      {lines.map(({ name, colour, values }) => (
        <span key={name} class={`colour-${colour}`}>
          <i class="swatch" />
          {name} <b>{format(values[index])}</b>
        </span>
      ))}
    </span>
  );
}

interface GridProps {
  readonly steps: readonly number[];
  readonly y: (value: number) => number;
  readonly width: number;
  readonly format: Props["format"];
}

function Grid({ steps, y, width, format }: GridProps) {
  return (
    <g class="grid">
      {steps.map((step) => (
        <g key={step}>
          <line x1={0} x2={width} y1={y(step)} y2={y(step)} />
          {step > 0 && (
            <text x={2} y={y(step) - 3}>
              {format(step)}
            </text>
          )}
        </g>
      ))}
    </g>
  );
}

function Times({ window, width }: { window: number; width: number }) {
  const marks = [window, (window * 2) / 3, window / 3];
  return (
    <g class="times">
      {marks.map((back, index) => (
        <text key={back} x={(index * width) / 3 + 2} y={HEIGHT - 4}>
          −{back >= 120 ? `${Math.round(back / 60)} min` : `${Math.round(back)} s`}
        </text>
      ))}
      <text x={width - 2} y={HEIGHT - 4} text-anchor="end">
        now
      </text>
    </g>
  );
}

interface PointedProps {
  readonly x: number;
  readonly at: number;
  readonly lines: readonly Line[];
  readonly index: number;
  readonly y: (value: number) => number;
  readonly width: number;
}

function Pointed({ x, at, lines, index, y, width }: PointedProps) {
  const right = x > width - 60;
  return (
    <g class="pointed">
      <line x1={x} x2={x} y1={TOP} y2={FLOOR} />
      <text x={right ? x - 4 : x + 4} y={TOP - 2} text-anchor={right ? "end" : "start"}>
        {clock(new Date(performance.timeOrigin + at))}
      </text>
      {lines.map(({ name, colour, values }) => {
        const value = values[index];
        if (value === undefined) return null;
        return <circle key={name} class={`colour-${colour}`} cx={x} cy={y(value)} r={3} />;
      })}
    </g>
  );
}

function nearest(times: readonly number[], at: number): number {
  const after = times.findIndex((time) => time >= at);
  if (after <= 0) return after === 0 ? 0 : times.length - 1;
  const [before, behind] = [times[after - 1] ?? 0, times[after] ?? 0];
  return at - before < behind - at ? after - 1 : after;
}

/** The width that a drawing has, as long as it has one. */
function useWidth() {
  const frame = useRef<SVGSVGElement>(null);
  const [width, setWidth] = useState(400);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 400));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [frame, width] as const;
}
