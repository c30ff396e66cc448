//! The frame of a page that is one file: it works without a network, loads nothing, and runs no script but its own, whatever
//! the text in it says. Knows nothing of what the page shows.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// What a page is made of.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// The title of its window; any text.
    pub title: &'a str,
    pub style: &'a str,
    /// HTML that is ours: no text of users.
    pub body: &'a str,
    pub script: &'a str,
    /// The element with the id `content`, for the script to read: JSON with any text in it.
    pub content: &'a str,
}

impl Page<'_> {
    /// The page. Only this style and this script are allowed by its policy, each by its digest.
    pub fn html(&self) -> String {
        let Self { title, style, body, script, content } = self;
        let policy = format!(
            "default-src 'none'; script-src {}; style-src {}; base-uri 'none'; form-action 'none'",
            digest(script),
            digest(style)
        );
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}\n<script type=\"application/json\" id=\"content\">{}</script>\n<script>{script}</script>\n</body>\n</html>\n",
            crate::graph::svg_text(title),
            embedded(content)
        )
    }
}

fn digest(of: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(of.as_bytes())))
}

/// JSON that ends no script element and opens no comment: inside of JSON these characters stand only in strings, where they
/// may be written as numbers.
fn embedded(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for it in json.chars() {
        match it {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            it => out.push(it),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_gets_out_of_its_place() {
        let evil = "</script><script>alert(1)</script><!-- \u{2028} & \"";
        let content = serde_json::to_string(evil).unwrap();
        let page = Page { title: evil, style: "a{}", body: "<p></p>", script: "1;", content: &content };
        let html = page.html();
        assert_eq!(html.matches("<script").count(), 2, "{html}");
        assert_eq!(html.matches("</script>").count(), 2, "{html}");
        assert!(!html.contains("<!--"), "{html}");
        let json = html.split("id=\"content\">").nth(1).unwrap().split("</script>").next().unwrap();
        assert_eq!(serde_json::from_str::<String>(json).unwrap(), evil);
    }
}
