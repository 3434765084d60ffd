import { expect, test } from "vitest";
import { readSample } from "../src/metrics/sample";

const TEXT = `# HELP wirehub_connections Connections by where they are in their life.
# TYPE wirehub_connections gauge
wirehub_connections{state="connecting"} 1
wirehub_connections{state="open"} 20000
wirehub_uptime_seconds 12.5
wirehub_delivery_duration_seconds_bucket{le="0.001"} 3
wirehub_delivery_duration_seconds_bucket{le="+Inf"} 4
odd{name="a \\"quoted\\" \\\\ name\\nof } two lines",other="b,c=\\"d\\""} -1.5e3

this is no sample
`;

test("a scrape is read by name and label", () => {
  const sample = readSample(TEXT, 7);
  expect(sample.at).toBe(7);
  expect(sample.sum("wirehub_uptime_seconds")).toBe(12.5);
  expect(sample.sum("wirehub_connections")).toBe(20_001);
  expect(sample.sum("wirehub_connections", ({ state }) => state === "open")).toBe(20_000);
  expect(sample.by("wirehub_connections", "state").get("connecting")).toBe(1);
});

test("labels keep what was escaped in them", () => {
  const [series] = readSample(TEXT, 0).all("odd");
  expect(series?.value).toBe(-1500);
  expect(series?.labels.name).toBe('a "quoted" \\ name\nof } two lines');
  expect(series?.labels.other).toBe('b,c="d"');
});

test("what is not there is nothing, and so are lines that are no samples", () => {
  const sample = readSample(TEXT, 0);
  expect(sample.has("wirehub_members")).toBe(false);
  expect(sample.sum("wirehub_members")).toBe(0);
  expect(sample.has("this")).toBe(false);
});
