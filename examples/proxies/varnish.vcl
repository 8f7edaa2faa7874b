# Varnish speaks no TLS. To browsers: a TLS proxy before it that speaks HTTP/2, as hitch does, and
# `varnishd -p feature=+http2`. Browsers open only six connections over HTTP/1.1.
vcl 4.1;

backend node {
    .host = "127.0.0.1";
    .port = "3001";
}

sub vcl_recv {
    if (req.url ~ "^/events") {
        # Connects the client with the server, and leaves the bytes alone: each event passes at once,
        # and the server notices at once that the client has left. Over HTTP/2, Varnish cannot do
        # this, and passes the request on without caching.
        return (pipe);
    }
}

sub vcl_pipe {
    # The next request on this connection would bypass this file.
    set bereq.http.Connection = "close";
}

sub vcl_backend_response {
    if (bereq.url ~ "^/events") {
        # Compression holds events back until there are enough of them.
        set beresp.do_gzip = false;
        if (beresp.status == 502 || beresp.status == 503 || beresp.status == 504) {
            return (error);
        }
    }
}

# A browser closes an EventSource permanently when it gets a 503. While the server restarts, it gets an
# event stream that asks it to reconnect. A piped connection is closed instead; after that, a browser
# reconnects as well. Only a 503 of the server itself passes through a pipe as it is.
sub vcl_backend_error {
    if (bereq.url ~ "^/events") {
        set beresp.status = 200;
        set beresp.http.Content-Type = "text/event-stream";
        set beresp.http.Cache-Control = "no-cache, no-transform";
        synthetic({"retry: 2000
"});
        return (deliver);
    }
}
