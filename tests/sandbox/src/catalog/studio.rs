//! Shop 0, in renminbi: pearls one by one, mugs by their makers, pony cards, bracelets.

use super::{BlindBox, Catalog, Content, Disclosure, Discount, Early, Kind, Off, Product, Text, Variant};

/// Pearls on the tray: the serial's last part, millimetres, fen.
const PEARLS: [(u16, u8, i64); 9] = [
    (1, 9, 12_800),
    (2, 10, 15_800),
    (3, 11, 16_800),
    (4, 10, 18_800),
    (5, 12, 19_900),
    (6, 12, 23_800),
    (7, 13, 26_800),
    (8, 14, 35_800),
    (9, 15, 52_000),
];

/// The catalogue; `drop_at_ms` is when the drop of the evening opens for everybody.
pub fn studio_shop(drop_at_ms: i64) -> Catalog {
    Catalog {
        name: Text::new("Pearl and Kiln Studio", "珠与窑工作室"),
        currency: "CNY",
        country: "CN",
        tax: 0,
        delivery: (800, 1_800),
        free_from: 9_900,
        products: vec![
            pearls(),
            pearl_necklace(),
            mug(),
            tea_cup(),
            pony_cards(),
            pony_drop(),
            bracelets(drop_at_ms),
        ],
        boxes: vec![pony_box(), lucky_box()],
        discounts: vec![
            off(
                Some("NIGHT10"),
                None,
                Text::new("Late-night 10% off", "深夜九折"),
                Off::PerMille(100),
                vec![],
            ),
            off(
                Some("WELCOME5"),
                None,
                Text::new("5.00 off for newcomers", "新人立减五元"),
                Off::Amount(500),
                vec![],
            ),
            off(
                Some("MUG20"),
                None,
                Text::new("20% off mugs", "马克杯八折"),
                Off::PerMille(200),
                vec!["prod_jingdezhen_mug".into()],
            ),
        ],
        sample_item: "mug_celadon_s",
    }
}

pub(super) fn off(
    code: Option<&str>,
    claim: Option<&'static str>,
    title: Text,
    off: Off,
    products: Vec<String>,
) -> Discount {
    Discount { code: code.map(str::to_owned), claim, title, off, products, from_units: 1, until_ms: None }
}

fn pearls() -> Product {
    let mut product = Product::new(
        "prod_baroque_pearl",
        "Pearls",
        Kind::Goods,
        Text::new("Baroque pearl, by the piece", "巴洛克珍珠（单颗）"),
        Text::new(
            "Freshwater baroque pearls, sold one by one as seen on the tray.",
            "淡水巴洛克珍珠，所见即所得，单颗出售。",
        ),
    );
    product.variants = PEARLS
        .iter()
        .map(|&(number, size, price)| Variant {
            id: format!("pearl_b{number:03}"),
            title: Text::new(&format!("No. {number}, {size} mm"), &format!("{number} 号，{size} 毫米")),
            price,
            stock: 1,
            options: vec![],
            serial: Some(format!("BP-2611-{number:03}")),
        })
        .collect();
    product
}

fn pearl_necklace() -> Product {
    Product::new(
        "prod_pearl_necklace",
        "Pearls",
        Kind::Goods,
        Text::new("Baroque pearl necklace", "巴洛克珍珠项链"),
        Text::new("Knotted by hand on silk.", "真丝手工打结。"),
    )
    .sized("necklace_40", "Length", ("40 cm", "40 厘米"), 68_000, 4)
    .sized("necklace_45", "Length", ("45 cm", "45 厘米"), 72_000, 3)
}

