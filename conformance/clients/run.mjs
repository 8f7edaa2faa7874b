// Runs one client from npm against a server: node run.mjs CLIENT SCENARIO ROOT
// ROOT is the address of the scenario, to which each client adds the path of its dialect.

import { Seen } from './seen.mjs';

const [client, scenario, root] = process.argv.slice(2);
const messages = [{ role: 'user', content: 'hello' }];

const clients = {
  async eventsource(seen) {
    const { EventSource } = await import('eventsource');
    const source = new EventSource(`${root}/events`);
    source.onmessage = ({ data }) => seen.event(data);
    source.onerror = ({ message }) => {
      if (source.readyState === EventSource.CLOSED) seen.end(message ?? 'closed');
    };
    return () => source.close();
  },

  async 'eventsource-parser'(seen) {
    const { createParser } = await import('eventsource-parser');
    const parser = createParser({ onEvent: ({ data }) => seen.event(data) });
    await read(`${root}/answer`, (text) => parser.feed(text));
    seen.end(null);
  },

  async openai(seen) {
    const { default: OpenAI } = await import('openai');
    const openai = new OpenAI({ apiKey: 'none', baseURL: root });
    const stream = await openai.chat.completions.create({ model: 'none', messages, stream: true });
    for await (const { choices } of stream) {
      if (choices[0]?.delta?.content) seen.event(choices[0].delta.content);
    }
    seen.end(null);
  },

  // The part of `useChat` that reads the stream.
  async ai(seen) {
    const { DefaultChatTransport } = await import('ai');
    const transport = new DefaultChatTransport({ api: `${root}/ui` });
    const stream = await transport.sendMessages({
      chatId: 'none',
      messages: [{ id: 'm', role: 'user', parts: [{ type: 'text', text: 'hello' }] }],
      trigger: 'submit-message',
    });
    for await (const part of stream) {
      if (part.type === 'text-delta') seen.event(part.delta);
      if (part.type === 'error') throw new Error(part.errorText);
    }
    seen.end(null);
  },

  async anthropic(seen) {
    const { default: Anthropic } = await import('@anthropic-ai/sdk');
    const anthropic = new Anthropic({ apiKey: 'none', baseURL: root });
    const stream = anthropic.messages.stream({ model: 'none', max_tokens: 1, messages });
    stream.on('text', (text) => seen.event(text));
    await stream.done();
    seen.end(null);
  },

  // Readers as people write them for the answers of a model.
  'reader-of-blocks': (seen) => blocks(seen, `${root}/chat/completions`),
  'reader-of-blocks-bare': (seen) => blocks(seen, `${root}/bare/chat/completions`),

  async 'reader-of-lines'(seen) {
    let buffer = '';
    await read(`${root}/chat/completions`, (text) => {
      const lines = (buffer + text).split('\n');
      buffer = lines.pop();
      for (const line of lines) {
        if (line.startsWith('data: ')) completion(seen, line.slice(6));
      }
    });
    seen.end(null);
  },
};

async function blocks(seen, url) {
  let buffer = '';
  await read(url, (text) => {
    const blocks = (buffer + text).split('\n\n');
    buffer = blocks.pop();
    for (const block of blocks) {
      if (block.startsWith('data: ')) completion(seen, block.slice(6));
    }
  });
  seen.end(null);
}

function completion(seen, data) {
  if (data === '[DONE]') return;
  const content = JSON.parse(data).choices[0]?.delta?.content;
  if (content) seen.event(content);
}

async function read(url, chunk) {
  const response = await fetch(url);
  if (!response.body) return;
  const decoder = new TextDecoder();
  for await (const bytes of response.body) chunk(decoder.decode(bytes, { stream: true }));
}

const seen = new Seen(scenario);
let close;
if (client in clients) {
  seen.start();
  const started = Promise.resolve(clients[client](seen));
  started.then((result) => (close = result)).catch((error) => seen.end(error ?? 'failed'));
} else {
  const { open } = await import('./browser.mjs');
  close = await open(client, root, seen);
}
await seen.report(() => close?.());
process.exit(0);
