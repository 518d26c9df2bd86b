//! One thing, close: the shops' products, and the hosts by what they sell.

use crate::LOOKS;
use crate::food::{Food, bite, dish, heap, stew, tasting_tin};
use crate::math::{Dice, V};
use crate::scene::{Ground, Scene};
use crate::scenes::{COATS, ROSE, WARM, necklace, stage};
use crate::shapes::ball;
use crate::things::{
    baked, books, bottle, bracelet, cluster, cup, microphone, mug, parcel, pearl, pony, sheep, thing,
};

/// A shop's product, by its handle; what is not known is a parcel.
pub fn product(handle: &str) -> Scene {
    let mut dice = Dice::new(handle);
    let dice = &mut dice;
    let pearl_box = |dice: &mut Dice| stage(dice, Ground::Velvet(0x2a2c78), (0x060614, 0x20122c), &WARM);
    let table = |dice: &mut Dice| stage(dice, Ground::Wood(0x74482c), (0x0a080c, 0x2c1812), &WARM);
    let night = |dice: &mut Dice| stage(dice, Ground::Lacquer(0x181034), (0x08061c, 0x301840), &ROSE);
    let near = |scene: Scene| scene.seen(V(0.0, 1.75, 3.3), V(0.0, 0.40, 0.0), 0.60);
    let food = |dice: &mut Dice, food, count| {
        let things = dish(dice, food, 0.0, 0.0, 0.80, count);
        near(table(dice)).with(things).seen(V(0.0, 2.1, 3.1), V(0.0, 0.22, 0.0), 0.58)
    };
    match handle {
        "baroque-pearl" => near(pearl_box(dice))
            .with([
                pearl(0.02, 0.0, 0.54, &LOOKS[1], 0.9),
                pearl(-0.74, 0.42, 0.19, &LOOKS[3], 2.0),
                pearl(0.66, 0.56, 0.16, &LOOKS[2], 4.0),
            ])
            .seen(V(0.0, 1.4, 3.3), V(0.0, 0.44, 0.0), 0.54),
        "pearl-necklace" => {
            near(pearl_box(dice)).with(necklace(dice)).seen(V(0.2, 2.6, 2.5), V(0.0, 0.02, 0.0), 0.66)
        }
        "jingdezhen-mug" => near(table(dice)).with(mug(-0.12, 0.1, 0.52, 0.55, 0x8cc0a4, -0.3)).seen(
            V(0.0, 1.6, 3.4),
            V(0.0, 0.52, 0.0),
            0.54,
        ),
        "tea-cup" => {
            near(table(dice)).with(cup(0.0, 0.1, 0.62)).seen(V(0.0, 1.7, 3.2), V(0.0, 0.40, 0.0), 0.52)
        }
        "pony-box" => near(night(dice))
            .with([parcel(0.22, -0.2, V(0.46, 0.40, 0.42), 0x7a1c50, 0xf0c060, 0.4)])
            .with(pony(-0.55, 0.45, 0.62, COATS[1].0, COATS[1].1, 0.5))
            .seen(V(0.0, 1.5, 3.5), V(-0.05, 0.48, 0.0), 0.56),
        "lucky-box" => near(night(dice)).with(pony(0.03, 0.0, 0.98, COATS[2].0, COATS[2].1, 0.4)).seen(
            V(0.0, 1.2, 3.5),
            V(0.0, 0.56, 0.0),
            0.50,
        ),
        "crystal-bracelet" => near(night(dice))
            .with(bracelet(V(0.0, 0.0, 0.0), 0.70, 20, [0x8a48d8, 0xf0a830], 0.0))
            .seen(V(0.0, 2.2, 2.8), V(0.0, 0.08, 0.0), 0.52),
        "seaweed-rolls" => food(dice, Food::Rolls, 14),
        "chili-crab-chips" => food(dice, Food::Chips, 18),
        "konjac-strips" => food(dice, Food::Strips, 16),
        "egg-yolk-crisps" => food(dice, Food::Crisps, 18),
        "haw-flakes" => food(dice, Food::Haw, 22),
        "duck-neck" => food(dice, Food::Duck, 12),
        "mochi" => food(dice, Food::Mochi, 10),
        "durian-puffs" => food(dice, Food::Puffs, 11),
        "rice-cakes" => {
            near(table(dice)).with(stew(dice, 0.0, 0.0, 0.74)).seen(V(0.0, 2.2, 3.1), V(0.0, 0.42, 0.0), 0.56)
        }
        "tasting-tin" => near(table(dice)).with(tasting_tin(dice, 0.0, 0.0, 0.80)).seen(
            V(0.1, 2.3, 3.0),
            V(0.0, 0.26, 0.0),
            0.56,
        ),
        "giant-box" | "snack-club" => {
            let hex = if handle == "giant-box" { 0xa02418 } else { 0x185058 };
            let crate_ = parcel(0.0, -0.25, V(0.62, 0.42, 0.48), hex, 0xf0c060, 0.35);
            let front = heap(dice, V(-0.45, 0.0, 0.72), 0.22, 5, bite(Food::Puffs));
            near(table(dice)).with([crate_]).with(front).seen(V(0.0, 1.7, 3.5), V(0.0, 0.44, 0.0), 0.58)
        }
        "plum-wine" => {
            let plums = heap(dice, V(0.52, 0.05, 0.45), 0.22, 4, |_, at| {
                thing(at + V(0.0, 0.08, 0.0), 0.16, |p| ball(p, 0.13), baked(0xa8c048, 0xc8a040, 0.5, 5.0))
            });
            near(table(dice)).with(bottle(-0.12, 0.0, 1.5)).with(plums).seen(
                V(0.0, 1.5, 3.7),
                V(0.05, 0.70, 0.0),
                0.54,
            )
        }
        "vocal-course" => near(night(dice)).with(microphone(0.08, 0.0, 1.35)).seen(
            V(0.0, 1.4, 3.6),
            V(0.0, 0.86, 0.0),
            0.56,
        ),
        "english-course" => {
            let mut small = sheep(0.0, 0.0, 0.52, 0.5);
            for each in &mut small {
                each.at.1 += 0.51;
            }
            near(table(dice)).with(books(0.0, 0.0, &[0x2c4a78, 0xa03430, 0x387058], 0.35)).with(small).seen(
                V(0.0, 1.6, 3.5),
                V(0.0, 0.56, 0.0),
                0.54,
            )
        }
        _ if handle.starts_with("pony") || handle.starts_with("lucky") => {
            let coat = dice.pick(&COATS);
            near(night(dice)).with(pony(0.03, 0.0, 0.98, coat.0, coat.1, 0.4)).seen(
                V(0.0, 1.2, 3.5),
                V(0.0, 0.56, 0.0),
                0.50,
            )
        }
        _ => near(night(dice)).with([parcel(0.0, 0.0, V(0.5, 0.42, 0.46), 0x7a1c50, 0xf0c060, 0.4)]),
    }
}

