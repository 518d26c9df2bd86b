use nightmarket_ucp::catalog::{
    Filters, MediaKind, PageRequest, PriceFilter, ProductDetail, ProductRequest, Products, SearchRequest,
    SelectedOption, StockStatus,
};
use nightmarket_ucp::context::Context;
use nightmarket_ucp::envelope::{ReadError, parse};
use serde_json::json;

use crate::{fixture, with};

#[test]
fn products_are_read() {
    let found: Products =
        parse(fixture!("products.json")).expect("it can be read").into_result().expect("products");
    let product = &found.products[0];
    assert_eq!((product.price_range.min.amount, product.price_range.max.currency.as_str()), (1250, "USD"));
    assert_eq!(product.media[0].kind, MediaKind::Other("hologram".to_owned()));
    assert_eq!(product.options[0].values[1].available, Some(false));
    let variant = &product.variants[0];
    assert!(variant.is_available());
    let status = variant.availability.as_ref().and_then(|stock| stock.status.clone());
    assert_eq!(status, Some(StockStatus::Other("fried_to_order".to_owned())));
    assert_eq!(variant.inputs[0].how.as_deref(), Some("featured"));
    let page = found.pagination.expect("there is more");
    assert_eq!((page.cursor.as_deref(), page.has_next_page, page.total_count), (Some("c2"), true, Some(40)));
    assert!(found.messages[0].has_code("not_found"));
}

#[test]
fn a_product_is_read_and_a_float_price_is_not() {
    let detail = br#"{"ucp":{"version":"2026-04-08"},"product":{"id":"mug","title":"Mug","description":{"html":"<b>mug</b>"},
        "price_range":{"min":{"amount":1,"currency":"JPY"},"max":{"amount":2,"currency":"JPY"}},
        "selected":[{"name":"Glaze","label":"Celadon"}],"variants":[]}}"#;
    let read: ProductDetail = parse(detail).expect("it can be read").into_result().expect("a product");
    assert_eq!(read.product.selected[0].label, "Celadon");
    let float = with(detail, "\"amount\":1", "\"amount\":1.99");
    assert!(matches!(parse::<ProductDetail>(&float), Err(ReadError::Shape(why)) if why.contains("1.99")));
}

#[test]
fn requests_say_only_what_is_there() {
    let value = |request: &SearchRequest| serde_json::to_value(request).expect("it is JSON");
    assert_eq!(value(&SearchRequest::default()), json!({}));
    let search = SearchRequest {
        query: Some("珍珠".to_owned()),
        context: Some(Context { currency: Some("CNY".to_owned()), ..Context::default() }),
        filters: Some(Filters {
            price: Some(PriceFilter { min: None, max: Some(20000) }),
            ..Filters::default()
        }),
        pagination: Some(PageRequest { cursor: None, limit: Some(20) }),
        ..SearchRequest::default()
    };
    assert_eq!(
        value(&search),
        json!({ "query": "珍珠", "context": { "currency": "CNY" }, "filters": { "price": { "max": 20000 } }, "pagination": { "limit": 20 } })
    );
    let product = ProductRequest {
        id: "mug".to_owned(),
        selected: vec![SelectedOption { name: "Glaze".to_owned(), id: None, label: "Celadon".to_owned() }],
        ..ProductRequest::default()
    };
    assert_eq!(
        serde_json::to_value(&product).expect("it is JSON"),
        json!({ "id": "mug", "selected": [{ "name": "Glaze", "label": "Celadon" }] })
    );
}
