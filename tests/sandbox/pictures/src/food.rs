//! What there is to eat, and how it is heaped.

use std::f32::consts::TAU;

use crate::math::{Dice, V, ramp};
use crate::scene::Thing;
use crate::shapes::{block, can, egg, rod};
use crate::things::{baked, half_egg, onion, plain, plate, soup, thing, tin};

/// Food of one sort, heaped.
pub fn heap(
    dice: &mut Dice,
    at: V,
    wide: f32,
    count: usize,
    one: impl Fn(&mut Dice, V) -> Thing,
) -> Vec<Thing> {
    (0..count)
        .map(|index| {
            // The golden angle fills a disc evenly; the middle is the highest.
            let part = (index as f32 + 0.5) / count as f32;
            let (s, c) = (index as f32 * 2.399_963).sin_cos();
            let far = part.sqrt();
            let place = at + V(c * far * wide, (1.0 - far) * wide * 0.55, s * far * wide);
            one(dice, place)
        })
        .collect()
}

#[derive(Clone, Copy, PartialEq)]
pub enum Food {
    Mochi,
    Crisps,
    Rolls,
    Haw,
    Duck,
    Strips,
    Cakes,
    Puffs,
    Chips,
}

pub fn bite(food: Food) -> impl Fn(&mut Dice, V) -> Thing {
    move |dice, at| {
        let (a, b) = (dice.between(0.0, TAU), dice.between(-0.5, 0.5));
        let into = move |p: V| p.spun(a).pitched(b);
        match food {
            Food::Mochi => {
                let hex = dice.pick(&[0x38343c, 0xf4ece0, 0xf0b8c0, 0xb8d090]);
                thing(
                    at + V(0.0, 0.12, 0.0),
                    0.26,
                    |p| egg(p, V(0.185, 0.145, 0.185)),
                    baked(hex, hex, 0.18, 4.0),
                )
            }
            Food::Crisps => thing(
                at + V(0.0, 0.08, 0.0),
                0.24,
                move |p| {
                    let p = into(p);
                    (can(p - V(0.0, 0.35 * (p.0 * p.0 - p.2 * p.2) * 2.0, 0.0), 0.19, 0.018, 0.015)) * 0.6
                },
                baked(0xf8c048, 0xc87018, 0.35, 14.0),
            ),
            Food::Chips => thing(
                at + V(0.0, 0.08, 0.0),
                0.26,
                move |p| {
                    let p = into(p);
                    (can(p - V(0.0, 0.9 * p.0 * p.0, 0.0), 0.20, 0.016, 0.014)) * 0.6
                },
                baked(0xe88030, 0xa82810, 0.4, 16.0),
            ),
            Food::Rolls => thing(
                at + V(0.0, 0.09, 0.0),
                0.40,
                move |p| {
                    let p = into(p).tilted(1.571);
                    can(p, 0.075, 0.30, 0.03).max(-can(p, 0.035, 0.5, 0.0))
                },
                baked(0x284824, 0x0e2012, 0.6, 18.0),
            ),
            Food::Haw => thing(
                at + V(0.0, 0.05, 0.0),
                0.20,
                move |p| can(into(p), 0.15, 0.035, 0.015),
                baked(0xd03838, 0x981828, 0.3, 12.0),
            ),
            Food::Duck => thing(
                at + V(0.0, 0.10, 0.0),
                0.36,
                move |p| {
                    let p = into(p);
                    (rod(p, V(-0.18, 0.0, 0.0), V(0.18, 0.02, 0.05), 0.09) + 0.012 * (p.0 * 36.0).sin()) * 0.8
                },
                baked(0x9a4a1c, 0x4a180c, 0.95, 9.0),
            ),
            Food::Strips => thing(
                at + V(0.0, 0.06, 0.0),
                0.34,
                move |p| {
                    let p = into(p);
                    block(p + V(0.0, 0.03 * (p.0 * 14.0).sin(), 0.0), V(0.28, 0.022, 0.065), 0.02) * 0.7
                },
                baked(0xe0a070, 0xc03014, 0.9, 9.0),
            ),
            Food::Cakes => thing(
                at + V(0.0, 0.08, 0.0),
                0.34,
                move |p| {
                    let p = into(p);
                    rod(p, V(-0.17, 0.0, 0.0), V(0.17, 0.0, 0.0), 0.075)
                },
                baked(0xf4a068, 0xe04818, 0.9, 5.0),
            ),
            Food::Puffs => thing(
                at + V(0.0, 0.13, 0.0),
                0.30,
                move |p| {
                    let p = into(p);
                    (egg(p, V(0.23, 0.16, 0.18)) + 0.012 * (p.0 * 42.0).sin()) * 0.8
                },
                baked(0xf8cc70, 0xb86820, 0.45, 8.0),
            ),
        }
    }
}

