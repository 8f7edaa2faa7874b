//! The proxies of Debian 12.

use std::path::Path;

use super::Proxy;

/// All of them.
pub static ALL: [&Proxy; 5] = [&NGINX, &CADDY, &HAPROXY, &VARNISH, &APACHE];

static NGINX: Proxy = Proxy {
    name: "nginx",
    package: "nginx-light",
    program: "nginx",
    minimal: "
events {}
http {
    access_log off;
    COMPRESSION
    server {
        listen 127.0.0.1:3000;
        location / {
            proxy_pass http://127.0.0.1:3001;
        }
    }
}
",
    compression: "gzip on; gzip_proxied any; gzip_types *;",
    ours: include_str!("../../../examples/proxies/nginx.conf"),
    // One process, so that no worker outlives a master that is killed.
    wrap: |text, _| format!("daemon off;\nmaster_process off;\npid nginx.pid;\n{text}"),
    arguments: |folder, _| {
        strings(["-p", &format!("{}/", folder.display()), "-c", "config", "-e", "nginx.log"])
    },
    gone_after_keep_alives: 0,
};

static CADDY: Proxy = Proxy {
    name: "caddy",
    package: "caddy",
    program: "caddy",
    minimal: "
http://:3000 {
    COMPRESSION
    reverse_proxy 127.0.0.1:3001
}
",
    compression: "encode gzip",
    ours: include_str!("../../../examples/proxies/Caddyfile"),
    wrap: |text, _| format!("{{\n\tadmin off\n}}\n{text}"),
    arguments: |folder, _| strings(["run", "--config", &config(folder), "--adapter", "caddyfile"]),
    gone_after_keep_alives: 0,
};

static HAPROXY: Proxy = Proxy {
    name: "haproxy",
    package: "haproxy",
    program: "haproxy",
    minimal: "
defaults
    mode http
    timeout connect 5s
    timeout client 50s
    timeout server 50s
    COMPRESSION
listen web
    bind 127.0.0.1:3000
    server node 127.0.0.1:3001
",
    compression: "compression algo gzip",
    ours: include_str!("../../../examples/proxies/haproxy.cfg"),
    wrap: |text, _| text,
    arguments: |folder, _| strings(["-db", "-f", &config(folder)]),
    gone_after_keep_alives: 0,
};

static VARNISH: Proxy = Proxy {
    name: "varnish",
    package: "varnish",
    program: "varnishd",
    minimal: r#"
vcl 4.1;
backend node {
    .host = "127.0.0.1";
    .port = "3001";
}
COMPRESSION
"#,
    compression: "sub vcl_backend_response { set beresp.do_gzip = true; }",
    ours: include_str!("../../../examples/proxies/varnish.vcl"),
    wrap: |text, _| text,
    arguments: |folder, address| {
        let work = folder.join("varnish").display().to_string();
        let listen = address.to_string();
        let config = config(folder);
        let own = ["-F", "-j", "none", "-T", "none", "-s", "malloc,32m", "-n", &work];
        strings(own.into_iter().chain(["-a", &listen, "-f", &config]))
    },
    gone_after_keep_alives: 0,
};

static APACHE: Proxy = Proxy {
    name: "apache",
    package: "apache2",
    program: "apache2",
    minimal: "
Listen 127.0.0.1:3000
<VirtualHost 127.0.0.1:3000>
    COMPRESSION
    ProxyPass / http://127.0.0.1:3001/
</VirtualHost>
",
    compression: "SetOutputFilter DEFLATE",
    ours: include_str!("../../../examples/proxies/apache.conf"),
    wrap: as_debian,
    // One process, so that no other outlives it when it is killed.
    arguments: |folder, _| strings(["-X", "-f", &config(folder)]),
    gone_after_keep_alives: 2,
};

/// The parts of Debian's setup that our file relies on.
fn as_debian(text: String, folder: &Path) -> String {
    let modules: String = [
        "mpm_event",
        "authz_core",
        "mime",
        "filter",
        "deflate",
        "reqtimeout",
        "env",
        "setenvif",
        "headers",
        "rewrite",
        "proxy",
        "proxy_http",
    ]
    .into_iter()
    .map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"))
    .collect();
    let configured: String = ["mpm_event", "mime", "deflate", "reqtimeout", "setenvif"]
        .into_iter()
        .map(|name| format!("Include /etc/apache2/mods-available/{name}.conf\n"))
        .collect();
    let folder = folder.display();
    format!(
        "ServerRoot {folder}\nDefaultRuntimeDir {folder}\nPidFile {folder}/pid\n\
         ErrorLog {folder}/error.log\nServerName localhost\nTimeout 300\n\
         {modules}{configured}\
         User www-data\nGroup www-data\n{text}"
    )
}

fn config(folder: &Path) -> String {
    folder.join("config").display().to_string()
}

fn strings<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    texts.into_iter().map(str::to_owned).collect()
}