/// A host's portrait: what it sells, close, before one lantern.
pub fn avatar(key: &str) -> Option<Scene> {
    let mut dice = Dice::new(key);
    let dice = &mut dice;
    let (ground, sky, lamp) = match key {
        "pearls" => (Ground::Velvet(0x2a2c78), (0x181850, 0x302860), 0xff8040),
        "mukbang" => (Ground::Wood(0x7a4a2a), (0x501410, 0x803018), 0xff5020),
        "mugs" => (Ground::Wood(0x845634), (0x143838, 0x305048), 0xffa048),
        "ponies" => (Ground::Lacquer(0x381458), (0x401858, 0x803060), 0xff6080),
        "crystals" => (Ground::Lacquer(0x141030), (0x1c1848, 0x402870), 0xc060f0),
        "voice" => (Ground::Lacquer(0x300a18), (0x481028, 0x701c30), 0xff6038),
        "english" => (Ground::Linen(0x708680), (0x143450, 0x305860), 0xffa040),
        _ => return None,
    };
    let scene = stage(dice, ground, sky, &WARM);
    let things = match key {
        "pearls" => vec![pearl(0.0, 0.0, 0.60, &LOOKS[1], 0.9)],
        "mukbang" => stew(dice, 0.0, 0.0, 0.72),
        "mugs" => mug(-0.12, 0.0, 0.52, 0.55, 0x8cc0a4, -0.3),
        "ponies" => pony(0.16, 0.0, 1.15, COATS[0].0, COATS[0].1, 0.55),
        "crystals" => cluster(0.0, 0.0, 1.15, 0x8a48d8, 0.8),
        "voice" => microphone(0.1, 0.0, 1.0),
        _ => sheep(0.12, 0.0, 1.10, 0.5),
    };
    let target = match key {
        "ponies" => V(-0.25, 0.86, 0.0),
        "voice" => V(0.0, 0.86, 0.0),
        "mukbang" => V(0.0, 0.45, 0.0),
        _ => V(-0.02, 0.58, 0.0),
    };
    let above = if key == "mukbang" { 2.2 } else { 1.3 };
    Some(scene.with(things).hung(V(0.85, 1.35, -1.2), 0.42, lamp).seen(V(0.0, above, 3.4), target, 0.46))
}
