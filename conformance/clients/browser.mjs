// Runs one client in Chromium, on a page of the server's origin.

import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const flags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

// Each page, and what starts its client once the page has loaded.
const pages = {
  chromium: {
    html: () => '<script>window.loaded = true;</script>',
    start(url) {
      const source = new EventSource(url);
      source.onmessage = ({ data }) => window.seen(data);
      source.onerror = () => source.readyState === EventSource.CLOSED && window.ended('closed');
    },
    path: 'events',
  },

  // As its README shows: an end or an error that is not fatal leads to a new request.
  'fetch-event-source': {
    html: () => `<script type="module">
      import { fetchEventSource } from '/npm/@microsoft/fetch-event-source/lib/esm/index.js';
      window.fetchEventSource = fetchEventSource;
      window.loaded = true;
    </script>`,
    start(url) {
      const onmessage = ({ data }) => window.seen(data);
      const onclose = () => { throw new Error('ended'); };
      const done = window.fetchEventSource(url, { onmessage, onclose });
      done.then(() => window.ended(null), (error) => window.ended(String(error)));
    },
    path: 'events',
  },

  datastar: datastar('@starfederation/datastar', '@get'),
  'datastar-0': datastar('datastar-0', 'sse'),

  htmx: {
    html: () => `<script src="/npm/htmx.org/dist/htmx.js"></script>
      <script src="/npm/htmx-ext-sse/dist/sse.js"></script>
      <script>window.loaded = true;</script>
      <main hx-ext="sse"></main>`,
    start(url) {
      document.addEventListener('htmx:sseMessage', ({ detail }) => window.seen(detail.data));
      const main = document.querySelector('main');
      main.innerHTML = `<div sse-connect="${url}"><p sse-swap="message"></p></div>`;
      window.htmx.process(main);
    },
    path: 'events',
  },
};

function datastar(name, action) {
  return {
    html: (url) => `<script type="importmap">{ "imports": { "~/": "/npm/${name}/dist/" } }</script>
    <script type="module">
      import '/npm/${name}/dist/bundles/datastar.js';
      window.loaded = true;
    </script>
    <button data-on-click="${action}('${url}')"></button>`,
    start() {
      document.addEventListener('datastar-sse', ({ detail: { type, argsRaw } }) => {
        if (type === 'datastar-merge-signals') window.seen(JSON.parse(argsRaw.signals).text);
        if (type === 'retries-failed') window.ended('retries failed');
        if (type === 'finished') window.ended(null);
      });
      document.querySelector('button').click();
    },
    path: 'datastar',
  };
}

// Starts the client; returns a function that ends the browser.
export async function open(client, root, seen) {
  const { html, start, path } = pages[client];
  const url = `${root}/${path}`;
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: flags,
  });
  const page = await browser.newPage();
  page.on('pageerror', (error) => console.error(error.message));
  await page.exposeFunction('seen', (text) => seen.event(text));
  await page.exposeFunction('ended', (error) => seen.end(error));

  await page.route('**/*', async (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/page') {
      await route.fulfill({ contentType: 'text/html', body: `<!doctype html>${html(url)}` });
    } else if (pathname.startsWith('/npm/')) {
      await route.fulfill(await script(pathname.slice('/npm/'.length)));
    } else {
      await route.fulfill({ status: 404 });
    }
  });
  await page.goto(`${new URL(root).origin}/page`);
  await page.waitForFunction(() => window.loaded);
  // From here on, requests go to the server directly.
  await page.unrouteAll();
  seen.start();
  await page.evaluate(start, url);
  return () => browser.close();
}

// Returns a file of an installed package. Packages for bundlers omit the extension, or the name of an index.
async function script(path) {
  const packages = join(dirname(fileURLToPath(import.meta.url)), 'node_modules');
  const found = ['', '.js', '/index.js'].find((ending) => isFile(join(packages, path + ending)));
  if (found === undefined) return { status: 404 };
  const body = found ? `export * from '/npm/${path}${found}';` : await readFile(join(packages, path));
  return { contentType: 'text/javascript', body };
}

function isFile(path) {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
