/**
 * Reads event streams in a browser. {@link EventStream} has the interface of an EventSource, shares one connection
 * among all tabs, and reconnects after answers that permanently close an EventSource.
 */

/**
 * @typedef {object} Options
 * @property {boolean} [withCredentials] Whether requests to other origins carry cookies, as for an EventSource.
 * @property {string} [lastEventId] The last event ID to resume from. Without one, a stream begins live.
 * @property {string} [method] The request's method. Default: GET.
 * @property {HeadersInit | (() => HeadersInit | Promise<HeadersInit>)} [headers] More headers of the request. A
 *   function is called for each request, so that it can return a fresh token.
 * @property {BodyInit} [body] The request's body. It is sent again at each reconnect, so it must not be a stream.
 * @property {boolean} [share] Whether tabs with the same URL and options share one connection. Default: only if
 *   `method`, `headers` and `body` are not set. It needs `repeat`, because a new leader repeats the request.
 * @property {boolean} [repeat] Whether a request that the server may have accepted is repeated. Default: only GET
 *   and HEAD.
 * @property {(status: number) => boolean} [isFinal] Whether the stream stops at an answer with this status. Default:
 *   at 204 and 4xx, except 408, 425 and 429.
 * @property {number} [watchdog] Reconnects if nothing arrives for this time, in milliseconds, not even a comment.
 *   0 turns it off. Default: 45,000, three keep-alives of 15 s. A shorter time notices a dead connection sooner,
 *   and must be longer than the server's keep-alive interval.
 * @property {number} [retry] The reconnection time, in milliseconds, until the server sends one. Default: 3,000.
 * @property {number} [maxRetry] The longest reconnection time after failures, in milliseconds. Default: 30,000. A
 *   longer one spares a server that is down, and notices later that it is up again.
 * @property {number} [maxEventSize] The bound on an event's size, in UTF-16 code units of its lines. Default: 2^20.
 */

/**
 * The details of an `error` event.
 *
 * @typedef {object} Failure
 * @property {"status" | "type" | "network" | "end" | "silent" | "size"} reason
 *   `status`: the server answered with a status other than 200. `type`: the response is not an event stream.
 *   `network`: no response, or a lost connection. `end`: the stream ended. `silent`: nothing arrived for too long.
 *   `size`: an event was too large, and was dropped; the connection stays open.
 * @property {number} status The status of the response, or 0 if there was no response.
 * @property {string} text The beginning of the response if its status was not 200.
 */

/** @typedef {Event & Failure} FailureEvent */

/**
 * The data of the hub's `gap` event, which reports missed events.
 *
 * @typedef {object} Gap
 * @property {"malformed" | "foreign" | "future" | "trimmed"} reason
 * @property {string[]} topics
 * @property {string} requested The last event ID that the client has, or has sent.
 * @property {string} resumed_at The ID just before the next event.
 */

/** @typedef {MessageEvent<string> & { gap?: Gap }} GapEvent */

/** @typedef {{ type: string, data: string, lastEventId: string }} Item */

/**
 * What a connection reports.
 *
 * @typedef {{ kind: "open" }
 *   | { kind: "items", items: (Item | Failure)[], id: string, origin: string }
 *   | { kind: "error", failure: Failure } & Wait} Report
 */

/**
 * The time until the next attempt in milliseconds, or `null` if the stream has stopped.
 *
 * @typedef {{ wait: number | null, attempt: number }} Wait
 */

/**
 * What tabs send each other.
 *
 * @typedef {Report & { term: number }
 *   | { kind: "hello" }
 *   | { kind: "lead", term: number }
 *   | { kind: "state", term: number, id: string, open: boolean } & Wait
 *   | { kind: "wake", term: number, attempt: number }} Message
 */

/** @param {Item | Failure} item @returns {item is Failure} */
const isFailure = (item) => "reason" in item;

/**
 * Decodes bytes into events (WHATWG HTML 9.2.5 and 9.2.6). Its memory is bounded by the maximum size of an event.
 */
export class Parser {
  /** The reconnection time in milliseconds, once the stream has set one. @type {number | undefined} */
  retry;
  /** The last event ID that a header can carry, once the stream has set one. @type {string | undefined} */
  resumeId;
  // Some versions of Node.js strip a second byte order mark if the first one was split.
  #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #atStart = true;
  #line = "";
  /** Whether the last character was a CR, so that an LF that follows belongs to it. */
  #cr = false;
  /** Whether the rest of an event that was too large is being skipped. */
  #skip = false;
  #data = "";
  #type = "";
  /** @type {string | undefined} */
  #id;
  #size = 0;
  #max;

