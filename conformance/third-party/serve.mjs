// Servers that send events as each package's documentation shows: `node serve.mjs NAME PORT`.
//
// `/events` sends a number every 50 ms, which is also its ID, and continues after `Last-Event-ID`. `/quiet` sends
// nothing. All settings are the package's defaults.

import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";

const TICK = 50;
const require = createRequire(import.meta.url);

/** The numbers after the last one, at their times. */
async function* numbers(last) {
  const parsed = last === undefined || last === "" ? NaN : Number(last);
  let number = Number.isSafeInteger(parsed) ? parsed + 1 : Math.floor(Date.now() / TICK) + 1;
  for (; ; number += 1) {
    await sleep(number * TICK - Date.now());
    yield number;
  }
}

const lastOf = (request) => request.headers["last-event-id"];

/** Sends numbers by a function until the client leaves. */
async function push(request, send) {
  let open = true;
  request.socket.on("close", () => (open = false));
  for await (const number of numbers(lastOf(request))) {
    if (!open) return;
    send(number);
  }
}

const servers = {
  async "better-sse"(port) {
    const { default: express } = await import("express");
    const { createSession } = await import("better-sse");
    const app = express();
    app.get("/events", async (req, res) => {
      const session = await createSession(req, res);
      await push(req, (number) => session.push(number, "message", String(number)));
    });
    app.get("/quiet", (req, res) => createSession(req, res));
    app.listen(port, "127.0.0.1");
  },

  async hono(port) {
    const { Hono } = await import("hono");
    const { streamSSE } = await import("hono/streaming");
    const { serve } = await import("@hono/node-server");
    const app = new Hono();
    app.get("/events", (c) =>
      streamSSE(c, async (stream) => {
        for await (const number of numbers(c.req.header("last-event-id"))) {
          if (stream.aborted) return;
          await stream.writeSSE({ data: String(number), id: String(number) });
        }
      }),
    );
    app.get("/quiet", (c) => streamSSE(c, () => new Promise(() => {})));
    serve({ fetch: app.fetch, port, hostname: "127.0.0.1" });
  },

  async "@fastify/sse"(port) {
    const { default: fastify } = await import("fastify");
    const app = fastify();
    await app.register(require("@fastify/sse"));
    app.get("/events", { sse: "only" }, async (request, reply) => {
      await reply.sse.send(
        (async function* () {
          for await (const number of numbers(lastOf(request))) {
            yield { id: String(number), data: number };
          }
        })(),
      );
    });
    app.get("/quiet", { sse: "only" }, async (_, reply) => {
      reply.sse.keepAlive();
      reply.sse.sendHeaders();
    });
    await app.listen({ port, host: "127.0.0.1" });
  },

  async "fastify-sse-v2"(port) {
    const { default: fastify } = await import("fastify");
    const { FastifySSEPlugin } = await import("fastify-sse-v2");
    const app = fastify();
    app.register(FastifySSEPlugin);
    app.get("/events", (request, reply) => {
      reply.sse(
        (async function* () {
          for await (const number of numbers(lastOf(request))) {
            yield { id: String(number), data: String(number) };
          }
        })(),
      );
    });
    app.get("/quiet", (_, reply) => {
      reply.sse((async function* () { await new Promise(() => {}); })());
    });
    await app.listen({ port, host: "127.0.0.1" });
  },

  async "express-sse"(port) {
    const { default: express } = await import("express");
    const SSE = require("express-sse");
    const app = express();
    // One object broadcasts to all its clients, so each client has its own, to be resumed by its ID.
    app.get("/events", (req, res) => {
      const sse = new SSE();
      sse.init(req, res);
      return push(req, (number) => sse.send(number, undefined, number));
    });
    app.get("/quiet", (req, res) => new SSE().init(req, res));
    app.listen(port, "127.0.0.1");
  },
};

const [name, port] = process.argv.slice(2);
await servers[name](Number(port));
