//! Who stands where: the scenes of the hosts' posts.

use crate::LOOKS;
use crate::food::{Food, chopsticks, dish, stew, tasting_tin};
use crate::math::{Dice, V, rgb};
use crate::night::Night;
use crate::scene::{Ground, Lamp, Scene, Thing};
use crate::shapes::block;
use crate::things::{
    books, bottle, bracelet, card, cluster, cup, gold, lantern, microphone, mug, parcel, pearl, pony, sheep,
    thing,
};

pub const WARM: [u32; 4] = [0xffb050, 0xff8038, 0xffd088, 0xe85030];
const COOL: [u32; 4] = [0x60b8d0, 0xffc070, 0x8090f0, 0xff9058];
pub const ROSE: [u32; 4] = [0xff80a8, 0xffc080, 0xc080f0, 0xffa060];

/// Night, ground and distance of one mood.
pub fn stage(dice: &mut Dice, ground: Ground, sky: (u32, u32), lights: &[u32; 4]) -> Scene {
    Scene {
        things: Vec::new(),
        lamps: Vec::new(),
        ground,
        night: Night::new(dice, sky.0, sky.1, lights, 26),
        eye: V(0.0, 1.75, 4.3),
        target: V(0.0, 0.72, 0.0),
        field: 0.72,
    }
}

impl Scene {
    pub fn with(mut self, things: impl IntoIterator<Item = Thing>) -> Self {
        self.things.extend(things);
        self
    }

    /// From where it is looked at, at what, and how wide.
    pub fn seen(mut self, eye: V, target: V, field: f32) -> Self {
        (self.eye, self.target, self.field) = (eye, target, field);
        self
    }

    pub fn hung(mut self, at: V, r: f32, hex: u32) -> Self {
        self.things.extend(lantern(at, r, hex));
        self.lamps
            .push(Lamp { at: at + V(0.0, -0.1, 0.3), light: rgb(hex) * (2.6 * r) + V(0.7, 0.4, 0.16) * r });
        self
    }

    fn lanterns(self, dice: &mut Dice, colours: &[u32]) -> Self {
        let side = dice.pick(&[-1.0, 1.0]);
        let near = V(side * dice.between(0.86, 1.0), dice.between(1.92, 2.05), -1.1);
        let far = V(-side * dice.between(0.55, 0.95), dice.between(2.05, 2.30), -2.6);
        let third = V(side * dice.between(-0.1, 0.2), dice.between(2.40, 2.55), -3.8);
        let colour = dice.pick(colours);
        self.hung(near, 0.36, colour).hung(far, 0.30, dice.pick(colours)).hung(third, 0.26, colour)
    }
}

/// The n-th picture of a host's posts.
pub fn post(key: &str, n: usize) -> Option<Scene> {
    let mut dice = Dice::new(&format!("{key}/{n}"));
    let dice = &mut dice;
    Some(match key {
        "pearls" => pearls(dice, n),
        "mukbang" => feast(dice, n),
        "mugs" => mugs(dice, n),
        "ponies" => ponies(dice, n),
        "crystals" => crystals(dice, n),
        "voice" => voice(dice, n),
        "english" => english(dice, n),
        _ => return None,
    })
}

/// A room's poster: its first post, wide.
pub fn poster(key: &str) -> Option<Scene> {
    let mut scene = post(key, 0)?;
    scene.field *= 0.80;
    scene.target.1 -= 0.12;
    Some(scene)
}

fn some_pearl(dice: &mut Dice, x: f32, z: f32, r: f32) -> Thing {
    let look = dice.pick(&[0, 1, 2, 3, 4, 5]);
    pearl(x, z, r, &LOOKS[look], dice.between(0.0, 6.0))
}

/// A tray's rim about a piece of velvet.
fn tray_rim(half: (f32, f32)) -> Thing {
    let shape = move |p: V| {
        let out = block(p, V(half.0, 0.09, half.1), 0.05);
        out.max(-block(p, V(half.0 - 0.10, 0.5, half.1 - 0.10), 0.02))
    };
    thing(V(0.0, 0.07, 0.0), half.0.hypot(half.1) + 0.1, shape, gold(0xc89048))
}