pub fn dish(dice: &mut Dice, food: Food, x: f32, z: f32, wide: f32, count: usize) -> Vec<Thing> {
    let glaze = dice.pick(&[0xf0eadc, 0x2c3c44, 0xa8c8b8]);
    let mut things = vec![plate(x, z, wide, glaze)];
    things.extend(heap(dice, V(x, 0.05, z), wide * 0.62, count, bite(food)));
    things
}

pub fn stew(dice: &mut Dice, x: f32, z: f32, r: f32) -> Vec<Thing> {
    let glaze = dice.pick(&[0x304048, 0xe8e0d0, 0x202026]);
    let mut things = soup(x, z, r, glaze, 0xc83810);
    let level = V(x, r * 0.60, z);
    things.extend(heap(dice, level, r * 0.52, 11, bite(Food::Cakes)));
    things.push(half_egg(level + V(r * 0.32, 0.20, r * 0.36), r * 0.21, 0.2));
    for _ in 0..9 {
        let (a, far) = (dice.between(0.0, TAU), dice.between(0.0, r * 0.5));
        let lift = (1.0 - far / (r * 0.6)) * r * 0.28;
        things.push(onion(
            level + V(a.cos() * far, lift + 0.13, a.sin() * far),
            0.038,
            dice.between(-0.6, 0.6),
        ));
    }
    things
}

pub fn chopsticks(x: f32, z: f32, turn: f32) -> Thing {
    let shape = move |p: V| {
        let p = p.spun(turn);
        let one = |side: f32| {
            rod(
                p,
                V(-0.95, 0.0, side * 0.075),
                V(0.95, 0.0, side * 0.03),
                0.026 - 0.008 * ramp(p.0, -1.0, 1.0),
            )
        };
        one(1.0).min(one(-1.0))
    };
    thing(V(x, 0.05, z), 1.1, shape, plain(0x8a1c14, 0.9, 0.1))
}

pub fn tasting_tin(dice: &mut Dice, x: f32, z: f32, r: f32) -> Vec<Thing> {
    let paint = dice.pick(&[0x8a181c, 0x144a48, 0x1c2c60]);
    let half = r * 0.30;
    let mut things = vec![tin(x, z, r, half, paint)];
    let sorts = [Food::Mochi, Food::Crisps, Food::Haw, Food::Rolls, Food::Puffs];
    for (index, food) in sorts.into_iter().enumerate() {
        let (s, c) = (index as f32 * TAU / 5.0 + 0.5).sin_cos();
        let at = V(x + c * r * 0.55, half * 1.35, z + s * r * 0.55);
        things.extend(heap(dice, at, r * 0.23, 4, bite(food)));
    }
    things.extend(heap(dice, V(x, half * 1.5, z), r * 0.12, 2, bite(Food::Mochi)));
    // What lies deeper.
    things.push(thing(
        V(x, half * 0.9, z),
        r,
        move |p| can(p, r - 0.04, half * 0.35, 0.02),
        baked(0xd8a860, 0x7a4820, 0.1, 7.0),
    ));
    things
}
