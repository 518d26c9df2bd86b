//! Lines on their way from the outbox to the hub.

use async_trait::async_trait;
use std::rc::{Rc, Weak};

use super::service::Settled;
use super::wire::{SendReply, SendRequest};
use super::{LineState, Service};
use crate::error::Error;
use crate::ids::ClientId;
use crate::session::Session;
use crate::storage::outbox::{Item, Sender, Verdict};

/// The outbox's name for lines.
pub(super) const KIND: &str = "chat.line";

pub(super) struct Outgoing {
    pub(super) session: Rc<Session>,
    pub(super) chat: Weak<Service>,
}

impl Outgoing {
    fn tell(&self, item: &Item, outcome: Settled) {
        if let Some(chat) = self.chat.upgrade() {
            chat.settled(&item.scope, &ClientId::new(item.id.as_str()), outcome);
        }
    }

    async fn try_once(&self, item: &Item) -> Result<SendReply, Error> {
        let request: SendRequest =
            serde_json::from_str(&item.body).map_err(|error| Error::malformed("line", error))?;
        self.session.in_front().await;
        self.session.channel().await?.call("chat.send", &request).await
    }
}

#[async_trait(?Send)]
impl Sender for Outgoing {
    async fn send(&self, item: &Item) -> Verdict {
        match self.try_once(item).await {
            Ok(SendReply { line: Some(line), .. }) => {
                self.tell(item, Settled::Confirmed(Box::new(line)));
                Verdict::Delivered
            }
            Ok(SendReply { refused: Some(refused), .. }) => match refused.code.as_str() {
                "slow_mode" | "rate" => {
                    self.tell(item, Settled::Wait(refused.retry_after_ms.unwrap_or_default()));
                    Verdict::Later { retry_after_ms: refused.retry_after_ms }
                }
                // The venue has it; the line comes when somebody has looked at it.
                "held" => {
                    self.tell(item, Settled::Marked(LineState::Held));
                    Verdict::Delivered
                }
                _ => Verdict::Failed { code: refused.code },
            },
            Ok(_) => Verdict::Failed { code: "malformed".to_owned() },
            Err(Error::SlowDown { retry_after_ms, .. }) => {
                Verdict::Later { retry_after_ms: Some(retry_after_ms) }
            }
            // Not sent, or sent and not answered: the client id makes a repetition safe.
            Err(error) if error.is_retryable() => Verdict::Later { retry_after_ms: None },
            // Among them signing in: the line is kept, and `retry` sends it afterwards.
            Err(error) => Verdict::Failed { code: error.code().to_owned() },
        }
    }

    fn settled(&self, item: &Item, verdict: &Verdict) {
        if let Verdict::Failed { code } = verdict {
            self.tell(item, Settled::Marked(LineState::Failed { code: code.clone() }));
        }
    }
}
