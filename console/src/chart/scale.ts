// From values to places on a chart.

/** Steps that people count in, below and including a value of at least `top`. */
export function ticks(top: number, wanted: number, base: 10 | 1024 = 10): number[] {
  if (!(top > 0)) return [0];
  const step = niceStep(top / wanted, base);
  const count = Math.ceil(top / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

/** The smallest of 1, 2, 2.5, 5 and 10 times a power that is not below. */
function niceStep(least: number, base: 10 | 1024): number {
  const power =
    base === 10
      ? 10 ** Math.floor(Math.log10(least))
      : 1024 ** Math.max(0, Math.floor(Math.log(least) / Math.log(1024)));
  const factors = base === 10 ? [1, 2, 2.5, 5, 10] : [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
  return (factors.find((factor) => factor * power >= least * (1 - 1e-9)) ?? base) * power;
}

export type Point = readonly [x: number, y: number];

/** The command of an SVG path for a line; gaps are where nothing is known. */
export function line(points: readonly (Point | undefined)[]): string {
  let path = "";
  let begins = true;
  for (const point of points) {
    if (point) path += `${begins ? "M" : "L"}${round(point[0])} ${round(point[1])}`;
    begins = point === undefined;
  }
  return path;
}

/** The same, filled down to the floor. */
export function area(points: readonly (Point | undefined)[], floor: number): string {
  let path = "";
  let from: Point | undefined;
  let last: Point | undefined;
  for (const point of [...points, undefined]) {
    if (point) {
      path += `${from ? "L" : `M${round(point[0])} ${round(floor)}L`}${round(point[0])} ${round(point[1])}`;
      from ??= point;
      last = point;
    } else if (last) {
      path += `L${round(last[0])} ${round(floor)}Z`;
      from = last = undefined;
    }
  }
  return path;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