/// Pearls on a string, laid in a curl, the largest outside.
pub fn necklace(dice: &mut Dice) -> Vec<Thing> {
    let bead = |bead: i32| {
        let t = bead as f32 / 33.0;
        let (s, c) = (0.5 + t * 7.4).sin_cos();
        let far = 1.02 - 0.70 * t;
        some_pearl(dice, far * c, far * s, 0.086 + 0.040 * (1.0 - t))
    };
    (0..34).map(bead).collect()
}

fn pearls(dice: &mut Dice, n: usize) -> Scene {
    let velvet = dice.pick(&[0x2a2c78, 0x4a1648, 0x0e4450, 0x5c1026]);
    let scene = stage(dice, Ground::Velvet(velvet), (0x060614, 0x20122c), &WARM);
    match n % 4 {
        // The tray: row upon row, and one to choose.
        0 => {
            let mut things = vec![tray_rim((1.12, 1.18))];
            for row in 0..4 {
                for column in 0..4 {
                    let (x, z) = (column as f32 * 0.48 - 0.72, row as f32 * 0.50 - 0.76);
                    let (x, z) = (x + dice.between(-0.05, 0.05), z + dice.between(-0.05, 0.05));
                    let r = dice.between(0.155, 0.19);
                    things.push(some_pearl(dice, x, z, r));
                }
            }
            scene.with(things).seen(V(0.5, 2.9, 3.2), V(0.0, 0.18, -0.05), 0.76).hung(
                V(-1.0, 1.45, -2.0),
                0.34,
                0xff6a28,
            )
        }
        // One alone, near.
        1 => {
            let one = some_pearl(dice, 0.0, 0.1, 0.66);
            let small = [some_pearl(dice, -0.86, 0.62, 0.20), some_pearl(dice, 0.80, 0.86, 0.16)];
            scene.with([one]).with(small).lanterns(dice, &[0xff5a24, 0xff9838]).seen(
                V(0.0, 1.5, 4.3),
                V(0.0, 0.92, 0.0),
                0.72,
            )
        }
        // A necklace laid in a curl.
        2 => {
            let string = necklace(dice);
            scene.with(string).seen(V(0.3, 2.7, 3.1), V(0.0, 0.05, 0.0), 0.74).hung(
                V(0.95, 1.35, -2.0),
                0.32,
                0xff7a30,
            )
        }
        // Three like clouds.
        _ => {
            let three = [
                some_pearl(dice, -0.62, -0.1, 0.36),
                some_pearl(dice, 0.12, 0.42, 0.40),
                some_pearl(dice, 0.74, -0.28, 0.34),
            ];
            scene.with(three).lanterns(dice, &[0xff5a24, 0xff9838]).seen(
                V(-0.3, 1.7, 4.1),
                V(0.05, 0.78, 0.0),
                0.74,
            )
        }
    }
}

