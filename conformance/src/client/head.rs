//! Status and headers of a response.

/// Status and headers of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The status code.
    pub status: u16,
    /// Names in lower case, and values, sorted.
    pub headers: Vec<(String, String)>,
}

impl Head {
    pub(super) fn new(status: u16, headers: impl Iterator<Item = (String, String)>) -> Self {
        let mut headers: Vec<_> =
            headers.map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
        headers.sort();
        Self { status, headers }
    }

    /// Reads what is before the empty line of a response over HTTP/1.
    ///
    /// # Panics
    /// If it is no such thing.
    pub(super) fn parse(text: &str) -> Self {
        let mut lines = text.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let status = status.and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("not the head of a response: {text}"));
        let header = |line: &str| match line.split_once(':') {
            Some((name, value)) => (name.to_owned(), value.trim().to_owned()),
            None => panic!("not a header: {line}"),
        };
        Self::new(status, lines.map(header))
    }

    /// The value of a header; the values joined by a comma if there are several.
    pub fn get(&self, name: &str) -> Option<String> {
        let of_name = self.headers.iter().filter(|(other, _)| other == name);
        let values: Vec<&str> = of_name.map(|(_, value)| value.as_str()).collect();
        if values.is_empty() { None } else { Some(values.join(", ")) }
    }
}
