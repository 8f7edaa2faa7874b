// A server for the tests: each request gets the next answer, and the last one is repeated.

import { once } from "node:events";
import { createServer } from "node:http";

// Answers are functions of the request and the response, or texts of event streams that then stay open.
export async function serve(t, ...answers) {
  const requests = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const at = performance.now();
    requests.push({ method: request.method, headers: request.headers, body, at, response });
    const answer = answers[Math.min(requests.length, answers.length) - 1];
    if (typeof answer === "function") answer(response, request);
    else stream(response).write(answer);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${server.address().port}/`, requests };
}

export function stream(response) {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.flushHeaders();
  return response;
}

export const status = (status, text = "", headers = {}) => (response) => response.writeHead(status, headers).end(text);
export const ended = (text) => (response) => stream(response).end(text);
export const cut = (text) => (response) => stream(response).write(text, () => response.destroy());

// Records the events of a stream, and waits for some of them.
export function record(stream, ...types) {
  const seen = [];
  let check = () => {};
  for (const type of ["open", "message", "error", "gap", ...types]) {
    stream.addEventListener(type, (event) => {
      const { data, lastEventId, reason, status } = event;
      const row = type === "error" ? { type, reason, status } : type === "open" ? { type } : { type, data, lastEventId };
      seen.push({ ...row, readyState: stream.readyState });
      check();
    });
  }
  const until = (condition) => new Promise((resolve) => {
    check = () => condition(seen) && resolve(seen);
    check();
  });
  return {
    seen,
    until,
    data: (count) => until(() => texts(seen).length >= count).then(texts),
    closed: () => until(() => stream.readyState === 2),
  };
}

const texts = (seen) => seen.filter(({ data }) => data !== undefined).map(({ data }) => data);
