// One connection: its requests, its failures, and when it reconnects.

import assert from "node:assert/strict";
import { test } from "node:test";

import { EventStream } from "../event-stream.js";
import { cut, ended, record, serve, status, stream } from "./server.mjs";

const options = { timeout: 20_000 };

// Without locks, each stream has its own connection.
function open(t, url, settings) {
  const stream = new EventStream(url, { share: false, retry: 20, maxRetry: 20, ...settings });
  t.after(() => stream.close());
  return stream;
}

test("events arrive as those of an EventSource do", options, async (t) => {
  const { url, requests } = await serve(t, "id: 7\ndata: a\ndata: b\n\nevent: tick\ndata: c\n\n");
  const source = open(t, url);
  const { origin } = new URL(url);
  const got = [];
  source.onopen = () => got.push("open");
  source.onmessage = (event) => got.push([event.data, event.lastEventId, event.origin, event instanceof MessageEvent]);
  assert.equal(source.url, url);
  assert.deepEqual([source.readyState, source.CONNECTING, EventStream.CLOSED], [0, 0, 2]);
  await new Promise((resolve) => source.addEventListener("tick", resolve));
  assert.deepEqual(got, ["open", ["a\nb", "7", origin, true]]);
  assert.equal(source.readyState, source.OPEN);
  assert.equal(requests[0].headers.accept, "text/event-stream");
  source.close();
  assert.equal(source.readyState, source.CLOSED);
});

test("a stream that ends or is cut is resumed after its last event", options, async (t) => {
  const { url, requests } = await serve(
    t, ended("id: 1\ndata: a\n\nid: 2\ndata: unfinished\n"), cut("id: é\ndata: b\n\n"), "id: 3\ndata: c\n\n",
  );
  const seen = record(open(t, url));
  assert.deepEqual(await seen.data(3), ["a", "b", "c"]);
  const ids = requests.map(({ headers }) => headers["last-event-id"]);
  assert.deepEqual(ids, [undefined, "1", Buffer.from("é").toString("latin1")]);
  const failures = seen.seen.filter(({ type }) => type === "error");
  assert.deepEqual(failures, ["end", "network"].map((reason) => ({ type: "error", reason, status: 200, readyState: 0 })));
});

test("an ID that a server would refuse is not sent", options, async (t) => {
  const { url, requests } = await serve(t, ended("id: 1\ndata: a\n\nid: form \f feed\ndata: b\n\n"), "data: c\n\n");
  const seen = record(open(t, url));
  assert.deepEqual(await seen.data(3), ["a", "b", "c"]);
  assert.equal(requests[1].headers["last-event-id"], "1");
  assert.equal(seen.seen.at(-1).lastEventId, "form \f feed");
});

test("a stream resumes from the last event ID that the page has", options, async (t) => {
  const { url, requests } = await serve(t, "data: a\n\n");
  const seen = record(open(t, url, { lastEventId: "41" }));
  await seen.data(1);
  assert.equal(requests[0].headers["last-event-id"], "41");
  assert.equal(seen.seen.at(-1).lastEventId, "41");
});

test("the stream reconnects after answers that close an EventSource", options, async (t) => {
  for (const [answer, failure] of [
    [status(500), { reason: "status", status: 500 }],
    [status(502, "<h1>Bad Gateway</h1>"), { reason: "status", status: 502 }],
    [status(408), { reason: "status", status: 408 }],
    [status(429), { reason: "status", status: 429 }],
    [status(200, "<h1>Maintenance</h1>", { "content-type": "text/html" }), { reason: "type", status: 200 }],
    [status(200, "data: a\n\n", { "content-type": "text/event-streams" }), { reason: "type", status: 200 }],
    [(response) => response.destroy(), { reason: "network", status: 0 }],
  ]) {
    const { url } = await serve(t, answer, "data: after\n\n");
    const seen = record(open(t, url));
    assert.deepEqual(await seen.data(1), ["after"]);
    assert.deepEqual(seen.seen[0], { type: "error", ...failure, readyState: 0 });
  }
});

