use nightmarket_ucp::fulfillment::{BusinessConfig, Fulfillment, MethodKind};
use serde_json::json;

/// Two lines are shipped, in two packages; pickup at two places is offered and unused.
fn offered() -> Fulfillment {
    let option = |id: &str| json!({"id": id, "title": id, "totals": [{"type": "total", "amount": 500}]});
    let group = |id: &str, line: &str| json!({"id": id, "line_item_ids": [line], "options": [option("standard"), option("express")]});
    serde_json::from_value(json!({
        "methods": [
            {"id": "ship", "type": "shipping", "line_item_ids": ["shirt", "pants"], "selected_destination_id": "home",
             "destinations": [{"id": "home", "street_address": "1 Harbour Road", "address_country": "US"}],
             "groups": [group("dry", "shirt"), group("cold", "pants")]},
            {"id": "fetch", "type": "pickup", "line_item_ids": [], "groups": [],
             "destinations": [{"id": "uptown", "name": "Uptown", "address": {"address_country": "US"}},
                              {"id": "harbour", "name": "Harbour", "address": {"address_country": "US"}}]}
        ],
        "available_methods": [{"type": "pickup", "line_item_ids": ["pants"], "fulfillable_on": "now",
            "description": "Pants can be fetched uptown today"}]
    }))
    .unwrap()
}

#[test]
fn a_method_that_is_only_offered_asks_for_nothing() {
    let mut all = offered();
    assert!(!all.is_chosen());
    assert!(all.select_option("dry", "standard") && !all.is_chosen(), "each package has its own option");
    assert!(all.select_option("cold", "express") && all.is_chosen());
    assert!(all.assign("fetch", &["pants".to_owned()]));
    assert!(!all.is_chosen(), "what is fetched has to be fetched somewhere");
    assert!(all.select_destination("fetch", "uptown") && all.is_chosen());
    assert!(!all.assign("nowhere", &["shirt".to_owned()]));
}

#[test]
fn lines_move_between_methods_and_to_an_address_of_their_own() {
    let mut all = offered();
    all.assign("fetch", &["pants".to_owned()]);
    let lines = |all: &Fulfillment| -> Vec<(Option<String>, Vec<String>)> {
        let of = |method: &nightmarket_ucp::fulfillment::Method| {
            (method.id.clone(), method.line_item_ids.clone().unwrap_or_default())
        };
        all.methods.iter().map(of).collect()
    };
    let shirt = || vec!["shirt".to_owned()];
    assert_eq!(
        lines(&all),
        [(Some("ship".to_owned()), shirt()), (Some("fetch".to_owned()), vec!["pants".to_owned()])]
    );
    let grandma =
        serde_json::from_value(json!({"street_address": "88 Queensway", "address_country": "HK"})).unwrap();
    all.split_off(&shirt(), grandma);
    assert_eq!(lines(&all), [(Some("fetch".to_owned()), vec!["pants".to_owned()]), (None, shirt())]);
    let own = all.methods.last().unwrap();
    assert_eq!((&own.kind, own.destinations.len()), (&MethodKind::Shipping, 1));
}

#[test]
fn what_a_business_allows_is_read_and_nothing_is_allowed_unsaid() {
    let none: BusinessConfig = serde_json::from_value(json!({})).unwrap();
    assert!(!none.allows_multi_destination.shipping && none.allows_method_combinations.is_empty());
    let some = json!({"allows_multi_destination": {"shipping": true}, "allows_method_combinations": [["shipping", "pickup"]]});
    let some: BusinessConfig = serde_json::from_value(some).unwrap();
    assert!(some.allows_multi_destination.shipping && !some.allows_multi_destination.pickup);
    assert_eq!(some.allows_method_combinations, [[MethodKind::Shipping, MethodKind::Pickup]]);
}
