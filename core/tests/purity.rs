//! Decisions know no outside: files named for them hold no clock, network, disk, randomness or waiting.
//!
//! `clippy.toml` keeps calls to the outside in the ports; this keeps even the words out of the files that decide.

#![allow(clippy::disallowed_methods, reason = "an app around the core may do what the core may not")]

use std::path::{Path, PathBuf};

/// A file is held to the rule if its name starts with one of these; a folder of such a name as a whole.
const PURE: [&str; 6] = ["machine", "policy", "decide", "backoff", "digest", "protocol"];

/// What no such file holds, as whole words.
const FORBIDDEN: [&str; 10] = [
    "async",
    "await",
    "tokio",
    "rusqlite",
    "reqwest",
    "std::time",
    "std::fs",
    "std::net",
    "rand",
    "getrandom",
];

/// What of the rule a text breaks: line and word. Comments and string literals may say anything.
fn impurities(text: &str) -> Vec<(usize, &'static str)> {
    let is_edge = |at: Option<char>| !at.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let code = code_only(text);
    let mut found = Vec::new();
    for (number, line) in code.lines().enumerate() {
        for word in FORBIDDEN {
            let holds = line.match_indices(word).any(|(at, _)| {
                is_edge(line[..at].chars().next_back()) && is_edge(line[at + word.len()..].chars().next())
            });
            if holds {
                found.push((number + 1, word));
            }
        }
    }
    found
}

/// The text with comments and literals blanked, line breaks kept.
fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let blanked = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = raw_string(rest) {
            length
        } else if rest.starts_with("'\"'") {
            3
        } else if next == '"' {
            plain_string(rest)
        } else {
            code.push(next);
            rest = &rest[next.len_utf8()..];
            continue;
        };
        code.extend(rest[..blanked].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = &rest[blanked..];
    }
    code
}

fn raw_string(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let body = after[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(body.find(&end).map_or(rest.len(), |at| 2 + hashes + at + end.len()))
}

fn plain_string(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn pure_files(folder: &Path, whole: bool, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let named = whole || PURE.iter().any(|pure| name.starts_with(pure));
        if path.is_dir() {
            pure_files(&path, whole || PURE.contains(&name.as_str()), found);
        } else if named && path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn files_that_decide_know_no_outside() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    pure_files(&source, false, &mut files);
    assert!(files.iter().any(|file| file.ends_with("backoff.rs")), "the checker finds no file: {files:?}");
    let mut broken = Vec::new();
    for file in &files {
        let shown = file.strip_prefix(&source).unwrap().display();
        for (line, word) in impurities(&std::fs::read_to_string(file).unwrap()) {
            broken.push(format!("{shown}:{line}: {word}"));
        }
    }
    assert!(broken.is_empty(), "not pure:\n{}", broken.join("\n"));
}

#[test]
fn every_forbidden_word_is_found() {
    for (planted, word) in [
        ("async fn send() {}", "async"),
        ("let now = x.await;", "await"),
        ("tokio::spawn(f)", "tokio"),
        ("use rusqlite::Connection;", "rusqlite"),
        ("reqwest::get(url)", "reqwest"),
        ("let now = std::time::SystemTime::now();", "std::time"),
        ("std::fs::read(path)", "std::fs"),
        ("std::net::TcpStream::connect(a)", "std::net"),
        ("rand::random::<u64>()", "rand"),
        ("getrandom::fill(&mut b)", "getrandom"),
        ("let quote = '\"'; tokio::spawn(f);", "tokio"),
        ("/* why */ let s = \"\\\"\"; tokio::spawn(f);", "tokio"),
    ] {
        assert_eq!(impurities(&format!("fn f() {{}}\n{planted}\n")), [(2, word)], "{planted}");
    }
}

#[test]
fn comments_literals_and_longer_words_are_no_impurity() {
    for innocent in [
        "// async is for drivers; see tokio",
        "/* std::time\n std::fs */ fn f() {}",
        "let why = \"tokio \\\" rusqlite\";",
        "let why = r#\"a \"rand\" tokio\"#;",
        "let random = operand; let branded = asynchronous;",
        "let quote = '\"'; // tokio\nlet other = '\"';",
    ] {
        assert_eq!(impurities(innocent), [], "{innocent}");
    }
}
