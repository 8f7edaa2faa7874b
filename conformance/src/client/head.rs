//! Status and headers of a response.

use std::io;

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

    /// Parses the text before the empty line of a response over HTTP/1.
    pub(super) fn parse(text: &str) -> io::Result<Self> {
        let invalid = |what: &str| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{what} in the head {text:?}"))
        };
        let mut lines = text.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let status = status.and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| invalid("no status"))?;
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_owned(), value.trim().to_owned()))
        };
        let headers: Option<Vec<_>> = lines.map(header).collect();
        let headers = headers.ok_or_else(|| invalid("a line without a colon"))?;
        Ok(Self::new(status, headers.into_iter()))
    }

    /// The value of a header; the values joined by a comma if there are several.
    pub fn get(&self, name: &str) -> Option<String> {
        let of_name = self.headers.iter().filter(|(other, _)| other == name);
        let values: Vec<&str> = of_name.map(|(_, value)| value.as_str()).collect();
        if values.is_empty() { None } else { Some(values.join(", ")) }
    }
}
