//! Texts that would break a page, or a stream written without an encoder.

/// 22 texts around each of 9 line breaks, and two of the maximum length, in bytes.
pub(crate) fn hostile_texts(longest: usize) -> Vec<String> {
    let contents = [
        "",
        ":",
        "data",
        "data:",
        "data: injected",
        "event: userdisconnect\ndata: {\"name\":\"Ada\"}\n\n",
        "id: 1\n\n",
        "id: \0",
        "retry: 1\n\n",
        ": a comment",
        "  spaces and a tab\t ",
        "{\"name\":\"Eve\",\"text\":\"injected\"}",
        "\"}\n\ndata: {\"name\":\"Eve\",\"text\":\"",
        "\\n\\u000a\\",
        "👩‍👩‍👧‍👦 👋🏽 e\u{301} \u{10ffff}",
        "\u{202e}right to left\u{2066}",
        "\u{feff}data: after a BOM",
        "\u{1b}[31m\u{7}\u{7f}",
        "<img src=x onerror=injected=1>",
        "</script><script>injected=1</script>",
        "<!-- &lt;b&gt; &#10; ${injected=1} {{7*7}}",
        "%0A%0Adata:%20injected",
    ];
    let breaks = ["\n", "\r", "\r\n", "\n\n", "\r\r", "\r\n\r\n", "\u{85}", "\u{2028}", "\0\n"];
    let mut texts = Vec::new();
    for line_break in breaks {
        texts.extend(contents.map(|content| format!("{line_break}{content}{line_break}")));
    }
    texts.extend(["data: x\n", "\n👋\r\0\u{1b}"].map(|part| part.repeat(longest / part.len())));
    texts
}