test("the stream stops at 204 and at answers that will not change", options, async (t) => {
  for (const final of [204, 400, 401, 403, 404, 410]) {
    const { url, requests } = await serve(t, status(final, final === 204 ? "" : "the reason"));
    const source = open(t, url);
    let text;
    source.onerror = (event) => text = event.text;
    const seen = record(source);
    await seen.closed();
    await later();
    assert.deepEqual(seen.seen, [{ type: "error", reason: "status", status: final, readyState: 2 }]);
    assert.equal(text, final === 204 ? "" : "the reason");
    assert.equal(requests.length, 1);
  }
});

test("a refusal counts although its text never comes", options, async (t) => {
  const { url } = await serve(t, (response) => response.writeHead(401).flushHeaders());
  const seen = record(open(t, url, { watchdog: 100 }));
  await seen.closed();
  assert.deepEqual(seen.seen, [{ type: "error", reason: "status", status: 401, readyState: 2 }]);
});

test("a program chooses at which statuses the stream stops", options, async (t) => {
  const { url } = await serve(t, status(404), status(503));
  const seen = record(open(t, url, { isFinal: (status) => status === 503 }));
  await seen.closed();
  assert.deepEqual(seen.seen.map(({ status, readyState }) => [status, readyState]), [[404, 0], [503, 2]]);
});

test("failures are followed by longer waits, up to a limit", options, async (t) => {
  const { url, requests } = await serve(
    t, ...Array(4).fill(status(503)), ended("retry: 30\n"), "data: open\n\n",
  );
  const seen = record(open(t, url, { maxRetry: 300 }));
  await seen.data(1);
  const waits = requests.slice(1).map(({ at }, n) => at - requests[n].at);
  [20, 300, 300, 300, 30].forEach((least, n) => {
    assert.ok(waits[n] >= least - 2 && waits[n] < least * 1.5 + 150, `wait ${n}: ${waits[n]} ms, not ${least}`);
  });
});

test("clients that lost a server together do not reconnect together", options, async (t) => {
  for (const [random, expected] of [[0, 400], [0.999, 600]]) {
    t.mock.method(Math, "random", () => random);
    const { url, requests } = await serve(t, status(503), "data: a\n\n");
    await record(open(t, url, { retry: 400 })).data(1);
    const wait = requests[1].at - requests[0].at;
    assert.ok(wait > expected - 5 && wait < expected + 190, `${wait} ms, not ${expected}`);
  }
});

test("Retry-After is a lower bound, in seconds or as a date", options, async (t) => {
  for (const header of [() => "1", () => new Date(Date.now() + 2000).toUTCString()]) {
    const busy = (response) => status(429, "", { "retry-after": header() })(response);
    const { url, requests } = await serve(t, busy, "data: a\n\n");
    await record(open(t, url)).data(1);
    assert.ok(requests[1].at - requests[0].at > 900, `${header()}: ${requests[1].at - requests[0].at} ms`);
  }
});

test("a retry field sets the reconnection time", options, async (t) => {
  const { url, requests } = await serve(t, ended(": hi\nretry: 400\n"), "data: a\n\n");
  await record(open(t, url)).data(1);
  const wait = requests[1].at - requests[0].at;
  assert.ok(wait >= 399 && wait < 900, `${wait} ms`);
});

test("a silent connection is replaced, and comments count as life", options, async (t) => {
  const alive = async (response) => {
    stream(response).write("id: 1\ndata: a\n\n");
    for (let n = 0; n < 8; n++) {
      await later(100);
      response.write(":\n");
    }
  };
  const { url, requests } = await serve(t, alive, () => {}, "data: b\n\n");
  const seen = record(open(t, url, { watchdog: 400 }));
  assert.deepEqual(await seen.data(2), ["a", "b"]);
  const waits = requests.slice(1).map(({ at }, n) => at - requests[n].at);
  assert.ok(waits[0] >= 1190 && waits[1] >= 400, `${waits} ms`);
  assert.deepEqual(seen.seen.filter(({ type }) => type === "error").map(({ reason, status }) => [reason, status]), [
    ["silent", 200], ["silent", 0],
  ]);
});

