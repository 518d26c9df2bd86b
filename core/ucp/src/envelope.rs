//! The envelope: every answer says under `ucp` which version it is of, and whether it succeeded.

use std::fmt;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};

use crate::de;
use crate::error::ErrorResponse;
use crate::open::open_enum;
use crate::profile::{Capability, Handler, Registry, Service};

open_enum! {
    /// Which shape the answer has (UCP ucp.json, base).
    pub enum AnswerStatus {
        /// The resource.
        Success = "success",
        /// Messages instead of a resource.
        Error = "error",
    }
}

/// The `ucp` object of an answer (UCP overview, Capability Declaration in Responses).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    /// The version the request was processed with.
    pub version: String,
    /// Success or error; absent means success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<AnswerStatus>,
    /// Services, where the answer configures any.
    #[serde(default, skip_serializing_if = "Registry::is_empty", deserialize_with = "de::null_as_default")]
    pub services: Registry<Service>,
    /// Capabilities active for this answer.
    #[serde(default, skip_serializing_if = "Registry::is_empty", deserialize_with = "de::null_as_default")]
    pub capabilities: Registry<Capability>,
    /// Handlers for this checkout; authoritative over the profile's.
    #[serde(default, skip_serializing_if = "Registry::is_empty", deserialize_with = "de::null_as_default")]
    pub payment_handlers: Registry<Handler>,
}

impl Meta {
    /// The handler of this id, with the name it is registered under.
    pub fn handler(&self, id: &str) -> Option<(&str, &Handler)> {
        self.handlers().find(|(_, handler)| handler.id == id)
    }

    /// All handlers with their names, in the order of names.
    pub fn handlers(&self) -> impl Iterator<Item = (&str, &Handler)> {
        self.payment_handlers.iter().flat_map(|(name, all)| all.iter().map(move |one| (name.as_str(), one)))
    }
}

/// An answer: the resource, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer<T> {
    /// The resource, whose own `messages` may still hold errors.
    Success(T),
    /// No resource (UCP `types/error_response`).
    Error(Box<ErrorResponse>),
}

impl<T> Answer<T> {
    /// The resource, or the error response as an error.
    pub fn into_result(self) -> Result<T, Box<ErrorResponse>> {
        match self {
            Self::Success(resource) => Ok(resource),
            Self::Error(error) => Err(error),
        }
    }
}

/// Why a body could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// It is not UTF-8.
    NotUtf8 {
        /// How many bytes were sound.
        valid_up_to: usize,
    },
    /// It ends too early.
    Truncated,
    /// It is not JSON, or nested too deeply to be read safely.
    NotJson(String),
    /// It is JSON of another shape.
    Shape(String),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 { valid_up_to } => write!(f, "the answer is not UTF-8 after byte {valid_up_to}"),
            Self::Truncated => f.write_str("the answer ends too early"),
            Self::NotJson(why) => write!(f, "the answer is not JSON: {why}"),
            Self::Shape(why) => write!(f, "the answer does not have the shape that UCP describes: {why}"),
        }
    }
}

impl std::error::Error for ReadError {}

impl From<serde_json::Error> for ReadError {
    fn from(error: serde_json::Error) -> Self {
        match error.classify() {
            serde_json::error::Category::Eof => Self::Truncated,
            serde_json::error::Category::Syntax => Self::NotJson(error.to_string()),
            serde_json::error::Category::Data | serde_json::error::Category::Io => {
                Self::Shape(error.to_string())
            }
        }
    }
}

/// A body as text: UTF-8 is checked once, so that the reader need not check each string.
pub(crate) fn text(body: &[u8]) -> Result<&str, ReadError> {
    std::str::from_utf8(body).map_err(|error| ReadError::NotUtf8 { valid_up_to: error.valid_up_to() })
}

/// Reads a body of the current shape.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<Answer<T>, ReadError> {
    let text = text(body)?;
    if Shape::of(text)?.is_error() {
        return Ok(Answer::Error(serde_json::from_str(text)?));
    }
    Ok(Answer::Success(serde_json::from_str(text)?))
}

/// What tells answers and dialects apart, read without building the rest.
#[derive(Deserialize)]
pub(crate) struct Shape {
    #[serde(default)]
    ucp: Option<UcpShape>,
    #[serde(default)]
    payment: Option<PaymentShape>,
    #[serde(default)]
    id: Option<IgnoredAny>,
    #[serde(default)]
    messages: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct UcpShape {
    #[serde(default)]
    status: Option<AnswerStatus>,
    #[serde(default)]
    capabilities: ListOrMap,
    #[serde(default)]
    services: ServicesShape,
}

#[derive(Deserialize)]
struct PaymentShape {
    #[serde(default)]
    handlers: Option<IgnoredAny>,
}

impl Shape {
    pub(crate) fn of(text: &str) -> Result<Self, ReadError> {
        Ok(serde_json::from_str(text)?)
    }

    pub(crate) fn is_error(&self) -> bool {
        self.ucp.as_ref().is_some_and(|ucp| ucp.status == Some(AnswerStatus::Error))
    }

    /// Messages alone, as the older shape refuses.
    pub(crate) fn is_bare_refusal(&self) -> bool {
        self.ucp.is_none() && self.id.is_none() && self.messages.is_some()
    }

    /// The older shape lists capabilities, keeps one object per service, and puts handlers under `payment`.
    pub(crate) fn is_legacy(&self) -> bool {
        let handlers_under_payment = self.payment.as_ref().is_some_and(|payment| payment.handlers.is_some());
        let older_ucp =
            self.ucp.as_ref().is_some_and(|ucp| ucp.capabilities == ListOrMap::List || ucp.services.0);
        handlers_under_payment || older_ucp
    }
}

/// Whether a value is a list, without keeping it.
#[derive(Default, PartialEq)]
enum ListOrMap {
    List,
    #[default]
    Else,
}

impl<'de> Deserialize<'de> for ListOrMap {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> serde::de::Visitor<'de> for Either {
            type Value = ListOrMap;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list or an object")
            }
            fn visit_unit<E>(self) -> Result<ListOrMap, E> {
                Ok(ListOrMap::Else)
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<ListOrMap, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(ListOrMap::List)
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<ListOrMap, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(ListOrMap::Else)
            }
        }
        from.deserialize_any(Either)
    }
}

/// Whether any service is one object, as in the older shape, rather than a list of bindings.
#[derive(Default)]
struct ServicesShape(bool);

impl<'de> Deserialize<'de> for ServicesShape {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> serde::de::Visitor<'de> for Each {
            type Value = ServicesShape;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("services by name")
            }
            fn visit_unit<E>(self) -> Result<ServicesShape, E> {
                Ok(ServicesShape(false))
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<ServicesShape, A::Error> {
                let mut any = false;
                while let Some((_, binding)) = map.next_entry::<IgnoredAny, ListOrMap>()? {
                    any |= binding == ListOrMap::Else;
                }
                Ok(ServicesShape(any))
            }
        }
        from.deserialize_any(Each)
    }
}
