//! Where something is served: https anywhere, plain http on loopback only.

use std::net::IpAddr;
use url::{Host, Url};

use crate::error::{Error, Result};
use crate::ids::ShopDomain;

/// Scheme, host and port of a venue or shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(Url);

impl Origin {
    /// The origin of an address; path, query and fragment do not count.
    ///
    /// # Errors
    /// `BadAddress` if it is no absolute http(s) address, carries a user, or is plain http to another machine.
    pub fn parse(text: &str) -> Result<Self> {
        let mut url = checked(text, &["https", "http"])?;
        url.set_path("/");
        url.set_query(None);
        url.set_fragment(None);
        Ok(Self(url))
    }

    /// A shop's origin. Shops are named by domain alone; one on loopback is reached by the scheme of `seen_from`.
    ///
    /// # Errors
    /// `BadAddress` if the domain is none.
    pub fn of_shop(shop: &ShopDomain, seen_from: &Self) -> Result<Self> {
        let https = Self::parse(&format!("https://{shop}"))?;
        if is_loopback(&https.0) {
            Self::parse(&format!("{}://{shop}", seen_from.0.scheme()))
        } else {
            Ok(https)
        }
    }

    /// Host and, if it is not the scheme's default, port: what a shop is named by.
    pub fn domain(&self) -> ShopDomain {
        ShopDomain::new(self.0.authority())
    }

    /// As an address without a path.
    pub(crate) fn url(&self) -> &Url {
        &self.0
    }

    /// Where the UCP profile is.
    pub fn profile_url(&self) -> Url {
        let mut url = self.0.clone();
        url.set_path("/.well-known/ucp");
        url
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

/// A service endpoint or socket address out of a profile, held to the same rule.
///
/// # Errors
/// `BadAddress`, as [`Origin::parse`].
pub(crate) fn endpoint(text: &str) -> Result<Url> {
    checked(text, &["https", "http", "wss", "ws"])
}

/// An endpoint with a path appended, as UCP does it (overview, "Endpoint Resolution").
pub(crate) fn join(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let joined = format!("{}/{}", base.path().trim_end_matches('/'), path.trim_start_matches('/'));
    url.set_path(&joined);
    url.set_query(query);
    url
}

fn checked(text: &str, schemes: &[&str]) -> Result<Url> {
    let bad = |reason: &str| Error::BadAddress { reason: reason.to_owned() };
    let url = Url::parse(text).map_err(|error| bad(&error.to_string()))?;
    if !schemes.contains(&url.scheme()) {
        return Err(bad("not an https address"));
    }
    if url.host().is_none() {
        return Err(bad("no host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("it carries a user name"));
    }
    if matches!(url.scheme(), "http" | "ws") && !is_loopback(&url) {
        return Err(bad("plain http is for this machine only"));
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback_only() {
        for good in
            ["https://shop.example", "http://127.0.0.1:4000/x?y", "http://localhost", "http://[::1]:9"]
        {
            assert!(Origin::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "http://shop.example",
            "ftp://a",
            "shop.example",
            "https://user@a",
            "http://127.0.0.1.evil.example",
            "",
        ] {
            assert!(matches!(Origin::parse(bad), Err(Error::BadAddress { .. })), "{bad}");
        }
        assert!(endpoint("ws://127.0.0.1:1/live").is_ok() && endpoint("ws://hub.example").is_err());
    }

    #[test]
    fn a_shop_is_https_unless_it_is_beside_us() {
        let venue = Origin::parse("http://127.0.0.1:4000").unwrap();
        let near = Origin::of_shop(&ShopDomain::new("127.0.0.1:4001"), &venue).unwrap();
        let far = Origin::of_shop(&ShopDomain::new("pearls.example"), &venue).unwrap();
        assert_eq!(
            (near.to_string().as_str(), far.to_string().as_str()),
            ("http://127.0.0.1:4001", "https://pearls.example")
        );
        assert_eq!(far.profile_url().as_str(), "https://pearls.example/.well-known/ucp");
    }

    #[test]
    fn paths_are_appended_not_resolved() {
        let base = endpoint("https://shop.example/ucp/v1").unwrap();
        assert_eq!(join(&base, "/orders/1?x=2").as_str(), "https://shop.example/ucp/v1/orders/1?x=2");
    }
}
