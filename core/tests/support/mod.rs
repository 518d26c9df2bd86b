//! What the tests of rooms and chat share: the sandbox, shoppers by name, and lists that are awaited.

use nightmarket::chat::{ChatState, Line, LineState};
use nightmarket::host::{Audience, SecretString, TokenProvider};
use nightmarket::ids::LineId;
use nightmarket::live::Room;
use nightmarket::ports::TlsSettings;
use nightmarket::{Error, Host, ListSubscription, Settings, Shopper};
use nightmarket_sandbox::serve::{Sandbox, SandboxConfig};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Long enough for anything that comes at all.
pub const SOON: Duration = Duration::from_secs(20);

pub async fn sandbox() -> Sandbox {
    let config = SandboxConfig {
        ambience: false,
        seed: Some(1),
        reconnect_window_ms: 100,
        ..SandboxConfig::default()
    };
    Sandbox::start(config).await.unwrap()
}

/// Who is signed in; none is a guest. May change while a shopper is open.
#[derive(Clone, Default)]
pub struct Person(pub Arc<Mutex<Option<String>>>);

#[async_trait::async_trait]
impl TokenProvider for Person {
    async fn token(
        &self,
        _: &Audience,
        _: &[String],
        _: Option<&str>,
    ) -> Result<Option<SecretString>, Error> {
        Ok(self.0.lock().unwrap().as_ref().map(|name| format!("token:{name}").into()))
    }
}

impl Person {
    pub fn set(&self, name: Option<&str>) {
        *self.0.lock().unwrap() = name.map(str::to_owned);
    }
}

pub async fn open(sandbox: &Sandbox, directory: &Path, host: Host) -> Shopper {
    open_at(&sandbox.venue_url, directory, host).await
}

/// Also where nothing answers any more.
pub async fn open_at(venue: &str, directory: &Path, host: Host) -> Shopper {
    let settings = Settings {
        venue: venue.to_owned(),
        directory: directory.to_owned(),
        platform_profile: format!("{venue}/platform/profile.json"),
        language: "en".to_owned(),
        tls: TlsSettings::default(),
    };
    Shopper::open(settings, host).await.unwrap()
}

pub async fn shopper(sandbox: &Sandbox, directory: &Path, name: &str) -> Shopper {
    let person = Person::default();
    person.set(Some(name));
    open(sandbox, directory, Host { tokens: Arc::new(person), ..Host::default() }).await
}

/// The host, or a moderator, does something.
pub fn script(sandbox: &Sandbox, order: &Value) -> Value {
    sandbox.control(|world| world.script(order)).unwrap()
}

/// A viewer says something; the line's id.
pub fn say(sandbox: &Sandbox, who: &str, text: &str) -> LineId {
    let said = script(sandbox, &json!({"do": "say_as", "room": "ponies", "shopper": who, "text": text}));
    LineId::new(said["line_id"].as_str().unwrap())
}

pub fn books(sandbox: &Sandbox) -> Value {
    sandbox.control(|world| world.books())
}

/// A room's chat as a screen has it.
pub struct Screen {
    pub lines: Vec<Arc<Line>>,
    list: ListSubscription<Line>,
}

impl Screen {
    pub async fn of(room: &Room) -> Self {
        Self::of_list(room.chat().lines().await.unwrap())
    }

    pub fn of_list(list: ListSubscription<Line>) -> Self {
        Self { lines: Vec::new(), list }
    }

    /// Applies batches until the list is as wanted.
    pub async fn until(&mut self, wanted: impl Fn(&[Arc<Line>]) -> bool) {
        let Self { lines, list } = self;
        let reading = async {
            while !wanted(lines) {
                for diff in list.next_batch().await.expect("the chat is open") {
                    diff.apply(lines);
                }
            }
        };
        if tokio::time::timeout(SOON, reading).await.is_err() {
            panic!("it did not come: {:#?}", self.texts());
        }
    }

    /// The line of this text, once it is there.
    pub async fn line(&mut self, text: &str) -> Arc<Line> {
        self.until(|lines| count(lines, text) > 0).await;
        self.lines.iter().find(|line| line.text == text && line.id.is_some()).unwrap().clone()
    }

    pub fn texts(&self) -> Vec<&str> {
        self.lines.iter().map(|line| line.text.as_str()).collect()
    }
}

/// How often everybody sees a line of this text.
pub fn count(lines: &[Arc<Line>], text: &str) -> usize {
    lines.iter().filter(|line| line.text == text && line.state == LineState::Sent).count()
}

/// The chat's state, once it is as wanted.
pub async fn chat_state(room: &Room, wanted: impl Fn(&ChatState) -> bool) -> ChatState {
    let mut state = room.chat().state().await.unwrap();
    let found = tokio::time::timeout(SOON, state.wait_for(|state| wanted(state))).await;
    let found = found.map(|found| found.unwrap().clone());
    found.unwrap_or_else(|_| panic!("it did not come: {:#?}", *state.borrow()))
}
