//! How the parts are put together at the beginning of the evening.

use std::collections::{BTreeMap, BTreeSet};

use super::faults::{Done, Faults};
use super::outside::Outside;
use super::{FaultError, OutsideHub, World};
use crate::catalog::{snack_shop, studio_shop};
use crate::env::Ids;
use crate::hub::{Hub, HubConfig};
use crate::jws::SigningKey;
use crate::script::Director;
use crate::shop::{Dialect, ProfileResolver, Shop, ShopConfig};
use crate::venue::evening::{CRYSTAL_DROP, MINUTE_MS};
use crate::venue::words::Card;
use crate::venue::{Venue, VenueConfig};

/// How a world is made.
pub struct WorldConfig {
    /// The same seed gives the same evening.
    pub seed: u64,
    /// When it begins, milliseconds since the Unix epoch.
    pub start_ms: i64,
    /// Origin of the venue, without a slash at the end.
    pub venue_url: String,
    /// Origins of the shops.
    pub shop_urls: [String; 2],
    /// Whether hosts pin, talk and sell by themselves. Without it they only answer.
    pub ambience: bool,
    /// Where shops get platform profiles from.
    pub profiles: [Box<dyn ProfileResolver>; 2],
    /// Window over which clients spread their return to the hub, milliseconds.
    pub reconnect_window_ms: i64,
    /// How long a connection token of the hub is good for, milliseconds.
    pub connection_token_ms: i64,
    /// The hub, if it is outside.
    pub hub: Option<OutsideHub>,
    /// Shop 1 is a plain shop that speaks UCP 2026-01-11 and nothing else.
    pub older: bool,
}

impl WorldConfig {
    /// A world for simulation: fixed origins, every platform supports everything.
    pub fn simulated(seed: u64, start_ms: i64) -> Self {
        Self {
            seed,
            start_ms,
            venue_url: "http://127.0.0.1:4000".into(),
            shop_urls: ["http://127.0.0.1:4001".into(), "http://127.0.0.1:4002".into()],
            ambience: true,
            profiles: [
                Box::new(crate::shop::everybody_supports_all),
                Box::new(crate::shop::everybody_supports_all),
            ],
            reconnect_window_ms: 1_000,
            connection_token_ms: 3_600_000,
            hub: None,
            older: false,
        }
    }
}

/// What each host sells: key, shop, items in the order shown.
const WARES: [(&str, usize, &[&str]); 7] = [
    (
        "pearls",
        0,
        &[
            "pearl_b001",
            "pearl_b002",
            "pearl_b003",
            "pearl_b004",
            "pearl_b005",
            "pearl_b006",
            "pearl_b007",
            "pearl_b008",
            "pearl_b009",
            "necklace_40",
            "necklace_45",
        ],
    ),
    ("mugs", 0, &["mug_celadon_s", "mug_celadon_m", "mug_celadon_l", "tea_cup"]),
    ("ponies", 0, &["pony_box", "lucky_box"]),
    ("crystals", 0, &["bracelet_15", "bracelet_17", "bracelet_19"]),
    (
        "mukbang",
        1,
        &[
            "tasting_tin",
            "chili_crab_chips",
            "konjac_strips",
            "egg_yolk_crisps",
            "haw_flakes",
            "duck_neck",
            "rice_cakes",
            "mochi",
            "giant_box_m",
        ],
    ),
    ("voice", 1, &["vocal_course"]),
    ("english", 1, &["english_course"]),
];

/// Host and port of an origin, as profiles, products and proofs name it.
pub fn domain_of(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest)
}

fn shop(
    url: &str,
    config: &WorldConfig,
    at: usize,
    profiles: Box<dyn ProfileResolver>,
    ids: &mut Ids,
) -> Shop {
    let catalog = match at {
        0 => studio_shop(config.start_ms + CRYSTAL_DROP * MINUTE_MS),
        _ => snack_shop(),
    };
    let mut shop = ShopConfig::new(domain_of(url), catalog);
    url.clone_into(&mut shop.base_url);
    shop.media_url = format!("{}/media/shop", config.venue_url);
    shop.profiles = profiles;
    if at == 1 && config.older {
        shop.dialect = Dialect::Older;
    }
    // The one that sells in dollars asks for consent.
    if at == 0 {
        shop.terms.lacks.push("dev.ucp.shopping.buyer_consent".to_owned());
    }
    Shop::new(shop, ids)
}

