// Streams that share a connection, as those of several tabs do. Node.js has channels, but not always locks.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";

import { EventStream } from "../event-stream.js";
import { record, serve, status, stream } from "./server.mjs";

const options = { timeout: 20_000 };

// Web Locks in one process: the first request for a name holds the lock until its promise resolves.
const queues = new Map();
const locks = {
  request(name, { signal }, callback) {
    const queue = queues.get(name) ?? [];
    queues.set(name, queue);
    return new Promise((resolve, reject) => {
      const next = () => queue[0]?.run();
      const run = async () => {
        await callback();
        queue.shift();
        next();
        resolve();
      };
      const request = { run };
      signal.addEventListener("abort", () => {
        const at = queue.indexOf(request);
        if (at < 1) return;
        queue.splice(at, 1);
        reject(new Error("aborted"));
      });
      if (queue.push(request) === 1) next();
    });
  },
};
Object.defineProperty(globalThis, "navigator", { configurable: true, value: { locks } });

function open(t, url, settings) {
  const stream = new EventStream(url, { retry: 20, maxRetry: 20, ...settings });
  t.after(() => stream.close());
  return stream;
}

const numbered = (...ids) => ids.map((id) => `id: ${id}\ndata: ${id}\n\n`).join("");

test("twenty tabs use one connection", options, async (t) => {
  const { url, requests } = await serve(t, ": hi\n\n");
  const tabs = Array.from({ length: 20 }, () => record(open(t, url)));
  await Promise.all(tabs.map(({ until }) => until((seen) => seen.length === 1)));
  requests[0].response.write(numbered(1, 2));
  for (const tab of tabs) assert.deepEqual(await tab.data(2), ["1", "2"]);
  assert.equal(requests.length, 1);
});

test("tabs with other URLs, headers or settings have a connection of their own", options, async (t) => {
  const { url, requests } = await serve(t, numbered(1));
  const settings = [{}, { withCredentials: true }, { headers: { a: "1" } }, { headers: { a: "1" } }, { method: "POST" }];
  const tabs = [record(open(t, `${url}other`)), ...settings.map((settings) => record(open(t, url, settings)))];
  for (const tab of tabs) await tab.data(1);
  assert.equal(requests.length, 6);
});

test("requests with headers are shared if the page asks for it", options, async (t) => {
  const { url, requests } = await serve(t, ": hi\n\n");
  const shared = (a) => record(open(t, url, { headers: { a }, share: true }));
  const tabs = [shared("1"), shared("1"), shared("2")];
  await Promise.all(tabs.map(({ until }) => until((seen) => seen.length === 1)));
  assert.deepEqual(requests.map(({ headers }) => headers.a).sort(), ["1", "2"]);
});

test("a POST is shared only if it may be repeated", options, async (t) => {
  const { url, requests } = await serve(t, ": hi\n\n");
  for (const [repeat, count] of [[false, 2], [true, 3]]) {
    const post = () => record(open(t, url, { method: "POST", body: "question", share: true, repeat }));
    await Promise.all([post(), post()].map(({ until }) => until((seen) => seen.length === 1)));
    assert.equal(requests.length, count);
  }
});

test("another tab leads after the leader, and no tab loses or repeats an event", options, async (t) => {
  const { url, requests } = await serve(t, numbered(1, 2), numbered(3, 4), numbered(5));
  const leaders = [open(t, url), open(t, url)];
  const tabs = [...leaders, open(t, url)].map((tab) => record(tab));
  for (const [at, leader] of leaders.entries()) {
    for (const tab of tabs) await tab.data(2);
    for (const tab of tabs.slice(at)) await tab.data(2 * at + 2);
    leader.close();
  }
  assert.deepEqual(await tabs[2].data(5), ["1", "2", "3", "4", "5"]);
  assert.deepEqual(requests.map(({ headers }) => headers["last-event-id"]), [undefined, "2", "4"]);
  assert.deepEqual(tabs[1].seen.filter(({ type }) => type === "error"), []);
});

test("a page whose storage is blocked has a connection of its own", options, async (t) => {
  const { BroadcastChannel } = globalThis;
  t.after(() => globalThis.BroadcastChannel = BroadcastChannel);
  globalThis.BroadcastChannel = class {
    constructor() {
      throw new DOMException("blocked", "SecurityError");
    }
  };
  const { url } = await serve(t, numbered(1));
  assert.deepEqual(await record(open(t, url)).data(1), ["1"]);
});

