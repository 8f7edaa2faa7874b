//! All rules that `sse-check` knows.

use super::{Rule, Severity::*};

macro_rules! rules {
    ($($name:ident: $id:literal, $severity:ident, $clause:literal, $effect:literal;)+) => {
        $(pub(super) static $name: Rule =
            Rule { id: $id, severity: $severity, clause: $clause, effect: $effect };)+

        /// All of them, in the order of the checks.
        pub static ALL: &[&Rule] = &[$(&$name),+];
    };
}

rules! {
    NO_RESPONSE: "request/no-response", Error, "RFC 9110 3.4",
        "A request gets no answer, so its client waits or reports a network error.";
    STATUS: "head/status", Error, "HTML 9.2.2",
        "An EventSource fires `error` and never reconnects.";
    CONTENT_TYPE: "head/content-type", Error, "HTML 9.2.2",
        "An EventSource fires `error` and never reconnects.";
    CHARSET: "head/charset", Error, "HTML 9.2.5",
        "Readers that obey the charset decode the text wrongly. EventSource always decodes UTF-8.";
    LENGTH: "head/length", Warning, "RFC 9112 6.3",
        "The stream ends after that number of bytes, and the next bytes are taken for another response.";
    CACHING: "head/caching", Warning, "RFC 9111 5.2.2.4",
        "A cache between server and reader may answer a reconnect with an old stream.";
    PROXY_BUFFERING: "head/proxy-buffering", Warning, "nginx: proxy_buffering",
        "nginx holds events back until its buffer is full, unless its own configuration prevents that.";
    NO_TRANSFORM: "head/no-transform", Note, "RFC 9111 5.2.2.6",
        "A proxy that compresses may hold events back.";
    LATE: "opening/late", Error, "HTML 9.2.2",
        "The reader stays in the state `connecting` until the first event, and proxies may time out before that.";
    FRAMING: "framing/invalid", Error, "RFC 9112 7.1",
        "The reader reports a network error in the middle of the stream.";
    TWO_LENGTHS: "framing/two-lengths", Error, "RFC 9112 6.2",
        "Proxies refuse the response, since it could smuggle another one.";
    UNTIL_CLOSE: "framing/until-close", Note, "RFC 9112 6.3",
        "A reader cannot distinguish a complete stream from one that was cut.";
    CUT: "framing/cut", Warning, "RFC 9112 8",
        "Readers built on `fetch` report a network error at the end of the stream.";
    UTF_8: "text/utf-8", Error, "HTML 9.2.5",
        "The reader shows U+FFFD in place of some characters.";
    BOM: "text/bom", Note, "HTML 9.2.5",
        "Readers that do not remove the byte order mark ignore the first line.";
    LONE_CR: "text/lone-cr", Warning, "HTML 9.2.5",
        "Readers that split lines only at LF join two lines into one.";
    UNKNOWN_FIELD: "text/unknown-field", Error, "HTML 9.2.6",
        "The reader ignores the line. If it is text, that text is lost.";
    EMPTY_BLOCK: "text/empty-block", Warning, "HTML 9.2.6",
        "EventSource ignores a block without data; pip openai, httpx-sse and npm fetch-event-source may deliver an empty event.";
    REPEATED_FIELD: "text/repeated-field", Warning, "HTML 9.2.6",
        "The last value wins. Often a line break in a value was not removed, so users can inject fields.";
    RETRY: "text/retry", Error, "HTML 9.2.6",
        "The reader ignores the reconnection time.";
    NULL_ID: "text/null-id", Error, "HTML 9.2.6",
        "The reader ignores the ID, so a reconnect repeats or loses events.";
    ID_IN_HEADER: "text/id-in-header", Warning, "HTML 9.2.4; RFC 9110 5.5",
        "The ID does not return unchanged in `Last-Event-ID`, so a reconnect may repeat or lose events.";
    CUT_EVENT: "text/cut-event", Error, "HTML 9.2.6",
        "The reader discards the last event, since no blank line follows it.";
    SPLIT_EVENT: "text/split-event", Note, "RFC 9112 7.1",
        "An event arrives in pieces, which costs packets, and readers that parse each chunk alone break.";
    SILENT: "keep-alive/silent", Warning, "HTML 9.2.7",
        "Proxies close the connection as idle, and neither side notices a lost network.";
    NO_IDS: "ids/absent", Note, "HTML 9.2.4",
        "A reconnect loses the events in between.";
    REPEATED_ID: "ids/repeated", Error, "HTML 9.2.4",
        "A reconnect with that ID repeats or loses events.";
    DECREASING_ID: "ids/decreasing", Warning, "HTML 9.2.4",
        "Readers and servers that compare IDs drop events that they take for old ones.";
    RESUME_LOST: "resume/lost", Error, "HTML 9.2.4",
        "Events are lost at a reconnect.";
    RESUME_REPEATED: "resume/repeated", Error, "HTML 9.2.4",
        "Events are shown twice after a reconnect.";
    RESUME_ORDER: "resume/order", Error, "HTML 9.2.4",
        "After a reconnect, events arrive in another order.";
    UNKNOWN_ID: "resume/unknown-id", Error, "HTML 9.2.2",
        "A reader whose last event is no longer known never gets a stream again.";
    RACE_LOST: "race/lost", Error, "HTML 9.2.4",
        "Events that are published while a reader reconnects are lost.";
    RACE_DOUBLED: "race/doubled", Error, "HTML 9.2.4",
        "Events that are published while a reader reconnects are shown twice.";
    FINISHED: "finished/status", Error, "HTML 9.2.1",
        "An EventSource reconnects to a finished stream, again and again.";
    FINISHED_BODY: "finished/body", Error, "RFC 9110 8.6, 15.3.5; RFC 9112 6.1",
        "Content after a 204 is taken for the next response on the connection.";
    HEAD_BODY: "head-request/body", Error, "RFC 9110 9.3.2",
        "The content is taken for the next response on the connection.";
    HEAD_LATE: "head-request/late", Warning, "RFC 9110 9.3.2",
        "Monitoring tools and proxies that send HEAD wait for an answer.";
    HEAD_REFUSED: "head-request/refused", Note, "RFC 9110 9.1",
        "Monitoring tools that send HEAD report the stream as broken.";
    HEAD_DIFFERS: "head-request/differs", Warning, "RFC 9110 9.3.2",
        "A HEAD request reports another type of content than GET.";
    CORS: "cors/refused", Error, "Fetch: CORS check",
        "A page of that origin cannot open the stream.";
    CORS_CREDENTIALS: "cors/credentials", Note, "Fetch: CORS check",
        "A page of that origin cannot open the stream with cookies (`withCredentials`).";
    CORS_VARY: "cors/vary", Warning, "RFC 9110 12.5.5",
        "A cache may answer one origin with the permission of another.";
    CORS_ERRORS: "cors/errors", Warning, "Fetch: CORS check",
        "A page cannot read the status of an error, and sees only a network error.";
    HTTP_10_CHUNKED: "http-1.0/chunked", Error, "RFC 9112 6.1",
        "A client of HTTP/1.0 reads the sizes of chunks as part of the text.";
    HTTP_10_EVENTS: "http-1.0/no-events", Warning, "RFC 9110 6.2",
        "An older nginx, which speaks HTTP/1.0 to its servers, delivers no events.";
    HTTP_2_MALFORMED: "http-2/malformed", Error, "RFC 9113 8.2.2",
        "Clients treat the response as malformed, for example for a `connection` header.";
    HTTP_2_EVENTS: "http-2/no-events", Error, "RFC 9113 8.1",
        "Clients that use HTTP/2 receive no events.";
    BUFFERED: "compression/buffered", Error, "RFC 9110 8.4",
        "Events wait in the compressor, and arrive late and together.";
    BROKEN: "compression/broken", Error, "RFC 9110 8.4",
        "The reader reports an error of decoding.";
    UNASKED: "compression/unasked", Error, "RFC 9110 12.5.3",
        "The reader receives a content coding that it did not offer.";
    SLOW_LOST: "slow-reader/lost", Error, "HTML 9.2.4",
        "A reader with a slow network loses events and is not informed.";
    SLOW_CHANGED: "slow-reader/changed", Error, "HTML 9.2.6",
        "A reader with a slow network receives events twice, or damaged.";
    SLOW_REPORTED: "slow-reader/reported", Note, "HTML 9.2.4",
        "A reader with a slow network loses events, and an event of another type comes in their place.";
    DRAIN_LATE: "drain/late", Error, "HTML 9.2.3",
        "A restart waits for the streams, or cuts them.";
    DRAIN_EVENT: "drain/within-event", Error, "HTML 9.2.6",
        "The last event before a restart is discarded.";
    DRAIN_CUT: "drain/cut", Warning, "RFC 9112 8",
        "Readers built on `fetch` report a network error at each restart.";
    DRAIN_PROCESS: "drain/process", Error, "SIGTERM: systemd, Kubernetes",
        "The service manager kills the process at its own deadline.";
}
