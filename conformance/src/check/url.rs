//! The parts of a URL that a request needs.

/// The host with its port, and the target, of a URL.
pub(super) fn parse(url: &str) -> Result<(String, String), String> {
    let url = url.split('#').next().unwrap_or_default();
    let Some(rest) = url.strip_prefix("http://") else {
        return Err(format!(
            "{url}: only http: is supported; check a server without its TLS proxy"
        ));
    };
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (host, target) = rest.split_at(at);
    if host.is_empty() || rest.contains(|c: char| c.is_ascii_whitespace() || c.is_ascii_control()) {
        return Err(format!("{url} is not a URL"));
    }
    let has_port = host.rsplit(':').next().is_some_and(|port| port.parse::<u16>().is_ok())
        && !host.ends_with(']');
    let host = if has_port && host.contains(':') { host.to_owned() } else { format!("{host}:80") };
    let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
    Ok((host, target))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_url_is_a_host_and_a_target() {
        let cases = [
            ("http://a", Some(("a:80", "/"))),
            ("http://a:8080/b?c#d", Some(("a:8080", "/b?c"))),
            ("http://a?c", Some(("a:80", "/?c"))),
            ("http://[::1]/b", Some(("[::1]:80", "/b"))),
            ("http://[::1]:81", Some(("[::1]:81", "/"))),
            ("https://a", None),
            ("http://", None),
            ("http://a/b c", None),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|(host, target)| (host.to_owned(), target.to_owned()));
            assert_eq!(parse(text).ok(), expected, "{text}");
        }
    }
}