test("an event that is too large is reported, and the next one arrives", options, async (t) => {
  const { url } = await serve(t, `id: 1\ndata: a\n\nid: 2\ndata: ${"x".repeat(100)}\n\ndata: b\n\n`);
  const seen = record(open(t, url, { maxEventSize: 32 }));
  assert.deepEqual(await seen.data(2), ["a", "b"]);
  assert.deepEqual(seen.seen[2], { type: "error", reason: "size", status: 200, readyState: 1 });
  assert.equal(seen.seen[3].lastEventId, "1");
});

test("a gap event has its JSON", options, async (t) => {
  const gap = { reason: "trimmed", topics: ["orders"], requested: "e.1", resumed_at: "e.5" };
  const { url } = await serve(t, `event: gap\ndata: ${JSON.stringify(gap)}\n\nevent: gap\ndata: none\n\n`);
  const gaps = [];
  const source = open(t, url);
  await new Promise((resolve) => source.ongap = (event) => gaps.push([event.data, event.gap]) > 1 && resolve());
  assert.deepEqual(gaps, [[JSON.stringify(gap), gap], ["none", undefined]]);
});

test("requests are made as those of an EventSource", options, async (t) => {
  const { url } = await serve(t, ": hi\n\n");
  const { fetch } = globalThis;
  for (const [withCredentials, credentials] of [[false, "same-origin"], [true, "include"]]) {
    let init;
    t.mock.method(globalThis, "fetch", (...request) => ([, init] = request, fetch(...request)));
    const source = open(t, url, { withCredentials });
    await record(source).until((seen) => seen.length === 1);
    assert.equal(source.withCredentials, withCredentials);
    assert.deepEqual([init.method, init.cache, init.credentials], ["GET", "no-store", credentials]);
  }
});

test("each request carries fresh headers", options, async (t) => {
  const { url, requests } = await serve(t, ended("id: 1\ndata: a\n\n"), "data: b\n\n");
  let token = 0;
  const headers = async () => ({ authorization: `Bearer ${++token}` });
  await record(open(t, url, { headers })).data(2);
  assert.deepEqual(requests.map(({ headers }) => headers.authorization), ["Bearer 1", "Bearer 2"]);
});

test("a POST is not repeated once it may have been accepted", options, async (t) => {
  const post = { method: "POST", body: "question" };
  for (const [answers, settings, expected] of [
    [[ended("data: a\n\n")], {}, [[200, "end"]]],
    [[cut("data: a\n\n")], {}, [[200, "network"]]],
    [[(response) => response.destroy()], {}, [[0, "network"]]],
    [[status(502)], {}, [[502, "status"]]],
    [[status(429), status(503), ended("")], {}, [[429, "status"], [503, "status"], [200, "end"]]],
    [[ended(""), status(502), status(204)], { repeat: true }, [[200, "end"], [502, "status"], [204, "status"]]],
  ]) {
    const { url, requests } = await serve(t, ...answers);
    const seen = record(open(t, url, { ...post, ...settings }));
    await seen.closed();
    await later();
    assert.deepEqual(seen.seen.filter(({ type }) => type === "error").map((row) => [row.status, row.reason]), expected);
    assert.deepEqual(requests.map(({ method, body }) => [method, body]), expected.map(() => ["POST", "question"]));
  }
});

test("a closed stream sends no request and no event", options, async (t) => {
  const { url, requests } = await serve(t, ended("data: a\n\ndata: b\n\n"));
  const source = open(t, url);
  const seen = record(source);
  source.onmessage = () => source.close();
  await seen.closed();
  await later();
  assert.deepEqual(seen.seen.map(({ type }) => type), ["open", "message"]);
  assert.equal(requests.length, 1);
});

// Longer than a reconnection time here, to see that nothing follows.
const later = (time = 100) => new Promise((resolve) => setTimeout(resolve, time));
