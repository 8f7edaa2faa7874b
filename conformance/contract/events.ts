// Handles every event of the generated types. `tsc` fails if one is missing.
import type { paths } from "./types.js";
import type { Ops } from "./client.js";

type ChatEvent = paths["/chat"]["get"]["responses"]["200"]["content"]["text/event-stream"];

export function show(event: ChatEvent): string {
  switch (event.event) {
    case "joined":
      return `${event.data.name} is ${event.data.age ?? "of unknown age"}`;
    case "said":
      return event.data.toUpperCase();
    case "moved":
      return (event.data.x + event.data.y).toFixed(2);
    case "closed":
      return String(event.data satisfies null);
    default:
      return event satisfies never;
  }
}

// As a browser receives it.
export function parse(type: string, message: MessageEvent<string>): ChatEvent {
  return { event: type, data: JSON.parse(message.data) } as ChatEvent;
}

// Redocly's client leaves the data as text.
export function showText(event: Ops["chat"]["result"]): string {
  switch (event.event) {
    case "joined":
    case "said":
    case "moved":
    case "closed":
      return event.data.toUpperCase();
    default:
      return event satisfies never;
  }
}
