// Reads the example `gateway` with the clients of OpenAI, Anthropic and Vercel.
//
// Usage: gateway.mjs ROOT all|term
// Prints a line for each case: `ok NAME`, or `failed NAME: WHY`.

import assert from 'node:assert/strict';
import Anthropic from '@anthropic-ai/sdk';
import { DefaultChatTransport } from 'ai';
import OpenAI from 'openai';

const [root, mode] = process.argv.slice(2);
const KEY = 'key-of-ada';
const OTHER = 'key-of-bob';
const PROMPT = 'Once upon a time, a stream\nof events ran down to the s\u00e9a. '.repeat(3);
const LONG = 'four'.repeat(2000);
const openaiOf = (apiKey) => new OpenAI({ apiKey, baseURL: `${root}/v1`, maxRetries: 0 });
const openai = openaiOf(KEY);
const anthropic = new Anthropic({ apiKey: KEY, baseURL: root, maxRetries: 0 });
const transportOf = (key) => new DefaultChatTransport({
  api: `${root}/ui`,
  headers: { Authorization: `Bearer ${key}` },
  // The AI SDK puts no model into its request.
  prepareSendMessagesRequest: ({ id, messages, body }) => ({ body: { id, messages, ...body } }),
});
const transport = transportOf(KEY);
let chats = 0;

const headers = { 'x-api-key': KEY };
const running = async () => (await fetch(`${root}/running`, { headers })).json();
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function stops() {
  const until = Date.now() + 5000;
  while (await running()) {
    assert.ok(Date.now() < until, 'the server continues its work');
    await sleep(20);
  }
}

// Texts of an answer, by client; `signal` breaks it off.
async function* chat(content, { model = 'steady', signal } = {}) {
  const messages = [{ role: 'user', content }];
  const stream = await openai.chat.completions.create({ model, messages, stream: true }, { signal });
  for await (const { choices } of stream) {
    if (choices[0]?.delta?.content) yield choices[0].delta.content;
  }
  // After an abort, the client ends without an error.
  signal?.throwIfAborted();
}

async function* message(content, { model = 'steady', signal } = {}) {
  const messages = [{ role: 'user', content }];
  const stream = anthropic.messages.stream({ model, max_tokens: 1, messages }, { signal });
  for await (const event of stream) {
    if (event.type === 'content_block_delta') yield event.delta.text;
  }
  assert.equal((await stream.finalMessage()).stop_reason, 'end_turn');
}

async function* ui(text, { model = 'steady', chatId = `chat ${++chats}`, signal } = {}) {
  const messages = [{ id: 'm', role: 'user', parts: [{ type: 'text', text }] }];
  const trigger = 'submit-message';
  yield* texts(await transport.sendMessages({ chatId, messages, trigger, body: { model }, abortSignal: signal }));
}

async function* texts(stream) {
  let last;
  for await (const part of stream) {
    last = part.type;
    if (part.type === 'text-delta') yield part.delta;
    if (part.type === 'error') throw new Error(part.errorText);
    if (part.type === 'abort') throw new Error('aborted');
  }
  assert.equal(last, 'finish', 'it ended without its end');
}

async function reads(answer) {
  let seen = '';
  for await (const text of answer) seen += text;
  assert.equal(seen, PROMPT);
}

async function fails(answer, why = /lost its thread/) {
  let seen = '';
  try {
    for await (const text of answer) seen += text;
  } catch (error) {
    assert.match(`${error.message} ${JSON.stringify(error.error ?? '')}`, why);
    return seen;
  }
  throw new Error(`it ended without an error, after ${seen.length} characters`);
}

async function breaksOff(client) {
  const abort = new AbortController();
  const answer = client(LONG, { signal: abort.signal });
  await answer.next();
  assert.equal(await running(), 1);
  abort.abort();
  await stops();
  await answer.next().catch(() => {});
}