fn feast(dice: &mut Dice, n: usize) -> Scene {
    let ground = dice.pick(&[Ground::Wood(0x7a4a2a), Ground::Lacquer(0x300608), Ground::Wood(0x543424)]);
    let scene = stage(dice, ground, (0x0a060c, 0x30140e), &WARM);
    match n % 4 {
        0 => {
            let mut things = tasting_tin(dice, -0.05, 0.0, 0.82);
            things.push(chopsticks(0.55, 1.05, -0.25));
            scene.with(things).lanterns(dice, &[0xff481c, 0xff8a30]).seen(
                V(0.25, 2.35, 3.7),
                V(0.0, 0.64, 0.0),
                0.72,
            )
        }
        1 => {
            let food = dice.pick(&[Food::Rolls, Food::Chips, Food::Crisps]);
            let front = dish(dice, food, 0.12, 0.25, 0.72, 15);
            let back = stew(dice, -0.75, -0.95, 0.46);
            scene.with(front).with(back).lanterns(dice, &[0xff481c, 0xff8a30]).seen(
                V(0.0, 1.95, 4.0),
                V(0.0, 0.76, 0.0),
                0.72,
            )
        }
        2 => {
            let mut things = stew(dice, 0.0, 0.1, 0.74);
            things.push(chopsticks(0.35, 1.02, 0.2));
            scene.with(things).lanterns(dice, &[0xff481c, 0xff8a30]).seen(
                V(-0.2, 2.3, 3.7),
                V(0.0, 0.72, 0.0),
                0.72,
            )
        }
        _ => {
            let pair = dice.pick(&[
                (Food::Duck, Food::Haw),
                (Food::Puffs, Food::Mochi),
                (Food::Mochi, Food::Strips),
            ]);
            let front = dish(dice, pair.0, -0.28, 0.42, 0.60, 9);
            let back = dish(dice, pair.1, 0.55, -0.70, 0.50, 11);
            let wine = bottle(-0.80, -0.85, 1.35);
            scene.with(front).with(back).with(wine).lanterns(dice, &[0xff481c, 0xff8a30]).seen(
                V(0.2, 1.95, 4.0),
                V(0.0, 0.74, 0.0),
                0.72,
            )
        }
    }
}

fn mugs(dice: &mut Dice, n: usize) -> Scene {
    let ground = dice.pick(&[Ground::Wood(0x845634), Ground::Linen(0x9a8c78), Ground::Wood(0x4c362c)]);
    let scene = stage(dice, ground, (0x060c12, 0x1c2226), &COOL);
    let celadon = dice.pick(&[0x8cc0a4, 0x78b4ac, 0xa4c8a0]);
    let red = [0xff702c, 0xffa048];
    match n % 4 {
        0 => {
            let front = mug(-0.08, 0.25, 0.52, 0.55, celadon, -0.35);
            let back = mug(-0.92, -0.95, 0.40, 0.42, 0x3a5078, 2.4);
            let third = mug(0.86, -0.90, 0.42, 0.48, 0xd8ccb4, 0.2);
            scene.with(front).with(back).with(third).lanterns(dice, &red)
        }
        1 => {
            let cups = [cup(-0.46, 0.35, 0.46), cup(0.56, -0.15, 0.46)];
            let pot = mug(-0.72, -1.05, 0.44, 0.48, celadon, 2.6);
            scene.with(cups.into_iter().flatten()).with(pot).lanterns(dice, &red).seen(
                V(0.2, 1.9, 4.0),
                V(0.0, 0.74, 0.0),
                0.70,
            )
        }
        // A stack that ought not to stand.
        2 => {
            let mut things = mug(0.0, 0.0, 0.50, 0.46, celadon, -0.4);
            let mut upper = mug(0.03, 0.02, 0.42, 0.40, 0xd8ccb4, 2.7);
            for each in &mut upper {
                each.at.1 += 0.92;
            }
            things.extend(upper);
            things.extend(cup(-0.85, 0.55, 0.30));
            scene.with(things).lanterns(dice, &red).seen(V(0.0, 1.7, 4.4), V(0.0, 0.92, 0.0), 0.70)
        }
        // A row that goes back, as from the kiln.
        _ => {
            let hues = [celadon, 0x3a5078, 0xd8ccb4, 0x9a5a3c, 0x6a98a0];
            let row = (0..5).flat_map(|index| {
                let back = index as f32;
                mug(-0.55 + 0.36 * back, 0.75 - 0.72 * back, 0.38, 0.42, hues[index], -0.3)
            });
            scene.with(row).lanterns(dice, &red).seen(V(-0.6, 1.6, 4.0), V(0.05, 0.76, 0.0), 0.70)
        }
    }
}

pub const COATS: [(u32, u32); 6] = [
    (0xf4e8dc, 0xc04868),
    (0x8ab4d8, 0xf4ecf4),
    (0xe8b858, 0x7a341c),
    (0xb098d8, 0xf8d070),
    (0x544a70, 0xf0b050),
    (0xf0b4b0, 0x5880b0),
];