test("late messages of an earlier leader are ignored", options, async (t) => {
  const { url, requests } = await serve(t, numbered(1));
  const tab = record(open(t, url));
  await tab.data(1);
  const channel = new BroadcastChannel(`event-stream 1 ${JSON.stringify([url, { retry: 20, maxRetry: 20 }])}`);
  t.after(() => channel.close());
  const item = { type: "message", data: "late", lastEventId: "late" };
  // It is known to have arrived before the leader's answer to this greeting.
  const answered = new Promise((resolve) => channel.onmessage = ({ data }) => data.kind === "state" && resolve());
  channel.postMessage({ kind: "items", term: 2, items: [item], id: "late", origin: "" });
  channel.postMessage({ kind: "hello" });
  await answered;
  requests[0].response.write(numbered(2));
  assert.deepEqual(await tab.data(2), ["1", "2"]);
});

test("a tab that joins later continues live", options, async (t) => {
  const { url, requests } = await serve(t, numbered(1));
  await record(open(t, url)).data(1);
  const late = open(t, url);
  const seen = record(late);
  await seen.until((seen) => seen.length === 1);
  assert.equal(late.readyState, 1);
  requests[0].response.write(numbered(2));
  assert.deepEqual(await seen.data(1), ["2"]);
  assert.equal(requests.length, 1);
});

test("a tab that has an ID receives what it missed, and then shares the connection", options, async (t) => {
  const unknown = "id: no event's\n\n";
  for (const [name, start, steps] of [
    ["it reaches the shared stream's last event", numbered(1, 2, 3), [["own", 2, 3], ["shared", 4]]],
    ["the shared stream is ahead", numbered(1, 2, 3), [["shared", 4], ["own", 2, 3], ["shared", 5]]],
    ["they meet at a later event", numbered(1, 2) + unknown, [["shared", 3, 4], ["own", 2, 3], ["shared", 5]]],
    ["the shared stream is behind", numbered(1, 2) + unknown, [["own", 2, 3, 4], ["shared", 3, 4, 5]]],
  ]) {
    const { url, requests } = await serve(t, start, (response) => stream(response));
    const early = record(open(t, url));
    await early.data(2);
    const late = record(open(t, url, { lastEventId: "1" }));
    await late.until(() => requests.length === 2);
    const [{ response: shared }, { response: own, headers }] = requests;
    assert.equal(headers["last-event-id"], "1", name);
    const closed = once(own, "close");
    for (const [which, ...ids] of steps) {
      (which === "own" ? own : shared).write(numbered(...ids));
      await (which === "own" ? late : early).until((seen) => seen.some(({ data }) => data === String(ids.at(-1))));
    }
    await closed;
    const last = steps.at(-1).at(-1);
    const expected = Array.from({ length: last - 1 }, (_, n) => String(n + 2));
    assert.deepEqual(await late.data(expected.length), expected, name);
    assert.equal(requests.length, 2, name);
  }
});

test("every tab learns of failures, and of the end", options, async (t) => {
  const { url, requests } = await serve(t, status(502), (response) => stream(response).end(numbered(1)), status(204));
  const tabs = [open(t, url), open(t, url)];
  const rows = [
    { type: "error", reason: "status", status: 502, readyState: 0 },
    { type: "open", readyState: 1 },
    { type: "message", data: "1", lastEventId: "1", readyState: 1 },
    { type: "error", reason: "end", status: 200, readyState: 0 },
    { type: "error", reason: "status", status: 204, readyState: 2 },
  ];
  for (const tab of tabs.map((tab) => record(tab))) {
    await tab.closed();
    assert.deepEqual(tab.seen, rows);
  }
  assert.equal(requests.length, 3);
});

test("a page that may not use locks has a connection of its own", options, async (t) => {
  const { url, requests } = await serve(t, numbered(1));
  const refuse = { request: () => Promise.reject(new Error("SecurityError")) };
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: { locks: refuse } });
  t.after(() => Object.defineProperty(globalThis, "navigator", { configurable: true, value: { locks } }));
  for (const tab of [record(open(t, url)), record(open(t, url))]) assert.deepEqual(await tab.data(1), ["1"]);
  assert.equal(requests.length, 2);
});
