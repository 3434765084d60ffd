import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { boxesOf, callsOf, ownerOf, shortOf, totalsOf } from "../src/profile/flame";
import { decodeProfile, readProfile } from "../src/profile/pprof";

/** A number as Protocol Buffers write it. */
function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

const number = (field: number, value: number) => [...varint(field * 8), ...varint(value)];
const bytes = (field: number, inner: readonly number[]) => [
  ...varint(field * 8 + 2),
  ...varint(inner.length),
  ...inner,
];
const text = (field: number, value: string) => bytes(field, [...new TextEncoder().encode(value)]);
const packed = (field: number, values: number[]) => bytes(field, values.flatMap(varint));

const STRINGS = ["", "cpu", "nanoseconds", "main", "work", "inlined", "kind", "shard"];

/** Stacks main → work (with `inlined` inlined into it), and main alone. */
function encoded(): Uint8Array<ArrayBuffer> {
  return new Uint8Array([
    ...bytes(1, [...number(1, 1), ...number(2, 2)]),
    ...bytes(2, [
      ...packed(1, [2, 1]),
      ...packed(2, [300]),
      ...bytes(3, [...number(1, 6), ...number(2, 7)]),
    ]),
    ...bytes(2, [...packed(1, [1]), ...packed(2, [100])]),
    ...bytes(4, [...number(1, 1), ...number(3, 4_096), ...bytes(4, number(1, 11))]),
    ...bytes(4, [...number(1, 2), ...bytes(4, number(1, 13)), ...bytes(4, number(1, 12))]),
    ...[11, 12, 13].flatMap((id, at) => bytes(5, [...number(1, id), ...number(2, 3 + at)])),
    ...STRINGS.flatMap((string) => text(6, string)),
    ...number(10, 2_500_000_000),
  ]);
}

test("a profile is read with its names, inlined functions and labels", async () => {
  const profile = await readProfile(encoded());
  expect(profile.types).toEqual([{ type: "cpu", unit: "nanoseconds" }]);
  expect(profile.duration).toBe(2.5);
  expect(profile.stacks).toEqual([
    { functions: ["inlined", "work", "main"], values: [300], labels: { kind: "shard" } },
    { functions: ["main"], values: [100], labels: {} },
  ]);
});

test("a compressed profile is the same", async () => {
  const compressed = new Uint8Array(gzipSync(encoded()));
  expect(await readProfile(compressed)).toEqual(decodeProfile(encoded()));
});

test.each([1, 7, 20, 40])("one that was cut %d bytes before its end is refused or short", (cut) => {
  const bytes = encoded();
  try {
    decodeProfile(bytes.subarray(0, bytes.length - cut));
  } catch (error) {
    expect((error as Error).constructor.name).toBe("WireError");
  }
});

test("what is no profile is refused", () => {
  expect(() => decodeProfile(new TextEncoder().encode("<html>not found</html>"))).toThrow();
});

test("stacks become calls with what they cost", () => {
  const root = callsOf(decodeProfile(encoded()), 0);
  expect([root.total, root.self]).toEqual([400, 0]);
  const main = root.calls.get("main");
  expect([main?.total, main?.self]).toEqual([400, 100]);
  const boxes = boxesOf(root).map(({ call, depth, left, width }) => [
    call.name,
    depth,
    left,
    width,
  ]);
  expect(boxes).toEqual([
    ["all", 0, 0, 1],
    ["main", 1, 0, 1],
    ["work", 2, 0, 0.75],
    ["inlined", 3, 0, 0.75],
  ]);
});

test("a function that calls itself counts once", () => {
  const stacks = [{ functions: ["f", "g", "f"], values: [5], labels: {} }];
  const root = callsOf({ types: [], stacks, duration: 0 }, 0);
  expect(totalsOf(root)).toEqual([
    { name: "f", self: 5, total: 5 },
    { name: "g", self: 0, total: 5 },
  ]);
});

test.each([
  ["<wirehub_core::shard::Shard<E>>::publish", "wirehub_core", "Shard::publish"],
  ["wirehub_core::shard::publish::h0123456789abcdef", "wirehub_core", "shard::publish"],
  ["<alloc::vec::Vec<T> as core::ops::Drop>::drop", "alloc", "Vec::drop"],
  ["tokio::runtime::task::poll::{{closure}}", "tokio", "task::poll"],
  ["std::sys::rt<fn(a::B) -> c::D<e::F<G>>, ()>::call<H>", "std", "rt::call"],
  ["epoll_wait", "epoll_wait", "epoll_wait"],
])("%s is of %s", (name, owner, short) => {
  expect(ownerOf(name)).toBe(owner);
  expect(shortOf(name)).toBe(short);
});