fn ponies(dice: &mut Dice, n: usize) -> Scene {
    let ground = dice.pick(&[Ground::Lacquer(0x1c1038), Ground::Velvet(0x4c2a7a), Ground::Lacquer(0x0c2034)]);
    let scene = stage(dice, ground, (0x08061c, 0x301840), &ROSE);
    let red = [0xff5858, 0xff9040, 0xd058c0];
    let coat = dice.pick(&COATS);
    match n % 4 {
        0 => {
            let one = pony(0.06, 0.1, 1.12, coat.0, coat.1, 0.35);
            let cards = [
                card(V(-0.95, 0.52, -1.0), 1.0, 0.4, 0.3, 0.12),
                card(V(1.0, 0.52, -1.1), 1.0, 2.6, -0.3, 0.12),
            ];
            scene.with(one).with(cards).lanterns(dice, &red).seen(V(0.0, 1.35, 4.3), V(0.0, 0.88, 0.0), 0.72)
        }
        1 => {
            let open = parcel(0.42, -0.35, V(0.48, 0.36, 0.42), 0x7a1c50, 0xf0c060, 0.35);
            let one = pony(-0.45, 0.40, 0.74, coat.0, coat.1, 0.5);
            scene.with([open]).with(one).lanterns(dice, &red).seen(V(0.0, 1.5, 4.1), V(0.0, 0.80, 0.0), 0.72)
        }
        // A hand of cards.
        2 => {
            let hand = (0..5).map(|index| {
                let off = index as f32 - 2.0;
                card(
                    V(off * 0.42, 0.70 - 0.05 * off * off, -0.30 + 0.16 * off.abs() + 0.03 * off),
                    1.25,
                    index as f32 * 1.3 + 0.5,
                    -off * 0.26,
                    0.14,
                )
            });
            let one = pony(0.0, 0.82, 0.50, coat.0, coat.1, 0.5);
            scene.with(hand).with(one).lanterns(dice, &red).seen(V(0.0, 1.35, 4.2), V(0.0, 0.84, 0.0), 0.72)
        }
        _ => {
            let other = dice.pick(&COATS);
            let left = pony(-0.48, 0.30, 0.88, coat.0, coat.1, 3.5);
            let right = pony(0.55, -0.30, 0.95, other.0, other.1, -0.4);
            scene.with(left).with(right).lanterns(dice, &red).seen(V(0.0, 1.4, 4.2), V(0.0, 0.84, 0.0), 0.72)
        }
    }
}

fn crystals(dice: &mut Dice, n: usize) -> Scene {
    let ground = dice.pick(&[Ground::Velvet(0x202a5c), Ground::Lacquer(0x100c24), Ground::Linen(0x5a5068)]);
    let scene = stage(dice, ground, (0x060618, 0x1e163c), &ROSE);
    let pair =
        dice.pick(&[[0x8a48d8, 0xf0a830], [0xf090a8, 0xf4e8f0], [0x50a0d8, 0xc8e0f4], [0xf0a830, 0x9a5a28]]);
    let red = [0xff6050, 0xb860f0, 0xff9840];
    match n % 4 {
        0 => {
            let ring = bracelet(V(0.0, 0.0, 0.42), 0.62, 20, pair, 0.0);
            let rock = cluster(0.0, -0.55, 1.15, pair[0], 0.2);
            scene.with(ring).with(rock).lanterns(dice, &red).seen(V(0.0, 1.8, 4.1), V(0.0, 0.76, 0.0), 0.72)
        }
        1 => {
            let rock = cluster(0.0, 0.0, 1.45, pair[0], 0.8);
            let small = cluster(-0.88, 0.65, 0.42, pair[1], 2.0);
            scene.with(rock).with(small).lanterns(dice, &red).seen(V(0.0, 1.4, 4.3), V(0.0, 0.84, 0.0), 0.72)
        }
        2 => {
            let rings = [
                bracelet(V(-0.32, 0.0, 0.5), 0.50, 17, pair, 0.0),
                bracelet(V(0.42, 0.0, -0.15), 0.54, 18, [pair[1], 0xf0e8f4], 0.0),
            ];
            scene.with(rings.into_iter().flatten()).lanterns(dice, &red).seen(
                V(0.3, 2.2, 3.7),
                V(0.0, 0.66, 0.0),
                0.70,
            )
        }
        _ => {
            let box_ = parcel(-0.35, -0.55, V(0.44, 0.20, 0.40), 0x281850, 0xe8c070, 0.4);
            let ring = bracelet(V(0.22, 0.0, 0.55), 0.50, 17, pair, 0.0);
            let rock = cluster(0.75, -0.75, 0.85, pair[0], 3.0);
            scene.with([box_]).with(ring).with(rock).lanterns(dice, &red).seen(
                V(0.0, 1.8, 4.0),
                V(0.05, 0.72, 0.0),
                0.72,
            )
        }
    }
}