  /**
   * @param {string} [lastEventId] The ID that the events have until the stream sets another.
   * @param {number} [maxEventSize]
   */
  constructor(lastEventId = "", maxEventSize = 2 ** 20) {
    this.lastEventId = lastEventId;
    this.#max = maxEventSize;
  }

  /**
   * Returns the events that these bytes complete, and a failure for each that is too large.
   *
   * @param {Uint8Array} bytes
   */
  feed(bytes) {
    /** @type {(Item | Failure)[]} */
    const items = [];
    let text = this.#decoder.decode(bytes, { stream: true });
    if (!text) return items;
    if (this.#atStart && text[0] === "\ufeff") text = text.slice(1);
    this.#atStart = false;
    if (this.#cr && text[0] === "\n") text = text.slice(1);
    this.#cr = text.endsWith("\r");
    const lines = text.split(/\r\n?|\n/);
    lines[0] = this.#line + lines[0];
    const rest = lines.pop() ?? "";
    for (const line of lines) this.#read(line, items);
    if (!this.#skip && !this.#fits(rest)) this.#tooLarge(items);
    // Within a skipped event, it matters only whether a line is blank.
    this.#line = this.#skip ? rest && ":" : rest;
    return items;
  }

  /** @param {string} line @param {(Item | Failure)[]} items */
  #read(line, items) {
    if (this.#skip) return void (this.#skip = !!line);
    if (!line) return this.#dispatch(items);
    if (!this.#fits(line)) return this.#tooLarge(items);
    const colon = line.indexOf(":");
    if (!colon) return;
    this.#size += line.length;
    const name = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value[0] === " ") value = value.slice(1);
    if (name === "data") this.#data += value + "\n";
    else if (name === "event") this.#type = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
    else if (name === "retry" && /^\d+$/.test(value)) this.retry = Number(value);
  }

  /** @param {(Item | Failure)[]} items */
  #dispatch(items) {
    if (this.#id !== undefined) {
      this.lastEventId = this.#id;
      // With an ID that a server would refuse, a client resumes after an earlier event.
      if (/^[\t -~\x80-\uffff]{0,1024}$/.test(this.#id)) this.resumeId = this.#id;
    }
    if (this.#data) {
      items.push({ type: this.#type || "message", data: this.#data.slice(0, -1), lastEventId: this.lastEventId });
    }
    this.#clear();
  }

  /** A comment is not part of an event, so its size counts on its own. @param {string} line */
  #fits(line) {
    return line.length + (line[0] === ":" ? 0 : this.#size) <= this.#max;
  }

  /** @param {(Item | Failure)[]} items */
  #tooLarge(items) {
    items.push({ reason: "size", status: 200, text: "" });
    this.#clear();
    this.#skip = true;
  }

  #clear() {
    this.#data = this.#type = "";
    this.#id = undefined;
    this.#size = 0;
  }
}

/** Requests a stream repeatedly, and reports what happens. It resumes after the last event. */
class Connection {
  /** @type {AbortController | undefined} */
  #abort;
  #stopped = false;
  #failures = 0;
  /** The last event ID, which a header cannot always carry. */
  #lastEventId;
  #retry;
  #url;
  #options;
  #report;
  /** @type {{ open: boolean } & Wait} */
  #state = { open: false, wait: 0, attempt: 0 };
  #due = 0;

  /**
   * @param {string} url
   * @param {Options} options
   * @param {string} id
   * @param {(report: Report) => void} report
   */
  constructor(url, options, id, report) {
    this.#url = url;
    this.#options = options;
    this.#report = report;
    this.#retry = options.retry ?? 3000;
    /** The last event ID to resume from. */
    this.id = this.#lastEventId = id;
    this.#connect();
  }

  /** What a tab that joins now has to know. */
  get state() {
    return { ...this.#state, id: this.id, wait: Math.max(0, this.#due - Date.now()) };
  }

  /** Ends the wait after an attempt. @param {number} attempt */
  wake(attempt) {
    if (!this.#abort && !this.#stopped && attempt === this.#state.attempt) this.#connect();
  }

  stop() {
    this.#stopped = true;
    this.#abort?.abort();
  }

  async #connect() {
    const { method = "GET", watchdog = 45_000, maxRetry = 30_000, isFinal = isFinalStatus } = this.#options;
    const abort = this.#abort = new AbortController();
    this.#state.attempt++;
    /** @type {Failure} */
    const failure = { reason: "network", status: 0, text: "" };
    let after = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const alive = () => {
      clearTimeout(timer);
      if (watchdog) timer = setTimeout(() => {
        if (failure.reason === "network") failure.reason = "silent";
        abort.abort();
      }, watchdog);
    };
    alive();
    try {
      const response = await this.#request(method, abort.signal);
      failure.status = response.status;
      const reader = response.body?.getReader();
      if (failure.status !== 200) {
        after = retryAfter(response.headers.get("retry-after"));
        failure.reason = "status";
        const start = await reader?.read();
        failure.text = new TextDecoder().decode(start?.value?.subarray(0, 1024));
      } else if (!/^text\/event-stream *(;|$)/i.test(response.headers.get("content-type") ?? "")) {
        failure.reason = "type";
      } else {
        this.#failures = 0;
        this.#state.open = true;
        this.#report({ kind: "open" });
        const parser = new Parser(this.#lastEventId, this.#options.maxEventSize);
        const origin = new URL(response.url).origin;
        for (;;) {
          alive();
          const chunk = await reader?.read();
          if (this.#stopped || !chunk?.value) break;
          this.#read(parser, chunk.value, origin);
        }
        failure.reason = "end";
      }
    } catch {
      // The failure has its reason: only the watchdog aborts, and every other error is the network's.
    }
    clearTimeout(timer);
    abort.abort();
    this.#abort = undefined;
    if (this.#stopped) return;
    const { status } = failure;
    const refused = failure.reason === "status";
    const stops = refused && isFinal(status) || !repeats(this.#options) && !(refused && (status === 429 || status === 503));
    let wait = this.#retry;
    if (this.#failures++) wait = Math.min(Math.max(wait, maxRetry), Math.max(wait, 1000) * 2 ** (this.#failures - 2));
    // Up to half longer, so that clients do not all reconnect at once.
    wait = Math.min(Math.max(wait, after) * (1 + Math.random() / 2), MAX_TIMER);
    this.#due = Date.now() + wait;
    this.#state.open = false;
    this.#report({ kind: "error", failure, wait: stops ? null : wait, attempt: this.#state.attempt });
  }

  /** @param {string} method @param {AbortSignal} signal */
  async #request(method, signal) {
    const { headers, body, withCredentials } = this.#options;
    const all = new Headers(typeof headers === "function" ? await headers() : headers);
    all.set("accept", "text/event-stream");
    // A header's characters are bytes, and the standard requires UTF-8.
    if (this.id) all.set("last-event-id", String.fromCharCode(...new TextEncoder().encode(this.id)));
    const credentials = withCredentials ? "include" : "same-origin";
    return fetch(this.#url, { method, headers: all, body, credentials, cache: "no-store", signal });
  }

  /** @param {Parser} parser @param {Uint8Array} bytes @param {string} origin */
  #read(parser, bytes, origin) {
    const items = parser.feed(bytes);
    this.#retry = parser.retry ?? this.#retry;
    if (!items.length && parser.lastEventId === this.#lastEventId) return;
    this.#lastEventId = parser.lastEventId;
    this.id = parser.resumeId ?? this.id;
    this.#report({ kind: "items", items, id: this.id, origin });
  }
}

/** Whether a request that the server may have accepted is repeated. @param {Options} options */
const repeats = ({ method = "GET", repeat = /^(GET|HEAD)$/i.test(method) }) => repeat;

/** @param {number} status */
const isFinalStatus = (status) => status === 204 || status > 399 && status < 500 && ![408, 425, 429].includes(status);

/** Returns milliseconds. The header has seconds or a date (RFC 9110 10.2.3). @param {string | null} header */
function retryAfter(header) {
  return (/^\d+$/.test(header ?? "") ? Number(header) * 1000 : Date.parse(header ?? "") - Date.now()) || 0;
}

/** A longer timer fires at once. */
const MAX_TIMER = 2 ** 31 - 1;

/**
 * A tab among those that share a connection.
 *
 * A lock elects the leader, which reads the stream and sends everything to a channel. Each tab, the leader's included,
 * takes only what it receives from the channel, and all receive the same messages in the same order. So when a new
 * leader receives its own message `lead`, every tab has received exactly the same events, and the new connection
 * resumes after them. Later messages of an earlier leader have another term, and are ignored.
 */
class Group {
  #incoming;
  #outgoing;
  #waiting = new AbortController();
  /** Releases the lock. */
  #release = () => {};
  /** The leader whose messages count. */
  #term = 0;
  /** This tab as a leader. */
  #own = Math.random();
  /** @type {Connection | undefined} */
  #connection;
  /** The shared stream's last event ID; unknown until this tab has joined. @type {string | undefined} */
  id;
  #first;
  #connect;
  #receive;

  /**
   * @param {string} name
   * @param {string} first The ID to resume from if this tab is the first.
   * @param {(id: string, report: (report: Report) => void) => Connection} connect
   * @param {(message: Message) => void} receive
   * @param {() => void} refused Called if the page may not use locks.
   */
  constructor(name, first, connect, receive, refused) {
    this.#first = first;
    this.#connect = connect;
    this.#receive = receive;
    // A channel does not receive what it sends itself.
    this.#incoming = new BroadcastChannel(name);
    this.#outgoing = new BroadcastChannel(name);
    this.#incoming.onmessage = ({ data }) => this.#take(data);
    this.#send({ kind: "hello" });
    const { signal } = this.#waiting;
    navigator.locks.request(name, { signal }, () => {
      if (signal.aborted) return;
      this.#send({ kind: "lead", term: this.#own });
      return new Promise((resolve) => this.#release = () => resolve(undefined));
    }).catch(() => signal.aborted || refused());
  }

  /** Asks the leader to end its wait. Every tab does, because timers of hidden tabs are slow. @param {number} attempt */
  wake(attempt) {
    this.#send({ kind: "wake", term: this.#term, attempt });
  }

  leave() {
    this.#connection?.stop();
    this.#waiting.abort();
    this.#release();
    this.#incoming.close();
    this.#outgoing.close();
  }

  /** @param {Message} message */
  #send(message) {
    if (!this.#waiting.signal.aborted) this.#outgoing.postMessage(message);
  }

  #sendState() {
    if (this.#connection) this.#send({ kind: "state", term: this.#own, ...this.#connection.state });
  }

  /** @param {Message} message */
  #take(message) {
    if (this.#waiting.signal.aborted) return;
    if (message.kind === "hello") return this.#sendState();
    const { kind, term } = message;
    if (kind === "wake") {
      if (term === this.#own) this.#connection?.wake(message.attempt);
    } else if (kind === "lead") {
      this.#term = term;
      if (this.id !== undefined) this.#receive(message);
      if (term !== this.#own) return;
      this.id ??= this.#first;
      this.#connection = this.#connect(this.id, (report) => this.#send({ ...report, term }));
      this.#sendState();
    } else if (kind === "state") {
      if (this.id !== undefined) return;
      this.id = message.id;
      this.#term = term;
      this.#receive(message);
    } else if (this.id !== undefined && term === this.#term) {
      if (kind === "items") this.id = message.id;
      this.#receive(message);
    }
  }
}

/**
 * Moves a tab that has an ID of its own to the shared stream. The tab's own connection resumes from its ID, until both
 * have delivered the same event.
 */
class CatchUp {
  /** Whether the tab needs no connection of its own any more. */
  done = false;
  /** Whether the shared stream has yet to reach the last event of the tab's own connection. */
  behind = false;
  /** The shared items since `#floor`, which is an event's ID. @type {(Item | Failure)[]} */
  #held = [];
  #floor;
  /** The newest IDs of the tab's own connection. @type {Set<string>} */
  #seen = new Set();
  /** The ID of the last event of the tab's own connection. */
  last = "";

  /** @param {string} floor */
  constructor(floor) {
    this.#floor = floor;
  }

  /** Returns what to show after these items of the tab's own connection. @param {(Item | Failure)[]} items */
  own(items) {
    const show = [];
    for (const item of items) {
      if (this.done) break;
      show.push(item);
      if (isFailure(item)) continue;
      const id = this.last = item.lastEventId;
      const at = this.#held.findIndex((held) => !isFailure(held) && held.lastEventId === id);
      if (at >= 0 || id === this.#floor) {
        this.done = true;
        show.push(...this.#held.slice(at + 1));
      }
      this.#seen.add(id);
      if (this.#seen.size > HELD) this.#seen.delete(this.#seen.values().next().value ?? "");
    }
    return show;
  }

  /** Returns what to show of these items of the shared stream. @param {(Item | Failure)[]} items */
  shared(items) {
    return items.filter((item) => {
      const id = isFailure(item) ? undefined : item.lastEventId;
      if (!this.done) {
        if (id === undefined || !this.#seen.has(id)) {
          this.#held.push(item);
          const dropped = this.#held.length > HELD && this.#held.shift();
          if (dropped && !isFailure(dropped)) this.#floor = dropped.lastEventId;
          return false;
        }
        this.done = this.behind = true;
      }
      if (!this.behind) return true;
      // After a gap, the last event may never come.
      const lost = "type" in item && item.type === "gap";
      if (lost || id === this.last) this.behind = false;
      return lost;
    });
  }
}

/** The number of events that are retained while a tab catches up. A tab that is far behind needs more of them. */
const HELD = 1000;

/**
 * An event stream with the interface of an EventSource.
 *
 * @example
 * const stream = new EventStream("/events");
 * stream.onmessage = ({ data }) => console.log(data);
 * stream.onerror = ({ reason, status }) => console.log(stream.readyState, reason, status);
 * stream.ongap = ({ gap }) => console.log("lost events of", gap?.topics);
 */
export class EventStream extends EventTarget {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSED = 2;
  CONNECTING = 0;
  OPEN = 1;
  CLOSED = 2;

  /** @type {((event: Event) => void) | null} */
  onopen = null;
  /** @type {((event: MessageEvent<string>) => void) | null} */
  onmessage = null;
  /** Called at each failure; `readyState` is CLOSED if it is final. @type {((event: FailureEvent) => void) | null} */
  onerror = null;
  /** Called when the server reports missed events. @type {((event: GapEvent) => void) | null} */
  ongap = null;

  #readyState = 0;
  #options;
  /** The last event ID to resume from. */
  #first;
  /** @type {Group | undefined} */
  #group;
  /** A connection of this tab. @type {Connection | undefined} */
  #connection;
  /** @type {CatchUp | undefined} */
  #catchUp;
  /** Whether the shared stream is open. */
  #sharedOpen = false;
  /** @type {Set<ReturnType<typeof setTimeout>>} */
  #timers = new Set();
  /** Removes the listeners when the stream closes. */
  #closed = new AbortController();
  /** Whether the page is frozen, or left and kept by the browser. */
  #paused = false;

  /**
   * Opens a stream.
   *
   * @param {string | URL} url
   * @param {Options} [options]
   * @throws {TypeError} If the URL is not valid.
   */
  constructor(url, options = {}) {
    super();
    this.url = new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href).href;
    this.withCredentials = !!options.withCredentials;
    this.#options = options;
    this.#first = options.lastEventId ?? "";
    this.addEventListener("open", (event) => this.onopen?.(event));
    this.addEventListener("message", (event) => this.onmessage?.(event));
    this.addEventListener("error", (event) => this.onerror?.(event));
    this.addEventListener("gap", (event) => this.ongap?.(event));
    if (repeats(options)) {
      const { signal } = this.#closed;
      const [pause, resume] = [() => this.#pause(), () => this.#resume()];
      globalThis.addEventListener?.("pagehide", pause, { signal });
      globalThis.addEventListener?.("pageshow", resume, { signal });
      globalThis.document?.addEventListener("freeze", pause, { signal });
      globalThis.document?.addEventListener("resume", resume, { signal });
    }
    this.#start();
  }

  /**
   * As for an EventTarget, with a type that also fits the events that a server names.
   *
   * @override
   * @param {string} type
   * @param {((event: any) => void) | EventListenerObject | null} listener
   * @param {boolean | AddEventListenerOptions} [options]
   */
  addEventListener(type, listener, options) {
    super.addEventListener(type, listener, options);
  }

  /** CONNECTING, OPEN or CLOSED. */
  get readyState() {
    return this.#readyState;
  }

  /** Closes the stream. Other tabs keep theirs. */
  close() {
    this.#readyState = 2;
    this.#closed.abort();
    this.#stop();
  }

  #stop() {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#connection?.stop();
    this.#leaveGroup();
    this.#connection = undefined;
  }

  /** Lets another tab lead. */
  #pause() {
    if (this.#paused) return;
    this.#paused = true;
    this.#first = this.#connection?.id ?? this.#catchUp?.last ?? this.#group?.id ?? this.#first;
    this.#readyState = 0;
    this.#stop();
  }

  /** Continues after the last event that this page has shown. */
  #resume() {
    if (!this.#paused) return;
    this.#paused = false;
    this.#start();
  }

  #start() {
    const { method, headers, body, share = !(method || headers || body) } = this.#options;
    // Another leader would repeat the request.
    const shared = share && repeats(this.#options) && globalThis.navigator?.locks && globalThis.BroadcastChannel;
    if (!shared) return this.#connectAlone();
    const list = typeof headers === "object" ? [...new Headers(headers)] : undefined;
    const settings = { ...this.#options, headers: list, lastEventId: undefined };
    const group = () => new Group(
      // The number is that of the messages between tabs: after a deploy, tabs may run different versions of this file.
      `event-stream 1 ${JSON.stringify([this.url, settings])}`,
      this.#first,
      (id, report) => this.#connect(id, report),
      (message) => this.#receive(message),
      () => {
        this.#leaveGroup();
        this.#connectAlone();
      },
    );
    try {
      this.#group = group();
    } catch {
      // A page whose storage is blocked has no channels.
      this.#connectAlone();
    }
  }

  /** @param {string} id @param {(report: Report) => void} report */
  #connect(id, report) {
    return new Connection(this.url, this.#options, id, report);
  }

  #connectAlone() {
    this.#connection = this.#connect(this.#first, (report) => {
      if (report.kind === "error") this.#wait(report, (attempt) => this.#connection?.wake(attempt));
      if (!this.#catchUp || report.kind !== "items") return this.#show(report);
      this.#show({ ...report, items: this.#catchUp.own(report.items) });
      this.#caughtUp();
    });
  }

  /** @param {Message} message */
  #receive(message) {
    const { kind } = message;
    if (kind === "state") {
      this.#sharedOpen = message.open;
      this.#wait(message, (attempt) => this.#group?.wake(attempt));
      if (this.#first && this.#first !== message.id) {
        this.#catchUp = new CatchUp(message.id);
        this.#connectAlone();
      } else if (message.open) {
        this.#show({ kind: "open" });
      }
    } else if (kind === "lead") {
      this.#sharedOpen = false;
      if (!this.#connection) this.#readyState = 0;
    } else if (kind === "items") {
      const items = this.#catchUp?.shared(message.items) ?? message.items;
      this.#caughtUp();
      this.#show({ ...message, items });
    } else if (kind === "open" || kind === "error") {
      this.#sharedOpen = kind === "open";
      if (kind === "error") this.#wait(message, (attempt) => this.#group?.wake(attempt));
      if (!this.#connection) return this.#show(message);
      // The shared stream has stopped, so this tab relies on its own connection.
      if (kind === "error" && message.wait === null) this.#leaveGroup();
    }
  }

  #leaveGroup() {
    this.#group?.leave();
    this.#group = this.#catchUp = undefined;
  }

  #caughtUp() {
    if (!this.#catchUp?.done) return;
    if (this.#connection && this.#readyState < 2) this.#readyState = this.#sharedOpen ? 1 : 0;
    this.#connection?.stop();
    this.#connection = undefined;
    if (!this.#catchUp.behind) this.#catchUp = undefined;
  }

  /** @param {Wait} wait @param {(attempt: number) => void} wake */
  #wait({ wait, attempt }, wake) {
    if (wait === null) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      wake(attempt);
    }, wait);
    this.#timers.add(timer);
  }

  /** @param {Report} report */
  #show(report) {
    if (report.kind === "items") {
      for (const item of report.items) {
        if (this.#readyState === 2) return;
        if (isFailure(item)) this.#fail(item);
        else this.#dispatch(item, report.origin);
      }
    } else if (report.kind === "open") {
      this.#readyState = 1;
      this.dispatchEvent(new Event("open"));
    } else {
      if (report.wait === null) this.close();
      else this.#readyState = 0;
      this.#fail(report.failure);
    }
  }

  /** @param {Item} item @param {string} origin */
  #dispatch({ type, data, lastEventId }, origin) {
    const event = /** @type {GapEvent} */ (new MessageEvent(type, { data, lastEventId, origin }));
    if (type === "gap") {
      try {
        event.gap = JSON.parse(data);
      } catch {
        // It is another server's event of the same name.
      }
    }
    this.dispatchEvent(event);
  }

  /** @param {Failure} failure */
  #fail({ reason, status, text }) {
    this.dispatchEvent(Object.assign(new Event("error"), { reason, status, text }));
  }
}
