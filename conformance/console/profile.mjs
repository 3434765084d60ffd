// A profile as pprof writes it, of one stack.

const varint = (value) =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
const number = (field, value) => [...varint(field * 8), ...varint(value)];
const bytes = (field, inner) => [...varint(field * 8 + 2), ...varint(inner.length), ...inner];
const text = (field, value) => bytes(field, [...Buffer.from(value)]);

/** Functions from the innermost out, which cost so much together. */
export function profileOf(functions, value) {
  const strings = ["", "space", "bytes", ...functions];
  const places = functions.map((_, at) => at + 1);
  return Buffer.from([
    ...bytes(1, [...number(1, 1), ...number(2, 2)]),
    ...bytes(2, [...bytes(1, places.flatMap(varint)), ...bytes(2, varint(value))]),
    ...places.flatMap((id) => bytes(4, [...number(1, id), ...bytes(4, number(1, id))])),
    ...places.flatMap((id) => bytes(5, [...number(1, id), ...number(2, id + 2)])),
    ...strings.flatMap((string) => text(6, string)),
  ]);
}