fn voice(dice: &mut Dice, n: usize) -> Scene {
    let ground = dice.pick(&[Ground::Lacquer(0x200a18), Ground::Lacquer(0x081420), Ground::Wood(0x5a3428)]);
    let scene = stage(dice, ground, (0x0a0612, 0x341024), &ROSE);
    let red = [0xff5038, 0xff9040];
    let x = [0.1, -0.25, 0.25, 0.0][n % 4];
    let mut things = microphone(x, 0.0, 1.42);
    match n % 3 {
        0 => things.extend(cup(-0.75, 0.62, 0.28)),
        1 => things.extend(books(-0.66, -0.45, &[0x7a202c, 0x284060, 0xb08040], 0.3)),
        _ => things.extend(mug(-0.72, 0.20, 0.34, 0.36, 0x8cc0a4, 2.9)),
    }
    scene.with(things).lanterns(dice, &red).seen(V(0.0, 1.35, 4.3), V(0.0, 0.98, 0.0), 0.70)
}

fn english(dice: &mut Dice, n: usize) -> Scene {
    let ground = dice.pick(&[Ground::Wood(0x805838), Ground::Linen(0x708680), Ground::Velvet(0x1c5a48)]);
    let scene = stage(dice, ground, (0x060e18, 0x1a2a34), &COOL);
    let red = [0xff8038, 0xffb050];
    let shelf = [0x2c4a78, 0xa03430, 0x387058, 0xc89848];
    match n % 4 {
        // Mother and son, as sheep.
        0 => {
            let pair = [sheep(-0.42, 0.0, 1.05, 3.5), sheep(0.62, 0.45, 0.62, 0.35)];
            scene.with(pair.into_iter().flatten()).lanterns(dice, &red).seen(
                V(0.0, 1.4, 4.2),
                V(0.0, 0.82, 0.0),
                0.72,
            )
        }
        1 => {
            let pile = books(0.0, 0.0, &shelf, 0.35);
            let mut small = sheep(0.0, 0.0, 0.55, 0.5);
            for each in &mut small {
                each.at.1 += 0.68;
            }
            scene.with(pile).with(small).lanterns(dice, &red).seen(V(0.0, 1.75, 4.2), V(0.0, 0.84, 0.0), 0.70)
        }
        2 => {
            let pile = books(-0.35, -0.30, &shelf[1..], 0.2);
            let tea = mug(0.62, 0.40, 0.34, 0.36, 0x9ab8c8, -0.3);
            scene.with(pile).with(tea).lanterns(dice, &red).seen(V(0.0, 1.8, 4.1), V(0.0, 0.76, 0.0), 0.68)
        }
        _ => {
            let flock =
                [sheep(-0.60, 0.40, 0.62, 0.2), sheep(0.12, -0.35, 0.74, 0.5), sheep(0.78, 0.42, 0.54, 3.0)];
            scene.with(flock.into_iter().flatten()).lanterns(dice, &red).seen(
                V(0.0, 1.5, 4.2),
                V(0.0, 0.80, 0.0),
                0.70,
            )
        }
    }
}
