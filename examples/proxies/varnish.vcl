vcl 4.1;

backend node {
    .host = "127.0.0.1";
    .port = "3001";
}

sub vcl_recv {
    if (req.url ~ "^/events") {
        return (pipe);
    }
}

sub vcl_pipe {
    set bereq.http.Connection = "close";
}