const cases = {
  openai_reads: () => reads(chat(PROMPT)),
  openai_fails: async () => assert.equal(await fails(chat('12345678', { model: 'faulty' })), '1234'),
  openai_stops: () => breaksOff(chat),

  async openai_resumes() {
    let stream = await openai.responses.create({ model: 'steady', input: PROMPT, stream: true, background: true });
    let [id, seen, completed] = [null, '', null];
    const numbers = [];
    while (!completed) {
      let count = 0;
      for await (const event of stream) {
        numbers.push(event.sequence_number);
        if (event.type === 'response.created') id = event.response.id;
        if (event.type === 'response.output_text.delta') seen += event.delta;
        if (event.type === 'response.completed') completed = event.response;
        if (++count === 6) break; // which closes the connection
      }
      if (completed) break;
      stream = await openai.responses.retrieve(id, { stream: true, starting_after: numbers.at(-1) });
    }
    assert.equal(seen, PROMPT);
    assert.equal(completed.output[0].content[0].text, PROMPT);
    assert.deepEqual(numbers, [...numbers.keys()]);
  },

  async openai_cancels() {
    const { id } = await openai.responses.create({ model: 'steady', input: LONG, background: true });
    assert.equal((await openai.responses.cancel(id)).status, 'cancelled');
    await stops();
    assert.equal((await openai.responses.retrieve(id)).status, 'cancelled');
  },

  anthropic_reads: () => reads(message(PROMPT)),
  anthropic_fails: async () => assert.equal(await fails(message('12345678', { model: 'faulty' })), '1234'),
  anthropic_stops: () => breaksOff(message),

  ai_reads: () => reads(ui(PROMPT)),
  ai_fails: async () => assert.equal(await fails(ui('12345678', { model: 'faulty' })), '1234'),

  async ai_resumes() {
    const [chatId, abort] = ['resumed', new AbortController()];
    const answer = ui(PROMPT, { chatId, signal: abort.signal });
    for (let count = 0; count < 5; count++) await answer.next();
    abort.abort();
    await answer.next().catch(() => {});
    await reads(texts(await transport.reconnectToStream({ chatId })));
    assert.equal(await transport.reconnectToStream({ chatId }), null);
    await assert.rejects(transport.reconnectToStream({ chatId: 'unknown' }), /no such chat/);
  },

  async ai_stops() {
    const chatId = 'stopped';
    const answer = ui(LONG, { chatId });
    await answer.next();
    assert.equal(await stop(chatId, KEY), 200);
    await stops();
    await fails(answer, /aborted/);
  },

  async another_owner_finds_nothing() {
    const other = openaiOf(OTHER).responses;
    const { id } = await openai.responses.create({ model: 'steady', input: LONG, background: true });
    for (const attempt of [
      () => other.retrieve(id),
      () => other.retrieve(id, { stream: true }),
      () => other.retrieve(id, { stream: true, starting_after: 3 }),
      () => other.cancel(id),
    ]) {
      await assert.rejects(attempt(), (error) => error instanceof OpenAI.NotFoundError);
    }
    const chatId = 'private';
    const answer = ui(LONG, { chatId });
    await answer.next();
    await assert.rejects(transportOf(OTHER).reconnectToStream({ chatId }), /no such chat/);
    assert.equal(await stop(chatId, OTHER), 404);
    assert.equal(await running(), 2, 'another owner has stopped an answer');
    await openai.responses.cancel(id);
    assert.equal(await stop(chatId, KEY), 200);
    await fails(answer, /aborted/);
    await stops();
  },
};

async function stop(chatId, key) {
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
  const stopped = await fetch(`${root}/ui/${chatId}/stop`, { method: 'POST', headers, body: '{}' });
  return stopped.status;
}

async function run(name, test) {
  try {
    await test();
    console.log(`ok ${name}`);
  } catch (error) {
    console.log(`failed ${name}: ${error.message.replaceAll('\n', ' ')}`);
  }
}

// Long answers have to fail when the server stops, and a short one has time to finish.
async function term() {
  const clients = { openai: chat, anthropic: message, ai: ui };
  const long = [];
  for (const [name, client] of Object.entries(clients)) {
    const answer = client(LONG);
    await answer.next();
    long.push(run(`${name}_stops_loudly`, () => fails(answer, /the server stops/)));
  }
  await run('ai_finishes', async () => {
    let seen = '';
    for await (const text of ui('x'.repeat(40))) {
      if (!seen) console.log('streaming');
      seen += text;
    }
    assert.equal(seen, 'x'.repeat(40));
  });
  await Promise.all(long);
}

if (mode === 'term') await term();
else for (const [name, test] of Object.entries(cases)) await run(name, test);
process.exit(0);
