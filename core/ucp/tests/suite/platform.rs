use nightmarket_ucp::adapter::{Dialect, read_profile};
use nightmarket_ucp::name;
use nightmarket_ucp::negotiate::{VersionChoice, choose_version, negotiate};
use nightmarket_ucp::platform::{PlatformProfile, requirements, understood};
use nightmarket_ucp::profile::Jwk;

#[test]
fn our_own_profile_is_sound_by_our_own_rules() {
    let key = Jwk { kid: "p-1".to_owned(), kty: "EC".to_owned(), ..Jwk::default() };
    let builder = PlatformProfile::new()
        .signing_key(key)
        .order_webhook("https://partner.example/hooks/orders")
        .multi_group();
    let (read, dialect) = read_profile(builder.to_json().as_bytes()).expect("it can be read");
    assert_eq!(dialect, Dialect::Current);
    assert_eq!(read, builder.build());
    assert_eq!(choose_version(&read, &name::SPOKEN), VersionChoice::Use(name::VERSION.to_owned()));
    // A platform has to name specification and schema of everything, each at its authority.
    let negotiated = negotiate(&read.ucp, &understood(), &requirements());
    assert!(negotiated.dropped.is_empty(), "{:?}", negotiated.dropped);
    for (name, entries) in &read.ucp.capabilities {
        assert!(entries.iter().all(|entry| entry.spec.is_some() && entry.schema.is_some()), "{name}");
    }
    let contract = read.ucp.capabilities[name::OFFERS][0].spec.as_deref().expect("our own have a contract");
    assert!(contract.contains(name::NIGHTMARKET_VERSION), "{contract}");
    let webhook =
        &read.ucp.capabilities[name::ORDER][0].config.as_ref().expect("it is configured")["webhook_url"];
    assert_eq!(webhook, "https://partner.example/hooks/orders");
}