fn wares(shops: &[Shop], now_ms: i64) -> BTreeMap<String, Vec<Card>> {
    WARES
        .iter()
        .map(|(key, at, items)| {
            let cards = items.iter().filter_map(|item| card(&shops[*at], item, now_ms)).collect();
            ((*key).to_owned(), cards)
        })
        .collect()
}

/// A shop's product as the venue shows it, in the shop's own language.
pub(crate) fn card(shop: &Shop, item: &str, now_ms: i64) -> Option<Card> {
    let language = if shop.catalog().currency == "CNY" { "zh-Hans" } else { "en" };
    let card = shop.card(item, language, now_ms)?;
    Some(Card {
        shop: shop.domain().to_owned(),
        item: item.to_owned(),
        title: card["title"].as_str()?.to_owned(),
        amount: card["price"]["amount"].as_i64()?,
        currency: card["price"]["currency"].as_str()?.to_owned(),
        image_url: card["image_url"].as_str().map(str::to_owned),
    })
}

impl World {
    /// The world at the beginning of the evening.
    pub fn new(mut config: WorldConfig) -> Self {
        let mut ids = Ids::seeded(config.seed);
        let profiles = std::mem::replace(
            &mut config.profiles,
            [Box::new(crate::shop::everybody_supports_all), Box::new(crate::shop::everybody_supports_all)],
        );
        let mut shops: Vec<Shop> = profiles
            .into_iter()
            .enumerate()
            .map(|(at, profiles)| shop(&config.shop_urls[at], &config, at, profiles, &mut ids))
            .collect();
        let own_secret: [u8; 32] = ids.bytes();
        let secret = config.hub.as_ref().map_or(own_secret.to_vec(), |hub| hub.token_key.clone());
        let ws_url = config.hub.as_ref().map_or_else(
            || format!("{}/connection/websocket", config.venue_url.replacen("http", "ws", 1)),
            |hub| hub.ws_url.clone(),
        );
        let outside = config.hub.take().map(|hub| Outside::new(hub, ids.uuid()));
        let mut hub = HubConfig::new(&secret);
        hub.reconnect_window_ms = config.reconnect_window_ms;
        let venue = VenueConfig {
            domain: domain_of(&config.venue_url).to_owned(),
            url: config.venue_url,
            start_ms: config.start_ms,
            shops: shops
                .iter()
                .map(|shop| (shop.domain().to_owned(), shop.catalog().name.en.clone()))
                .collect(),
            wares: wares(&shops, config.start_ms),
            reconnect_window_ms: config.reconnect_window_ms,
            latency_ms: 8_000,
            connection_token_ms: config.connection_token_ms,
            hub_secret: secret,
            ws_url,
        };
        let venue = Venue::new(venue, SigningKey::generate(&ids.id("key")));
        for shop in &mut shops {
            shop.trust_venue(&venue.config().domain, vec![venue.jwk()]);
        }
        let director = Director::of_the_evening(&venue, config.start_ms, config.ambience);
        let mut world = Self {
            now_ms: config.start_ms,
            offset_ms: 0,
            until_ms: config.start_ms,
            hub_ms: config.start_ms,
            ids,
            venue,
            shops,
            hub: Hub::new(hub),
            outside,
            director,
            faults: Faults::default(),
            platform_keys: vec![],
            sockets: BTreeSet::new(),
            last_conn: 0,
            out: Vec::new(),
        };
        world.advance(config.start_ms);
        world
    }

    /// The shops turn away requests that are not signed with one of these keys (JWK), which the platform profile at
    /// `/platform` has from now on.
    pub fn require_signatures(&mut self, keys: Vec<serde_json::Value>) {
        self.platform_keys = keys;
        for shop in &mut self.shops {
            shop.terms().signed_requests = true;
        }
    }

    /// The terms of a shop, to be changed.
    pub fn terms(&mut self, shop: usize) -> &mut crate::shop::Terms {
        self.shops[shop].terms()
    }

    /// Ends every fault.
    pub fn clear_faults(&mut self) {
        self.faults.clear();
        if let Some(outside) = &mut self.outside {
            outside.heal();
        }
    }

    /// Switches a fault on, as `/_control/faults` writes it.
    pub fn switch_fault(&mut self, order: &serde_json::Value) -> Result<(), FaultError> {
        if let Some(outside) = &mut self.outside
            && order["target"] == "hub"
        {
            return outside.fault(order);
        }
        if self.faults.switch_on(order)? == Done::CutNow {
            self.cut_sockets();
        }
        Ok(())
    }
}
