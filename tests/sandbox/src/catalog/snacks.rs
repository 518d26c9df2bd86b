//! Shop 1, in US dollars: the mukbang host's snacks, two courses, a club, and one bottle that is not for everybody.

use super::studio::off;
use super::{Catalog, Disclosure, Discount, Kind, Off, Product, Text};

/// Plain snacks: id, English, Chinese, cents, stock.
const SNACKS: [(&str, &str, &str, i64, i64); 8] = [
    ("seaweed_rolls", "Crispy seaweed rolls", "脆海苔卷", 449, 110),
    ("chili_crab_chips", "Chili crab chips", "辣蟹味薯片", 499, 120),
    ("konjac_strips", "Spicy konjac strips", "香辣魔芋爽", 349, 150),
    ("egg_yolk_crisps", "Salted egg yolk crisps", "咸蛋黄脆片", 799, 80),
    ("haw_flakes", "Haw flakes", "山楂片", 199, 300),
    ("duck_neck", "Braised duck neck", "卤鸭脖", 1_299, 60),
    ("rice_cakes", "Tteokbokki cup", "辣炒年糕杯", 649, 90),
    ("mochi", "Black sesame mochi", "黑芝麻麻薯", 899, 70),
];

/// The catalogue.
pub fn snack_shop() -> Catalog {
    let mut products: Vec<Product> = SNACKS.iter().map(snack).collect();
    products.extend([tin(), giant_box(), club(), plum_wine(), vocal_course(), english_course(), gone()]);
    Catalog {
        name: Text::new("Mukbang Pantry", "吃播零食铺"),
        currency: "USD",
        country: "US",
        tax: 875,
        delivery: (500, 1_200),
        free_from: 7_500,
        products,
        boxes: vec![],
        discounts: discounts(),
        sample_item: "tasting_tin",
    }
}

fn discounts() -> Vec<Discount> {
    let mut three = off(
        None,
        None,
        Text::new("Three tins or more: 10% off them", "三罐及以上九折"),
        Off::PerMille(100),
        vec!["prod_tasting_tin".into()],
    );
    three.from_units = 3;
    vec![
        three,
        off(
            None,
            Some("app.nightmarket.card_benefit"),
            Text::new("Card benefit: 3% off", "刷卡优惠九七折"),
            Off::PerMille(30),
            vec![],
        ),
        off(
            None,
            Some("app.nightmarket.staff"),
            Text::new("Staff: 20% off", "员工八折"),
            Off::PerMille(200),
            vec![],
        ),
        off(Some("NIGHT10"), None, Text::new("Late-night 10% off", "深夜九折"), Off::PerMille(100), vec![]),
        off(
            Some("WELCOME5"),
            None,
            Text::new("1.00 off for newcomers", "新人立减一美元"),
            Off::Amount(100),
            vec![],
        ),
        off(
            Some("MOCHI15"),
            None,
            Text::new("15% off mochi", "麻薯八五折"),
            Off::PerMille(150),
            vec!["prod_mochi".into()],
        ),
    ]
}

fn snack(&(id, en, zh, price, stock): &(&str, &str, &str, i64, i64)) -> Product {
    Product::new(
        &format!("prod_{id}"),
        "Snacks",
        Kind::Goods,
        Text::new(en, zh),
        Text::new("As eaten on the stream.", "直播间同款。"),
    )
    .only(id, price, stock)
}

fn tin() -> Product {
    let mut product = Product::new(
        "prod_tasting_tin",
        "Snacks",
        Kind::Goods,
        Text::new("Tasting tin", "试吃罐"),
        Text::new(
            "A bit of everything; may be collected at the studio's counter.",
            "每样一点；可到直播间柜台自取。",
        ),
    )
    .only("tasting_tin", 1_800, 100_000);
    product.counter = true;
    product
}

fn giant_box() -> Product {
    let mut product = Product::new(
        "prod_giant_box",
        "Snacks",
        Kind::Goods,
        Text::new("Giant mukbang box", "吃播巨无霸礼盒"),
        Text::new("What the host eats in an evening.", "主播一晚的量。"),
    )
    .sized("giant_box_m", "Heat", ("Mild", "微辣"), 5_900, 30)
    .sized("giant_box_h", "Heat", ("Hot", "重辣"), 5_900, 30)
    .sized("giant_box_x", "Heat", ("Inferno", "变态辣"), 6_400, 10);
    product.disclosure = Some(Disclosure {
        code: "allergens",
        content: Text::new("Contains peanuts, sesame, crustaceans and egg.", "含花生、芝麻、甲壳类及蛋类。"),
    });
    product
}

fn club() -> Product {
    let mut product = Product::new(
        "prod_snack_club",
        "Subscriptions",
        Kind::Goods,
        Text::new("Snack club, monthly", "零食俱乐部（月订）"),
        Text::new("A box every month until you stop it.", "每月一盒，随时可停。"),
    )
    .only("snack_club", 2_900, 500);
    product.subscription = Some("month");
    product.counter = true;
    product
}

fn plum_wine() -> Product {
    let mut product = Product::new(
        "prod_plum_wine",
        "Drinks",
        Kind::Goods,
        Text::new("Plum wine, 12%", "青梅酒 12 度"),
        Text::new("To go with the duck neck.", "配鸭脖正好。"),
    )
    .only("plum_wine", 2_400, 40);
    product.age_min = Some(21);
    product
}

fn vocal_course() -> Product {
    Product::new(
        "prod_vocal_course",
        "Courses",
        Kind::Digital,
        Text::new("Vocal coach: twelve lessons", "声乐课：十二讲"),
        Text::new("Twelve recorded lessons and two live question hours.", "十二节录播课，两场直播答疑。"),
    )
    .only("vocal_course", 12_900, 1_000)
}

fn english_course() -> Product {
    Product::new(
        "prod_english_course",
        "Courses",
        Kind::Digital,
        Text::new("Mother-and-son English, one season", "母子英语课（一季）"),
        Text::new("Thirty sketches to learn by laughing.", "三十段情景喜剧，边笑边学。"),
    )
    .only("english_course", 4_900, 1_000)
}

fn gone() -> Product {
    Product::new(
        "prod_durian_puffs",
        "Snacks",
        Kind::Goods,
        Text::new("Durian puffs", "榴莲酥"),
        Text::new("Gone in a minute, as always.", "一分钟售罄，老规矩。"),
    )
    .only("durian_puffs", 999, 0)
}