fn mug() -> Product {
    let mut product = Product::new(
        "prod_jingdezhen_mug",
        "Pottery",
        Kind::Goods,
        Text::new("Jingdezhen mug, celadon", "景德镇青瓷马克杯"),
        Text::new("Thrown and glazed by the maker who shows it.", "由直播中的匠人亲手拉坯上釉。"),
    )
    .sized("mug_celadon_s", "Size", ("Small", "小号"), 12_800, 24)
    .sized("mug_celadon_m", "Size", ("Medium", "中号"), 15_800, 18)
    .sized("mug_celadon_l", "Size", ("Large", "大号"), 23_800, 6)
    .sized("mug_celadon_xl", "Size", ("Extra large", "特大号"), 28_800, 0);
    product.disclosure = Some(Disclosure {
        code: "handmade_glaze",
        content: Text::new(
            "Hand-glazed: not for microwave ovens, and the colour differs from piece to piece.",
            "手工施釉：不可用于微波炉，每件颜色略有差异。",
        ),
    });
    product
}

fn tea_cup() -> Product {
    Product::new(
        "prod_tea_cup",
        "Pottery",
        Kind::Goods,
        Text::new("Jingdezhen tea cup, blue and white", "景德镇青花茶杯"),
        Text::new("Painted by its maker, signed under the foot.", "匠人手绘，杯底落款。"),
    )
    .only("tea_cup", 8_800, 40)
}

fn pony_cards() -> Product {
    let mut product = Product::new(
        "prod_pony_box",
        "Blind boxes",
        Kind::Goods,
        Text::new("Pony-card box, opened on air", "小马卡盲盒（直播拆）"),
        Text::new(
            "The host opens it for you, live; the cards come by courier.",
            "主播现场为你拆盒，卡片快递到家。",
        ),
    )
    .only("pony_box", 3_900, 200);
    product.box_id = Some("box_pony".into());
    product
}

fn pony_drop() -> Product {
    let mut product = Product::new(
        "prod_lucky_box",
        "Blind boxes",
        Kind::Digital,
        Text::new("Lucky pony, a digital box", "幸运小马数字盲盒"),
        Text::new(
            "Drawn on the spot; your phone checks that the draw was fair.",
            "当场抽取，手机可验证公平。",
        ),
    )
    .only("lucky_box", 1_900, 1_000);
    product.box_id = Some("box_lucky".into());
    product
}

fn bracelets(drop_at_ms: i64) -> Product {
    let mut product = Product::new(
        "prod_crystal_bracelet",
        "Bracelets",
        Kind::Goods,
        Text::new("Crystal bracelet for good fortune", "招福水晶手链"),
        Text::new(
            "Amethyst and citrine; fans may buy before the drop opens.",
            "紫晶与黄晶；粉丝群可抢先购。",
        ),
    )
    .sized("bracelet_15", "Wrist", ("15 cm", "15 厘米"), 16_600, 12)
    .sized("bracelet_17", "Wrist", ("17 cm", "17 厘米"), 16_600, 12)
    .sized("bracelet_19", "Wrist", ("19 cm", "19 厘米"), 18_800, 8);
    product.early = Some(Early { group: "fans_crystal".into(), opens_at_ms: drop_at_ms });
    product
}

fn content(id: &'static str, en: &str, zh: &str, weight: u32) -> Content {
    Content { id, title: Text::new(en, zh), weight, remaining: None }
}

fn pony_box() -> BlindBox {
    BlindBox {
        id: "box_pony".into(),
        digital: false,
        item: "pony_box".into(),
        contents: vec![
            content("pony_meadow", "Meadow pony", "草原小马", 4_000),
            content("pony_river", "River pony", "河畔小马", 3_000),
            content("pony_snow", "Snow pony", "雪原小马", 2_000),
            content("pony_comet", "Comet pony", "彗星小马", 900),
            content("pony_gold", "Golden pony, foil", "金箔小马", 100),
        ],
        pity: None,
    }
}

fn lucky_box() -> BlindBox {
    BlindBox {
        id: "box_lucky".into(),
        digital: true,
        item: "lucky_box".into(),
        contents: vec![
            content("lucky_clover", "Clover pony", "四叶草小马", 6_000),
            content("lucky_lantern", "Lantern pony", "灯笼小马", 3_000),
            content("lucky_moon", "Moon pony", "月亮小马", 950),
            content("lucky_dragon", "Dragon pony", "龙马", 50),
        ],
        pity: Some((20, "lucky_dragon")),
    }
}
