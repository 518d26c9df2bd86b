//! The one error of every call, and the errors that an app's own code may answer with.

macro_rules! mirror {
    ($($(#[$doc:meta])* $variant:ident $({ $($(#[$field_doc:meta])* $field:ident: $type:ty,)+ })?,)+) => {
        /// Why a call could not do its work. `code` never changes, `remedy` says what a person can do about it.
        #[derive(Debug, Clone, PartialEq, Eq, uniffi::Error)]
        pub enum NightmarketError {
            $($(#[$doc])* $variant $({ $($(#[$field_doc])* $field: $type,)+ })?,)+
        }

        impl From<nightmarket::Error> for NightmarketError {
            fn from(error: nightmarket::Error) -> Self {
                match error {
                    $(nightmarket::Error::$variant $({ $($field),+ })? => Self::$variant $({ $($field),+ })?,)+
                }
            }
        }

        impl From<NightmarketError> for nightmarket::Error {
            fn from(error: NightmarketError) -> Self {
                match error {
                    $(NightmarketError::$variant $({ $($field),+ })? => Self::$variant $({ $($field),+ })?,)+
                }
            }
        }
    };
}

mirror! {
    /// The address is not one that can be opened: bad syntax, or plain http to another machine.
    BadAddress {
        /// What is wrong with it.
        reason: String,
    },
    /// An argument of the call is not usable; nothing was kept or sent.
    BadInput {
        /// What is wrong with it.
        reason: String,
    },
    /// No connection could be made; nothing was sent.
    Unreachable {
        /// Authority of the server (host and port).
        who: String,
        /// The transport's own words.
        reason: String,
    },
    /// The request may have been sent, the answer did not come (whole).
    NoAnswer {
        /// Authority of the server.
        who: String,
        /// The transport's own words.
        reason: String,
    },
    /// The server's TLS certificate does not hold.
    Tls {
        /// Authority of the server.
        who: String,
        /// The verifier's own words.
        reason: String,
    },
    /// What answered is no UCP profile.
    NotUcp {
        /// Authority of the server.
        who: String,
        /// What is missing or malformed.
        reason: String,
    },
    /// No protocol version in common.
    UnsupportedVersion {
        /// Authority of the server.
        who: String,
        /// Versions that it offers.
        offered: String,
        /// Versions that this client speaks.
        spoken: String,
    },
    /// The venue or shop does not offer this capability; its screen is hidden.
    NotOffered {
        /// Full capability name.
        capability: String,
    },
    /// The shopper has to sign in (again).
    SignInNeeded {
        /// Authority of the server.
        who: String,
        /// The `WWW-Authenticate` challenge, if one came.
        challenge: Option<String>,
    },
    /// Signed in, but not allowed.
    Forbidden {
        /// Authority of the server.
        who: String,
    },
    /// What was asked for does not exist (any more).
    NotFound {
        /// The kind of thing, and its id.
        what: String,
    },
    /// The other side said no, for a reason of its own.
    Refused {
        /// Its code; open, from the other side.
        code: String,
        /// Its words, to be shown.
        content: String,
        /// Where the shopper can go on in a browser, if it said so.
        continue_url: Option<String>,
    },
    /// Too many requests.
    SlowDown {
        /// Authority of the server.
        who: String,
        /// Milliseconds until a retry may be sent.
        retry_after_ms: u64,
    },
    /// The server failed.
    Server {
        /// Authority of the server.
        who: String,
        /// HTTP status.
        status: u16,
    },
    /// An answer is not what the contract says.
    Malformed {
        /// What was being read.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A signature does not hold: an offer, a proof, a draw.
    NotGenuine {
        /// What was verified.
        what: String,
        /// Which check failed.
        reason: String,
    },
    /// The live channel is not connected; nothing was sent.
    Offline,
    /// The live channel broke after sending: it may or may not have been done.
    ChannelUnknown,
    /// The live channel stopped for good.
    ChannelStopped {
        /// Close code.
        code: u16,
        /// The hub's words.
        reason: String,
    },
    /// The app's own code failed: token, instrument, address, device authentication, secrets, a listener.
    Host {
        /// Which of them.
        provider: String,
        /// Its own words.
        reason: String,
    },
    /// The ledger is damaged: one tap is off, and the shopper is told.
    LedgerDamaged {
        /// `SQLite`'s words.
        reason: String,
    },
    /// The device's storage failed (full, read-only, damaged).
    Storage {
        /// `SQLite`'s words.
        reason: String,
    },
    /// Something is still unsettled, so this cannot be done yet.
    Unsettled {
        /// What is unsettled.
        what: String,
    },
    /// The Shopper was closed.
    Closed,
    /// The caller canceled. What was written down before goes on.
    Canceled,
    /// A bug of ours; nothing was lost.
    Internal {
        /// Where.
        reason: String,
    },
}

pub use nightmarket::Remedy;

/// What a person, or the app for them, can do about an error.
#[uniffi::remote(Enum)]
pub enum Remedy {
    /// Try again; the library also does so by itself where that is safe.
    Retry,
    /// Wait, then try again.
    Wait,
    /// Check the network.
    CheckNetwork,
    /// Sign in again.
    SignIn,
    /// Update the app.
    UpdateApp,
    /// Correct the input.
    CorrectInput,
    /// Go on at the address that came with it, in a browser.
    OpenContinueUrl,
    /// Do not trust this; report it.
    Distrust,
    /// Free space on the device, or reinstall.
    FreeStorage,
    /// Nothing to do here; the feature is not available.
    HideFeature,
    /// Tell the makers of the app.
    ContactSupport,
}

#[uniffi::export]
impl NightmarketError {
    /// A code that never changes, for logs and tables.
    pub fn code(&self) -> String {
        self.core().code().to_owned()
    }

    /// What happened, in English, for a log: no personal data, no token.
    pub fn explain(&self) -> String {
        self.core().to_string()
    }

    /// What can be done about it.
    pub fn remedy(&self) -> Remedy {
        self.core().remedy()
    }

    /// Whether the same call may succeed later without anything being changed.
    pub fn is_retryable(&self) -> bool {
        self.core().is_retryable()
    }

    /// Whether it is certain that the other side saw nothing of the request.
    pub fn is_not_sent(&self) -> bool {
        self.core().is_not_sent()
    }
}

impl NightmarketError {
    fn core(&self) -> nightmarket::Error {
        self.clone().into()
    }
}

impl std::fmt::Display for NightmarketError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.core().fmt(f)
    }
}

impl std::error::Error for NightmarketError {}

/// What every exported call returns.
pub type Result<T, E = NightmarketError> = std::result::Result<T, E>;

/// What the app's own code answers when it cannot do what it was asked. Anything else that it throws becomes one of these.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Error)]
pub enum HostError {
    /// It failed.
    Failed {
        /// In a few words, for a log: no token, no personal data.
        reason: String,
    },
}

impl std::fmt::Display for HostError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self::Failed { reason } = self;
        f.write_str(reason)
    }
}

impl std::error::Error for HostError {}

// Without this a foreign exception would be a Rust panic.
impl From<uniffi::UnexpectedUniFFICallbackError> for HostError {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed { reason: error.reason }
    }
}

impl HostError {
    /// The core's error, with the name of what failed.
    pub(crate) fn of(self, provider: &str) -> nightmarket::Error {
        nightmarket::Error::Host { provider: provider.to_owned(), reason: self.to_string() }
    }
}
