// Reports what a client has delivered to the program that started this script: one line of JSON when the first
// events have arrived, and one at the end.

const PROGRESS = 10;
const PATIENCE = 25_000;
const LINGER = 2_500; // time enough for a client that asks again after a 204

export const LAST = 'end';

export class Seen {
  events = [];

  // `scenario` decides how long to stay when the client has stopped on its own.
  constructor(scenario) {
    this.scenario = scenario;
    this.over = new Promise((resolve) => (this.resolve = resolve));
  }

  // The client starts now. The timer also keeps Node from ending while a client waits to reconnect.
  start() {
    const patience = this.scenario === '204' ? LINGER : PATIENCE;
    setTimeout(() => this.end('the client neither ends nor fails'), patience);
  }

  // Takes one delivered text; the last ends the run.
  event(text) {
    this.events.push(text);
    if (this.events.length === PROGRESS) print({ progress: PROGRESS });
    if (text === LAST) this.end(null);
  }

  // The client has stopped on its own, with an error or without.
  end(error) {
    this.resolve(error === null ? null : String(error?.message ?? error));
  }

  // Waits for the end, and prints what has arrived.
  async report(close) {
    const error = await this.over;
    if (this.scenario === '204') await new Promise((resolve) => setTimeout(resolve, LINGER));
    await close?.();
    await print({ events: this.events, error });
  }
}

function print(value) {
  return new Promise((resolve) => process.stdout.write(`${JSON.stringify(value)}\n`, resolve));
}
