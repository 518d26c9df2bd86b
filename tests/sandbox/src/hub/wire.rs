//! The protocol's messages, in JSON. Zero and false fields are left out, as the engine does.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::codes::HubError;
use super::stream::{HistoryPage, Position, Publication, is_zero};

/// One line from a client. The first request that is set counts; unknown fields are ignored.
#[derive(Deserialize)]
pub(super) struct Command {
    #[serde(default)]
    pub id: u32,
    pub connect: Option<ConnectRequest>,
    pub subscribe: Option<SubscribeRequest>,
    pub unsubscribe: Option<ChannelRequest>,
    pub publish: Option<ChannelRequest>,
    pub presence: Option<ChannelRequest>,
    pub presence_stats: Option<ChannelRequest>,
    pub history: Option<HistoryRequest>,
    pub ping: Option<Value>,
    pub send: Option<Value>,
    pub rpc: Option<RpcRequest>,
    pub refresh: Option<RefreshRequest>,
    pub sub_refresh: Option<SubRefreshRequest>,
}

impl Command {
    /// A pong is the empty command.
    pub fn is_pong(&self) -> bool {
        self.id == 0
            && self.connect.is_none()
            && self.subscribe.is_none()
            && self.unsubscribe.is_none()
            && self.publish.is_none()
            && self.presence.is_none()
            && self.presence_stats.is_none()
            && self.history.is_none()
            && self.ping.is_none()
            && self.send.is_none()
            && self.rpc.is_none()
            && self.refresh.is_none()
            && self.sub_refresh.is_none()
    }
}

#[derive(Deserialize)]
pub(super) struct ConnectRequest {
    #[serde(default)]
    pub token: String,
    /// Positions of server-side subscriptions, to recover from.
    #[serde(default)]
    pub subs: BTreeMap<String, SubscribeRequest>,
}

#[derive(Default, Deserialize)]
pub(super) struct SubscribeRequest {
    #[serde(default)]
    pub channel: String,
    #[serde(default)]
    pub token: String,
    #[serde(default)]
    pub recover: bool,
    #[serde(default)]
    pub offset: u64,
    #[serde(default)]
    pub epoch: String,
    /// 0 is a stream; other kinds are not served here.
    #[serde(default, rename = "type")]
    pub kind: i32,
}

#[derive(Deserialize)]
pub(super) struct ChannelRequest {
    #[serde(default)]
    pub channel: String,
}

#[derive(Deserialize)]
pub(super) struct HistoryRequest {
    #[serde(default)]
    pub channel: String,
    #[serde(default)]
    pub limit: i32,
    pub since: Option<Position>,
    #[serde(default)]
    pub reverse: bool,
}

#[derive(Deserialize)]
pub(super) struct RpcRequest {
    #[serde(default)]
    pub method: String,
    #[serde(default)]
    pub data: Value,
}

#[derive(Deserialize)]
pub(super) struct RefreshRequest {
    #[serde(default)]
    pub token: String,
}

#[derive(Deserialize)]
pub(super) struct SubRefreshRequest {
    #[serde(default)]
    pub channel: String,
    #[serde(default)]
    pub token: String,
}

/// One line to a client: a reply, a push, or (empty) a ping.
#[derive(Default, Serialize)]
pub(super) struct Reply<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'a HubError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push: Option<Push<'a>>,
    #[serde(flatten)]
    pub result: Option<ReplyResult>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReplyResult {
    Connect(ConnectResult),
    Subscribe(SubscribeResult),
    Unsubscribe {},
    History(HistoryPage),
    Rpc { data: Value },
    Refresh(RefreshResult),
    SubRefresh(RefreshResult),
}

#[derive(Serialize)]
pub(super) struct Push<'a> {
    pub channel: &'a str,
    #[serde(rename = "pub", skip_serializing_if = "Option::is_none")]
    pub publication: Option<PushedPublication<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsubscribe: Option<Unsubscribed>,
}

#[derive(Serialize)]
pub(super) struct PushedPublication<'a> {
    #[serde(flatten)]
    pub publication: &'a Publication,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub epoch: &'a str,
}

#[derive(Serialize)]
pub(super) struct Unsubscribed {
    pub code: u32,
    pub reason: &'static str,
}

#[derive(Serialize)]
pub(super) struct ConnectResult {
    pub client: String,
    #[serde(flatten)]
    pub lifetime: Lifetime,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub subs: BTreeMap<String, SubscribeResult>,
    /// Seconds.
    #[serde(skip_serializing_if = "is_zero")]
    pub ping: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub pong: bool,
}

/// Whether and in how many seconds something expires.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Lifetime {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub expires: bool,
    #[serde(skip_serializing_if = "is_zero")]
    pub ttl: u64,
}

impl Lifetime {
    pub fn until(exp_s: Option<i64>, now_ms: i64) -> Self {
        exp_s.map_or_else(Self::default, |exp| Self {
            expires: true,
            ttl: u64::try_from(exp - now_ms.div_euclid(1000)).unwrap_or(0),
        })
    }
}

/// The protocol's own flags, one field each.
#[allow(clippy::struct_excessive_bools)]
#[derive(Default, Serialize)]
pub(super) struct SubscribeResult {
    #[serde(flatten)]
    pub lifetime: Lifetime,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub recoverable: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub epoch: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub publications: Vec<Publication>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub recovered: bool,
    #[serde(skip_serializing_if = "is_zero")]
    pub offset: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub positioned: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub was_recovering: bool,
}

#[derive(Serialize)]
pub(super) struct RefreshResult {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    #[serde(flatten)]
    pub lifetime: Lifetime,
}
