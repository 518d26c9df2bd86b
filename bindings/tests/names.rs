//! One name in three languages: everything exported is in the README's table and in both SDKs' public API, and the table
//! names nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What the SDKs keep to themselves: they give flows, sequences, coroutines and tasks instead.
const INTERNAL: &[&str] = &["Subscription", "CancelToken", "HostError", "InstrumentInfo"];

/// Calls whose name differs, so that they stand with the functions: Kotlin's objects have a `close` of their own.
const RENAMED: &[&str] = &["Shopper.end"];

/// Whether both SDKs show it. They take the whole of a `HostApp` when it is made.
fn is_shown(name: &str) -> bool {
    let owner = name.split('.').next().unwrap_or(name);
    !INTERNAL.contains(&owner) && !name.starts_with("HostApp.") && !RENAMED.contains(&name)
}

/// What is exported, by service: types, and the calls of objects as `Object.call`.
#[derive(Default)]
struct Exported {
    names: BTreeMap<String, BTreeSet<String>>,
    functions: BTreeSet<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The last word of a declaration's first line: `pub struct Post {` is "Post".
fn declared(line: &str, keywords: &[&str]) -> Option<String> {
    let rest = keywords.iter().find_map(|keyword| line.strip_prefix(keyword))?;
    Some(rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect())
}

impl Exported {
    fn read() -> Self {
        let mut exported = Self::default();
        let mut folders = vec![root().join("bindings/src")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    exported.add(&path);
                }
            }
        }
        exported
    }

    fn add(&mut self, path: &Path) {
        let place = path.strip_prefix(root().join("bindings/src")).unwrap();
        let service = place.iter().next().unwrap().to_string_lossy().replace(".rs", "");
        let text = std::fs::read_to_string(path).unwrap();
        let (mut marked, mut object) = (false, None);
        for line in text.lines() {
            // Types may stand in a macro; those that it names itself have no name here.
            let within = line.trim_start();
            if within.starts_with("#[") {
                marked |= within.contains("uniffi::");
            } else if let Some(name) = declared(within, &["pub struct ", "pub enum ", "pub trait "]) {
                if std::mem::take(&mut marked) && !name.is_empty() {
                    self.names.entry(service.clone()).or_default().insert(name);
                }
            } else if let Some(name) = declared(line, &["impl "]) {
                object = std::mem::take(&mut marked).then_some(name);
            } else if let Some(name) = declared(line, &["pub fn ", "pub async fn "]) {
                if std::mem::take(&mut marked) {
                    self.functions.insert(name);
                }
            } else if let Some(call) = declared(line, &["    pub fn ", "    pub async fn "])
                && let Some(object) = &object
            {
                self.names.entry(service.clone()).or_default().insert(format!("{object}.{call}"));
            } else if line == "}" {
                object = None;
            }
        }
    }
}

/// Rows of the README's table under a heading, as cells without their backticks.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let readme = read("bindings/README.md");
    let section = readme.split(&format!("\n## {heading}\n")).nth(1).expect("the README has this section");
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| ")).skip(2);
    rows.map(|row| {
        row.trim_matches('|').split('|').map(|cell| cell.replace('`', "").trim().to_owned()).collect()
    })
    .collect()
}

fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (head, tail) = word.split_at(1.min(word.len()));
        name + &head.to_uppercase() + tail
    })
}

/// Names of the public API: types, and `Type.member`, also where the member is an extension or a companion's.
fn kotlin() -> BTreeSet<String> {
    let api = read("android/sdk/api.txt");
    // Packages are in lower case: the type begins at the first capital.
    let simple = |name: &str| name.find(char::is_uppercase).map(|at| name[at..].replace(".Companion", ""));
    let mut names = BTreeSet::new();
    for (owner, member) in api.lines().filter_map(|line| line.split_once(": ")) {
        let member = member.trim_start_matches("suspend ").replace("fun interface", "interface");
        let member = ["fun ", "val "].iter().find_map(|keyword| member.strip_prefix(keyword));
        let member = member.map(|member| member.split(['(', ':']).next().unwrap_or(member));
        names.extend(match (simple(owner), member) {
            (Some(owner), Some(member)) => Some(format!("{owner}.{member}")),
            (Some(owner), None) => Some(owner),
            (None, member) => member.and_then(simple),
        });
    }
    names
}

fn swift() -> BTreeSet<String> {
    let api = read("ios/api.txt");
    api.lines()
        .filter_map(|line| line.split('\t').next())
        .map(|name| name.split('(').next().unwrap_or(name).to_owned())
        .collect()
}

#[test]
fn everything_exported_is_in_the_table_and_nothing_else() {
    let exported = Exported::read();
    let mut expected: BTreeMap<String, BTreeSet<String>> = exported.names;
    for names in expected.values_mut() {
        names.retain(|name| is_shown(name));
    }
    expected.retain(|_, names| !names.is_empty());
    let table: BTreeMap<String, BTreeSet<String>> = rows("Names")
        .into_iter()
        .map(|row| {
            (
                row[0].clone(),
                row[1..].iter().flat_map(|cell| cell.split_whitespace()).map(str::to_owned).collect(),
            )
        })
        .collect();
    if table != expected {
        let wanted: String = expected.iter().map(|(service, names)| row(service, names)).collect();
        panic!(
            "the table under “Names” should be:\n\n| service | types | calls |\n| --- | --- | --- |\n{wanted}"
        );
    }
    let functions: BTreeSet<String> = rows("Functions").into_iter().map(|row| row[0].clone()).collect();
    let expected = exported.functions.into_iter().chain(RENAMED.iter().map(|&name| name.to_owned()));
    assert_eq!(functions, expected.collect(), "the table under “Functions”");
}

fn row(service: &str, names: &BTreeSet<String>) -> String {
    let cell = |calls: bool| {
        let of_kind: Vec<_> =
            names.iter().filter(|name| name.contains('.') == calls).map(String::as_str).collect();
        of_kind.join(" ")
    };
    format!("| `{service}` | {} | {} |\n", cell(false), cell(true))
}

#[test]
fn both_sdks_have_every_name() {
    let (kotlin, swift) = (kotlin(), swift());
    let mut missing = Vec::new();
    for row in rows("Names") {
        for name in row[1..].iter().flat_map(|cell| cell.split_whitespace()) {
            let (object, call) = name.split_once('.').unwrap_or((name, ""));
            let spelt = |error: &str| {
                let object = if object == "NightmarketError" { error } else { object };
                if call.is_empty() { object.to_owned() } else { format!("{object}.{}", camel(call)) }
            };
            if !kotlin.contains(&spelt("NightmarketException")) {
                missing.push(format!("Kotlin: {name}"));
            }
            if !swift.contains(&spelt("NightmarketError")) {
                missing.push(format!("Swift: {name}"));
            }
        }
    }
    for row in rows("Functions") {
        for (language, names, name) in [("Kotlin", &kotlin, &row[1]), ("Swift", &swift, &row[2])] {
            if !names.contains(name) {
                missing.push(format!("{language}: {name}"));
            }
        }
    }
    assert!(missing.is_empty(), "not in the SDK's public API:\n{}", missing.join("\n"));
}
