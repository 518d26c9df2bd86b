//! Our client of the live channel, with what it tells in the same words as [`crate::peer`]'s.

use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::LocalBoxFuture;
use nightmarket::channel::{
    Backoff, Channel, ChannelEvent, Settings, SubscribeOptions, Token, TokenError, TokenKind, TokenSource,
};
use nightmarket::ports::{Clock, Ports, SystemClock, TlsSettings};
use secrecy::SecretString;

use crate::hub;
use crate::peer::Log;

/// Our client waits ten seconds for a ping that is late. Its clock runs four times as fast here, so that a stall is
/// noticed while somebody watches.
const HASTE: u64 = 4;

struct Hurried(SystemClock);

impl Clock for Hurried {
    fn wall_ms(&self) -> i64 {
        self.0.wall_ms()
    }

    fn monotonic_ms(&self) -> u64 {
        self.0.monotonic_ms() * HASTE
    }

    fn sleep(&self, milliseconds: u64) -> LocalBoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(Duration::from_millis(milliseconds.div_ceil(HASTE))))
    }
}

struct Minted(String);

#[async_trait(?Send)]
impl TokenSource for Minted {
    async fn tokens(&self, kinds: &[TokenKind], _fresh: bool) -> Vec<Result<Token, TokenError>> {
        let text = |kind: &TokenKind| match kind {
            TokenKind::Connection => hub::token(&self.0, None),
            TokenKind::Subscription(channel) => hub::channel_token(&self.0, channel, None),
        };
        kinds
            .iter()
            .map(|kind| Ok(Token { secret: SecretString::from(text(kind)), expires_in_ms: None }))
            .collect()
    }
}

/// Connects and listens to the channels until the value is dropped.
pub struct Ours {
    channel: Channel,
    _data: tempfile::TempDir,
}

impl Ours {
    pub fn start(url: &str, user: &str, channels: &[(String, Log)]) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let ports = Ports {
            clock: Rc::new(Hurried(SystemClock::default())),
            ..Ports::real(data.path(), &TlsSettings::default()).expect("ports")
        };
        let settings = Settings {
            url: url.to_owned(),
            name: "nightmarket".to_owned(),
            version: "judge".to_owned(),
            needs_token: true,
            backoff: Backoff { base_ms: 80, cap_ms: 800, window_ms: 80 },
        };
        let channel = Channel::start(&ports, settings, Rc::new(Minted(user.to_owned()))).expect("an address");
        for (name, log) in channels {
            tokio::task::spawn_local(listen(channel.clone(), name.clone(), log.clone()));
        }
        channel.set_foreground(true);
        Self { channel, _data: data }
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        self.channel.set_foreground(false);
    }
}

async fn listen(channel: Channel, name: String, log: Log) {
    let options = SubscribeOptions { recoverable: true, ..SubscribeOptions::default() };
    let mut subscription = channel.subscribe(&name, options);
    while let Some(event) = subscription.next().await {
        match event {
            ChannelEvent::Publication { data, offset } => {
                log.write(format!("pub {} {}", offset.unwrap_or_default(), data.get()));
            }
            ChannelEvent::Subscribed { position, recovered, was_recovering } => {
                let how = match (was_recovering, recovered) {
                    (false, _) => "new",
                    (true, true) => "recovered",
                    (true, false) => "lost",
                };
                let at = position.map(|at| format!("{} {}", at.offset, at.epoch)).unwrap_or_default();
                log.write(format!("sub {at} {how}"));
            }
            ChannelEvent::Gap { .. } => log.write("gap".to_owned()),
            ChannelEvent::Unsubscribed(why) => log.write(format!("unsub {why}")),
        }
    }
}
