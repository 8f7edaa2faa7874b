// Runs the cases of the Rust decoder, each at every cut.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { Parser } from "../event-stream.js";

const cases = JSON.parse(readFileSync(new URL("../../sse-core/src/decoder/cases.json", import.meta.url)));

for (const [rule, rows] of Object.entries(cases)) {
  test(rule, () => rows.forEach(check));
}

// Each character of the input is one byte. An event of `null` is too large.
function check({ input, events, before = "", last, retry, max }) {
  const bytes = Uint8Array.from(input, (character) => character.charCodeAt(0));
  let id = before;
  const expected = events.map((event) => {
    if (!event) return { reason: "size", status: 200, text: "" };
    id = event.id ?? id;
    return { type: event.event ?? "message", data: event.data, lastEventId: id };
  });
  const cuts = [...bytes.keys(), bytes.length].map((cut) => [bytes.subarray(0, cut), bytes.subarray(cut)]);
  for (const chunks of [...cuts, [...bytes].map((byte) => Uint8Array.of(byte))]) {
    const parser = new Parser(before, max);
    const items = chunks.flatMap((chunk) => parser.feed(chunk));
    assert.deepEqual(items, expected, `${JSON.stringify(input)}, ${chunks[0]?.length} bytes first`);
    if (last !== undefined) assert.equal(parser.lastEventId, last, JSON.stringify(input));
    assert.equal(parser.retry, retry, JSON.stringify(input));
  }
}

test("an endless line takes bounded memory", () => {
  const parser = new Parser("", 1000);
  const chunk = new TextEncoder().encode("data: " + "x".repeat(10_000));
  const before = used();
  let failures = 0;
  for (let n = 0; n < 10_000; n++) failures += parser.feed(chunk).length;
  assert.equal(failures, 1);
  assert.ok(used() - before < 10e6, "100 MB of a line are retained");
  assert.deepEqual(parser.feed(new TextEncoder().encode("\n\ndata: after\n\n")).map(({ data }) => data), ["after"]);
});

function used() {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}
