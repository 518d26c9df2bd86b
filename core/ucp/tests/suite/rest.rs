use nightmarket_ucp::rest;

#[test]
fn an_id_is_one_segment_whatever_it_holds() {
    assert_eq!(rest::checkout("chk-1"), "/checkout-sessions/chk-1");
    assert_eq!(rest::complete("gid://a/b?c"), "/checkout-sessions/gid%3A%2F%2Fa%2Fb%3Fc/complete");
    assert_eq!(rest::cancel("é"), "/checkout-sessions/%C3%A9/cancel");
    assert_eq!(rest::order("a b"), "/orders/a%20b");
    assert_eq!(rest::cancel_cart("c"), "/carts/c/cancel");
    assert_eq!(rest::cart("c%2F"), "/carts/c%252F");
}

#[test]
fn a_path_is_appended_to_the_endpoint() {
    assert_eq!(
        rest::join("https://m.example/api/v2/", rest::CHECKOUTS),
        "https://m.example/api/v2/checkout-sessions"
    );
}

#[test]
fn the_agent_header_is_a_structured_field() {
    assert_eq!(
        rest::agent("https://p.example/profile").as_deref(),
        Some(r#"profile="https://p.example/profile""#)
    );
    assert_eq!(
        rest::agent(r#"https://p.example/"x\"#).as_deref(),
        Some(r#"profile="https://p.example/\"x\\""#)
    );
    assert_eq!(rest::agent("https://p.example/\r\nX: y"), None);
}
