//! What is sold tonight, and what lights it.

use std::f32::consts::{PI, TAU};

use crate::Look;
use crate::math::{V, blend, mix, noise, ramp, rgb};
use crate::scene::{Surface, Thing, Touch};
use crate::shapes::{ball, block, bowl, can, egg, pot, ring, rod, spire};

pub fn thing(
    at: V,
    reach: f32,
    shape: impl Fn(V) -> f32 + 'static,
    skin: impl Fn(&Touch) -> Surface + 'static,
) -> Thing {
    Thing { at, reach, shape: Box::new(shape), skin: Box::new(skin) }
}

/// Of one colour.
pub fn plain(hex: u32, gloss: f32, soft: f32) -> impl Fn(&Touch) -> Surface {
    let colour = rgb(hex);
    move |_| Surface { colour, gloss, soft, ..Surface::default() }
}

pub fn gold(hex: u32) -> impl Fn(&Touch) -> Surface {
    let colour = rgb(hex);
    move |_| Surface { colour, gloss: 0.5, metal: 0.75, ..Surface::default() }
}

fn of(part: [u8; 3]) -> V {
    rgb(u32::from(part[0]) << 16 | u32::from(part[1]) << 8 | u32::from(part[2]))
}

/// A baroque pearl, no two radii alike, resting on the ground.
pub fn pearl(x: f32, z: f32, r: f32, look: &Look, turn: f32) -> Thing {
    let (long, knob) = (look.long, look.knob);
    let [dark, light, sheen] = look.colours.map(of);
    let shape = move |p: V| {
        let q = p.spun(turn).tilted(turn * 1.7);
        let n = q.unit();
        let bump = long * 1.2 * (n.0 * n.0 - 0.4)
            + knob * 1.25 * ((2.0 * n.0 + turn).sin() * (1.7 * n.2 + 1.0).cos())
            + 0.026 * (3.4 * n.1 + 2.8 * n.2 + turn).sin();
        (p.len() - r * (1.0 + bump)) * 0.85
    };
    let skin = move |touch: &Touch| {
        let facing = touch.normal.dot(touch.eye).clamp(0.0, 1.0);
        // Orient: colours that change with the angle, thin as they are.
        let wave = noise(touch.at * (1.5 / r)) * 1.3 + facing * 2.2 + turn;
        let orient = V(
            0.5 + 0.5 * (wave * 2.1).sin(),
            0.5 + 0.5 * (wave * 2.1 + 2.1).sin(),
            0.5 + 0.5 * (wave * 2.1 + 4.2).sin(),
        );
        let body =
            mix(mix(light, sheen, 0.9 * ramp(1.0 - facing, 0.1, 0.8)), orient, 0.15 + 0.20 * (1.0 - facing));
        // Deep lustre: the middle of the ball looks back at the viewer, the sides fall off into the shade.
        let colour = mix(body, dark, 0.20 + 0.55 * ramp(1.0 - facing, 0.25, 0.95)) * 0.62;
        Surface { colour, glow: body * (0.05 * facing), gloss: 1.0, metal: 0.20, soft: 0.75 }
    };
    thing(V(x, r * 0.93, z), r * 1.4, shape, skin)
}

/// Glaze pools towards the foot, breaks thin at the rim, and cracks.
fn glaze(hex: u32, crackle: f32, tall: f32) -> impl Fn(&Touch) -> Surface {
    let colour = rgb(hex);
    move |touch| {
        let p = touch.at;
        let pool = noise(V(p.0 * 3.0, p.1 * 1.4, p.2 * 3.0));
        let deep = ramp(-p.1, -tall, tall) * 0.35 + pool * 0.28;
        let cell = (noise(p * 5.0) - 0.5).abs().min((noise(p * 7.0 + V(9.0, 1.0, 4.0)) - 0.5).abs());
        let crack = (1.0 - ramp(cell, 0.004, 0.016)) * crackle;
        let shaded = mix(colour * (1.12 - deep), rgb(0x5a4a32), 0.16 * crack);
        let rim = ramp(p.1, tall - 0.035, tall - 0.005);
        let foot = 1.0 - ramp(p.1, -tall + 0.03, -tall + 0.05);
        let shown = mix(mix(shaded, rgb(0xb89a70), rim * 0.55), rgb(0x9a6a48), foot);
        Surface { colour: shown, gloss: 0.85 * (1.0 - foot), soft: 0.3, ..Surface::default() }
    }
}

/// A mug with its handle to the side `turn`.
pub fn mug(x: f32, z: f32, r: f32, half: f32, hex: u32, turn: f32) -> Vec<Thing> {
    let shape = move |p: V| {
        let belly = 0.90 + 0.17 * (p.1 / half * 1.25 + 0.30).cos();
        let q = V(p.0 / belly, p.1, p.2 / belly);
        let body = pot(q, r, half, 0.045) * 0.72;
        let h = p.spun(turn) - V(r * 1.04, 0.0, 0.0);
        let loop_ = (h.0.hypot(h.1 * 0.86) - half * 0.50).hypot(h.2) - 0.052;
        let handle = loop_.max(-(h.0 + 0.02));
        blend(body, handle * 0.9, 0.05)
    };
    let tea =
        thing(V(x, half * 1.45, z), r, move |p| can(p, r * 0.99, 0.012, 0.004), plain(0x7a3a10, 0.9, 0.3));
    vec![thing(V(x, half, z), (half * half + (r * 1.75).powi(2)).sqrt(), shape, glaze(hex, 1.0, half)), tea]
}

/// A small cup, white, with cobalt brushed on.
pub fn cup(x: f32, z: f32, r: f32) -> Vec<Thing> {
    let half = r * 0.72;
    let skin = move |touch: &Touch| {
        let p = touch.at;
        let around = p.2.atan2(p.0);
        let vine = p.1 / half - 0.42 * (around * 3.0).sin();
        let leaf = (around * 12.0).sin() * (p.1 / half * 5.0 + around * 3.0).sin();
        let band = (p.1 / half - 0.80).abs().min((p.1 / half + 0.78).abs());
        let ink = (1.0 - ramp(vine.abs(), 0.05, 0.09))
            .max(1.0 - ramp(band, 0.03, 0.05))
            .max(ramp(leaf, 0.62, 0.8) * (1.0 - ramp(vine.abs(), 0.32, 0.42)));
        let outside = ramp(p.0.hypot(p.2) - r * (0.72 + 0.2 * p.1 / half), -0.02, 0.0);
        let wash = 0.75 + 0.25 * noise(p * 14.0);
        Surface {
            colour: mix(rgb(0xeef0ee), rgb(0x16348c), ink * outside * wash),
            gloss: 0.9,
            soft: 0.4,
            ..Surface::default()
        }
    };
    let shape = move |p: V| {
        let flare = 0.86 + 0.14 * (p.1 / half).clamp(-1.0, 1.0);
        pot(V(p.0 / flare, p.1, p.2 / flare), r, half, 0.03) * 0.85
    };
    let tea =
        thing(V(x, half * 1.5, z), r, move |p| can(p, r * 0.92, 0.012, 0.004), plain(0xb08a28, 0.9, 0.4));
    vec![thing(V(x, half, z), r * 1.35, shape, skin), tea]
}

/// A round tin, open, with a rim of metal and paper of the colour inside.
pub fn tin(x: f32, z: f32, r: f32, half: f32, hex: u32) -> Thing {
    let skin = move |touch: &Touch| {
        let p = touch.at;
        let outside = p.0.hypot(p.2) > r - 0.02;
        let rim = ramp((half - p.1.abs()).abs(), 0.06, 0.04);
        let around = p.2.atan2(p.0);
        let scale = ((around * 14.0).sin().abs() * 0.10 - (p.1 % 0.14).abs() + 0.02).abs();
        let line = (1.0 - ramp(scale, 0.008, 0.016)) * if outside { 1.0 } else { 0.0 };
        let metal = rim.max(line);
        let base = if outside { rgb(hex) } else { rgb(0xd8b06a) * 0.55 };
        Surface {
            colour: mix(base, rgb(0xe8b858), metal),
            gloss: 0.6,
            metal: 0.15 + 0.55 * metal,
            ..Surface::default()
        }
    };
    thing(V(x, half, z), (half * half + r * r).sqrt() + 0.02, move |p| pot(p, r, half, 0.025), skin)
}

pub fn plate(x: f32, z: f32, r: f32, hex: u32) -> Thing {
    let skin = move |touch: &Touch| {
        let far = touch.at.0.hypot(touch.at.2) / r;
        let line = 1.0 - ramp((far - 0.90).abs(), 0.012, 0.024);
        Surface {
            colour: mix(rgb(hex), rgb(0xc89848), line * 0.8),
            gloss: 0.8,
            soft: 0.3,
            ..Surface::default()
        }
    };
    let deep = r * 2.2;
    let rim = deep - (deep * deep - r * r).sqrt();
    thing(V(x, 0.0, z), r * 1.1, move |p| bowl(p, deep, rim, 0.022) * 0.95, skin)
}

/// A bowl, full of sauce to two thirds.
pub fn soup(x: f32, z: f32, r: f32, hex: u32, sauce: u32) -> Vec<Thing> {
    let shell = thing(V(x, 0.0, z), r * 1.5, move |p| bowl(p, r, r * 0.86, 0.03), glaze(hex, 0.0, r * 0.86));
    let level = r * 0.62;
    let red = rgb(sauce);
    let skin = move |touch: &Touch| {
        let oil = ramp(noise(touch.at * 11.0), 0.62, 0.68);
        Surface { colour: mix(red, rgb(0xe88a30), oil * 0.5), gloss: 0.8, soft: 0.5, ..Surface::default() }
    };
    let wide = (r * r - (r - level).powi(2)).sqrt() - 0.04;
    vec![shell, thing(V(x, level, z), r, move |p| can(p, wide, 0.02, 0.01), skin)]
}

/// Mottled food: `dark` where it is browned.
pub fn baked(light: u32, dark: u32, gloss: f32, fine: f32) -> impl Fn(&Touch) -> Surface {
    move |touch| {
        let spot = noise(touch.at * fine + V(5.0, 3.0, 1.0));
        Surface {
            colour: mix(rgb(light), rgb(dark), ramp(spot, 0.25, 0.85)),
            gloss,
            soft: 0.5,
            ..Surface::default()
        }
    }
}

/// A lantern that hangs, its middle at the point.
pub fn lantern(at: V, r: f32, hex: u32) -> Vec<Thing> {
    let paper = rgb(hex);
    let skin = move |touch: &Touch| {
        let around = touch.at.2.atan2(touch.at.0);
        let rib = 1.0 - 0.30 * (1.0 - ramp((around * 7.0).sin().abs(), 0.0, 0.22));
        let facing = touch.normal.dot(touch.eye).clamp(0.0, 1.0);
        let heart = 0.40 + 1.5 * facing.powf(2.2) * (1.0 - 0.45 * (touch.at.1 / r).abs());
        let warm = mix(paper, V(1.0, 0.62, 0.24), 0.40 * facing.powi(3));
        Surface { colour: paper * 0.3, glow: warm * (heart * rib * 1.35), ..Surface::default() }
    };
    let body = thing(at, r * 1.25, move |p| egg(p, V(r * 1.12, r * 0.92, r * 1.12)), skin);
    let caps = move |p: V| {
        let q = V(p.0, p.1.abs() - r * 0.90, p.2);
        can(q, r * 0.42, r * 0.09, 0.01).min(rod(p, V(0.0, r, 0.0), V(0.0, r * 4.0, 0.0), 0.008))
    };
    let tassel = move |p: V| {
        let fringe =
            can(p + V(0.0, r * 1.75, 0.0), r * (0.13 + 0.02 * (p.2.atan2(p.0) * 9.0).sin()), r * 0.42, 0.01);
        rod(p, V(0.0, -r, 0.0), V(0.0, -r * 1.4, 0.0), 0.01).min(fringe)
    };
    vec![
        body,
        thing(at, r * 4.2, caps, gold(0xb88030)),
        thing(at, r * 2.4, tassel, plain(0xc83020, 0.1, 0.6)),
    ]
}

/// Quartz of a colour: a cloud inside, a bright heart where light leaves it.
fn quartz(hex: u32, seed: f32) -> impl Fn(&Touch) -> Surface {
    let colour = rgb(hex);
    move |touch| {
        let facing = touch.normal.dot(touch.eye).clamp(0.0, 1.0);
        let cloud = noise(touch.at * 7.0 + V(seed, seed * 3.0, 1.0) - touch.eye * 0.9);
        // Light that came in at the upper left leaves at the lower right.
        let leaves = (-touch.normal).dot(V(-0.50, 0.74, 0.35).unit()).max(0.0);
        let heart = ramp(leaves, 0.05, 0.9) * 1.1 + 0.25 * cloud * facing;
        Surface {
            colour: colour * (0.16 + 0.22 * cloud),
            glow: mix(colour, V(1.0, 0.95, 1.0), 0.22 * heart) * (heart * 1.25),
            gloss: 1.1,
            metal: 0.03,
            soft: 0.5,
        }
    }
}

/// A bracelet of beads, lying or leaning; every other bead of the second colour, one of gold.
pub fn bracelet(at: V, r: f32, beads: u32, colours: [u32; 2], lean: f32) -> Vec<Thing> {
    (0..beads)
        .map(|bead| {
            let angle = TAU * bead as f32 / beads as f32 + 0.3;
            let size = r * PI / beads as f32 * 0.97;
            let (s, c) = angle.sin_cos();
            let place = at + V(c * r, 0.0, s * r).pitched(-lean) + V(0.0, size + r * lean.sin().abs(), 0.0);
            if bead == beads / 4 {
                return thing(
                    place,
                    size * 1.2,
                    move |p| ball(p, size * 0.9) + 0.006 * (p.1 * 60.0 / size * 0.3).sin(),
                    gold(0xe8b04c),
                );
            }
            let skin = quartz(colours[usize::from(bead % 3 == 0)], bead as f32 * 1.7);
            thing(place, size * 1.05, move |p| ball(p, size), skin)
        })
        .collect()
}

/// Crystals grown from one root.
pub fn cluster(x: f32, z: f32, size: f32, hex: u32, turn: f32) -> Vec<Thing> {
    [
        (0.0, 0.0, 1.0_f32),
        (0.45, 0.9, 0.72),
        (0.5, 2.6, 0.62),
        (0.42, 4.2, 0.80),
        (0.62, 5.5, 0.48),
        (0.75, 1.8, 0.40),
    ]
    .into_iter()
    .enumerate()
    .map(|(index, (lean, way, tall))| {
        let (tall, wide) = (tall * size, size * 0.17 * (0.6 + 0.4 * tall));
        let way = way + turn;
        let skin = quartz(hex, index as f32 * 2.3);
        let foot = V(x, -0.02, z) + V(lean * 0.34, 0.0, 0.0).spun(way) * size;
        thing(
            foot,
            tall * 1.2,
            move |p| spire(p.spun(-way).tilted(-lean).spun(0.4), wide, tall) * 0.95,
            move |touch| {
                let root = ramp(touch.at.1, 0.0, tall * 0.55);
                let skin = skin(touch);
                Surface {
                    colour: mix(rgb(0xd8d0d8) * 0.4, skin.colour, root),
                    glow: skin.glow * (0.35 + 0.65 * root),
                    ..skin
                }
            },
        )
    })
    .collect()
}

/// A little horse that looks to the left, its feet on the ground.
pub fn pony(x: f32, z: f32, size: f32, body: u32, mane: u32, turn: f32) -> Vec<Thing> {
    let at = V(x, 0.0, z);
    let k = size;
    let coat = move |p: V| {
        let p = p.spun(turn) * (1.0 / k);
        let m = V(p.0, p.1, p.2.abs());
        let trunk = egg(p - V(0.04, 0.50, 0.0), V(0.34, 0.22, 0.21));
        let neck = rod(p, V(-0.20, 0.56, 0.0), V(-0.33, 0.86, 0.0), 0.125);
        let head = rod(p, V(-0.34, 0.93, 0.0), V(-0.53, 0.83, 0.0), 0.115) - 0.02 * ramp(p.0, -0.6, -0.3);
        let fore = rod(m, V(-0.16, 0.42, 0.11), V(-0.18, 0.06, 0.12), 0.070);
        let hind = rod(m, V(0.24, 0.42, 0.11), V(0.27, 0.06, 0.12), 0.075);
        let ear = rod(m, V(-0.29, 1.02, 0.065), V(-0.27, 1.13, 0.09), 0.036);
        let all = blend(blend(trunk, neck, 0.16), head, 0.10);
        let all = blend(blend(blend(all, fore, 0.09), hind, 0.10), ear, 0.04);
        all * k * 0.85
    };
    let hair = move |p: V| {
        let p = p.spun(turn) * (1.0 / k);
        let wave = 0.022 * (p.1 * 34.0 + p.0 * 20.0).sin();
        let crest = rod(p, V(-0.36, 1.07, 0.0), V(-0.21, 0.92, 0.0), 0.075);
        let fall = rod(p, V(-0.20, 0.95, 0.03), V(-0.08, 0.66, 0.09), 0.085);
        let tail = rod(p, V(0.36, 0.58, 0.0), V(0.50, 0.44, 0.0), 0.075);
        let end = rod(p, V(0.50, 0.44, 0.0), V(0.53, 0.17, 0.0), 0.095);
        let all = blend(blend(crest, fall, 0.07), blend(tail, end, 0.08), 0.02);
        (all + wave) * k * 0.75
    };
    let skin = move |touch: &Touch| {
        let p = touch.at.spun(turn) * (1.0 / k);
        let hoof = 1.0 - ramp(p.1, 0.085, 0.10);
        let eye = 1.0 - ramp((V(p.0, p.1, p.2.abs()) - V(-0.405, 0.945, 0.105)).len(), 0.030, 0.036);
        let cheek = 1.0 - ramp((V(p.0, p.1, p.2.abs()) - V(-0.45, 0.85, 0.12)).len(), 0.02, 0.09);
        let blush = mix(rgb(body), rgb(0xf08880), cheek * 0.5);
        let colour = mix(mix(blush, rgb(mane) * 0.6, hoof), rgb(0x141018), eye);
        Surface { colour, gloss: 0.75, soft: 0.6, ..Surface::default() }
    };
    vec![thing(at + V(0.0, 0.0, 0.0), k * 1.25, coat, skin), thing(at, k * 1.25, hair, plain(mane, 0.6, 0.5))]
}

/// A sheep. Two of them are sheep, too.
pub fn sheep(x: f32, z: f32, size: f32, turn: f32) -> Vec<Thing> {
    let at = V(x, 0.0, z);
    let k = size;
    let wool = move |p: V| {
        let p = p.spun(turn) * (1.0 / k);
        let curl = 0.028 * ((p.0 * 21.0).sin() * (p.1 * 21.0 + 1.0).sin() * (p.2 * 21.0 + 2.0).sin());
        let trunk = egg(p - V(0.0, 0.50, 0.0), V(0.42, 0.31, 0.31));
        let cap = ball(p - V(-0.42, 0.80, 0.0), 0.15);
        (trunk.min(cap) + curl * 1.4) * k * 0.7
    };
    let rest = move |p: V| {
        let p = p.spun(turn) * (1.0 / k);
        let m = V(p.0, p.1, p.2.abs());
        let head = egg(p.tilted(0.0) - V(-0.50, 0.66, 0.0), V(0.15, 0.19, 0.13));
        let ear = rod(m, V(-0.44, 0.74, 0.12), V(-0.42, 0.67, 0.25), 0.042);
        let fore = rod(m, V(-0.18, 0.3, 0.14), V(-0.18, 0.05, 0.14), 0.055);
        let hind = rod(m, V(0.20, 0.3, 0.14), V(0.20, 0.05, 0.14), 0.055);
        blend(head, ear, 0.04).min(fore).min(hind) * k * 0.9
    };
    let face = move |touch: &Touch| {
        let p = touch.at.spun(turn) * (1.0 / k);
        let eye = 1.0 - ramp((V(p.0, p.1, p.2.abs()) - V(-0.60, 0.73, 0.085)).len(), 0.030, 0.036);
        Surface {
            colour: mix(rgb(0x3a2e34), rgb(0xf4f0e8), eye),
            gloss: 0.5,
            soft: 0.4,
            ..Surface::default()
        }
    };
    vec![thing(at, k * 1.1, wool, plain(0xf2eada, 0.1, 0.8)), thing(at, k * 1.1, rest, face)]
}

/// A box with a lid and a ribbon; foil, if it is one to be cut.
pub fn parcel(x: f32, z: f32, half: V, hex: u32, ribbon: u32, turn: f32) -> Thing {
    let skin = move |touch: &Touch| {
        let p = touch.at.spun(turn);
        let band = (1.0 - ramp(p.0.abs(), 0.07, 0.075)).max(1.0 - ramp(p.2.abs(), 0.07, 0.075));
        let lid = 1.0 - ramp((p.1 - half.1 * 0.45).abs(), 0.008, 0.014);
        let star = noise(p * 6.0);
        let base = rgb(hex) * (0.85 + 0.3 * star) * (1.0 - 0.6 * lid);
        Surface {
            colour: mix(base, rgb(ribbon), band),
            gloss: 0.5,
            metal: 0.12 + 0.45 * band,
            ..Surface::default()
        }
    };
    let shape = move |p: V| {
        let p = p.spun(turn);
        let bow = |side: f32| {
            let q = (p - V(side * 0.13, half.1 + 0.07, 0.0)).tilted(side * 0.5);
            (V(q.0 * 0.75, q.1 * 1.25, 0.0).len() - 0.085).hypot(q.2 * 0.7) - 0.03
        };
        block(p, half, 0.03).min(bow(1.0).min(bow(-1.0)) * 0.7)
    };
    thing(V(x, half.1, z), half.len() + 0.2, shape, skin)
}

/// A card with a foil picture, standing or lying as `lean` says (0 upright).
pub fn card(at: V, size: f32, hue: f32, turn: f32, lean: f32) -> Thing {
    let (w, h) = (size * 0.36, size * 0.5);
    let into = move |p: V| p.spun(turn).pitched(lean);
    let skin = move |touch: &Touch| {
        let p = into(touch.at);
        let (x, y) = (p.0 / w, p.1 / h);
        let frame = ramp(x.abs().max(1.0 - (1.0 - y.abs()) * h / w), 0.84, 0.86);
        let eye = into(touch.eye);
        let wave = hue + x * 1.4 + y * 1.1 + eye.0 * 4.0 + noise(V(x * 3.0, y * 3.0, hue)) * 1.2;
        let foil = V(0.5 + 0.5 * wave.sin(), 0.5 + 0.5 * (wave + 2.1).sin(), 0.5 + 0.5 * (wave + 4.2).sin());
        let hill = ramp(y + 0.42 + 0.12 * (x * 3.0 + hue).sin(), 0.015, -0.015);
        let moon = 1.0 - ramp((V(x * w, y * h, 0.0) - V(w * 0.3, h * 0.42, 0.0)).len(), w * 0.26, w * 0.28);
        // The pony as a shape on its hill.
        let q = V(x * w, y * h, 0.0) * (1.0 / (w * 1.15)) + V(-0.02, 0.83, 0.0);
        let leg = |a: f32| rod(q, V(a, 0.4, 0.0), V(a, 0.08, 0.0), 0.05);
        let horse = blend(
            egg(q - V(0.04, 0.5, 0.0), V(0.32, 0.19, 0.2)),
            rod(q, V(-0.2, 0.56, 0.0), V(-0.32, 0.9, 0.0), 0.1),
            0.14,
        );
        let horse = blend(horse, rod(q, V(-0.33, 0.92, 0.0), V(-0.5, 0.83, 0.0), 0.08), 0.06);
        let horse = horse.min(leg(-0.16)).min(leg(-0.04)).min(leg(0.2)).min(leg(0.3)).min(rod(
            q,
            V(0.34, 0.55, 0.0),
            V(0.5, 0.25, 0.0),
            0.06,
        ));
        let sky = mix(rgb(0x2a2060), foil, 0.55);
        let shown = mix(mix(sky, rgb(0xfff0c0), moon), rgb(0x1c3848), hill);
        let shown = mix(shown, rgb(0xfaf0e6), 1.0 - ramp(horse, -0.01, 0.012));
        Surface {
            colour: mix(shown, rgb(0xe8c068), frame),
            gloss: 0.5,
            metal: 0.10 + 0.4 * frame,
            glow: foil * 0.05,
            soft: 0.3,
        }
    };
    thing(at, size * 0.66, move |p| block(into(p), V(w, h, 0.012), 0.011), skin)
}

/// A microphone on its stand.
pub fn microphone(x: f32, z: f32, tall: f32) -> Vec<Thing> {
    let head = V(x, tall, z);
    let mesh = move |touch: &Touch| {
        let p = touch.at.tilted(0.45);
        let weave = (p.1 * 60.0).sin() * (p.2.atan2(p.0) * 22.0).sin();
        Surface {
            colour: rgb(0xd8d0c8) * (0.55 + 0.45 * ramp(weave, -0.4, 0.4)),
            gloss: 0.6,
            metal: 0.6,
            ..Surface::default()
        }
    };
    let body = move |p: V| {
        let q = p.tilted(0.45);
        let grip = can(q + V(0.0, 0.62, 0.0), 0.10 + 0.05 * ramp(q.1, -1.0, -0.3), 0.36, 0.03);
        grip * 0.9
    };
    let band = |p: V| {
        can(p.tilted(0.45) + V(0.0, 0.20, 0.0), 0.235, 0.05, 0.02).min(can(
            p.tilted(0.45) - V(0.0, 0.0, 0.0),
            0.292,
            0.025,
            0.02,
        ))
    };
    let stand = move |p: V| {
        rod(p, V(0.26, -0.52, 0.0), V(0.26, -tall + 0.05, 0.0), 0.03).min(can(
            p + V(-0.26, tall - 0.03, 0.0),
            0.36,
            0.03,
            0.02,
        ))
    };
    vec![
        thing(head, 0.3, |p| ball(p, 0.28), mesh),
        thing(head, 1.1, body, plain(0x1c1a22, 0.9, 0.1)),
        thing(head, 0.5, band, gold(0xe0a848)),
        thing(head, tall + 0.5, stand, gold(0x9a7848)),
    ]
}

/// Books, one upon the other.
pub fn books(x: f32, z: f32, colours: &[u32], turn: f32) -> Vec<Thing> {
    colours
        .iter()
        .enumerate()
        .map(|(level, hex)| {
            let turn = turn + 0.35 * (level as f32 * 2.4).sin();
            let half = V(0.62 - 0.05 * level as f32, 0.085, 0.45 - 0.03 * level as f32);
            let hex = *hex;
            let skin = move |touch: &Touch| {
                let p = touch.at.spun(turn);
                let paper = p.1.abs() < half.1 - 0.022 && p.0 > -half.0 + 0.06;
                let leaves = 0.85 + 0.15 * (p.1 * 300.0).sin();
                let line = 1.0
                    - ramp(
                        (p.0.abs() - half.0 * 0.82).abs().min((p.2.abs() - half.2 * 0.80).abs()),
                        0.006,
                        0.012,
                    );
                let cover = mix(
                    rgb(hex),
                    rgb(0xe0b050),
                    if p.0.abs() < half.0 * 0.83 && p.2.abs() < half.2 * 0.82 { line * 0.8 } else { 0.0 },
                );
                let colour = if paper { rgb(0xf0e4c8) * leaves } else { cover };
                Surface { colour, gloss: if paper { 0.0 } else { 0.35 }, soft: 0.2, ..Surface::default() }
            };
            let shape = move |p: V| {
                let p = p.spun(turn);
                let boards = block(p, half, 0.02);
                let gap =
                    block(p - V(0.05, 0.0, 0.0), V(half.0 + 0.012, half.1 - 0.025, half.2 + 0.2), 0.004);
                let leaves = block(p, V(half.0 - 0.03, half.1 - 0.02, half.2 - 0.03), 0.01);
                boards.max(-gap).min(leaves)
            };
            thing(V(x, 0.085 + 0.17 * level as f32, z), half.len() + 0.03, shape, skin)
        })
        .collect()
}

/// A bottle of plum wine.
pub fn bottle(x: f32, z: f32, tall: f32) -> Vec<Thing> {
    let half = tall / 2.0;
    let shape = move |p: V| {
        let y = p.1 / half;
        let r = 0.06 + 0.19 * (1.0 - ramp(y, 0.10, 0.48));
        (can(p, r, half, 0.03)) * 0.7
    };
    let skin = move |touch: &Touch| {
        let p = touch.at;
        let y = p.1 / half;
        let label = (ramp(y, -0.66, -0.64) * (1.0 - ramp(y, -0.10, -0.08))) * ramp(touch.normal.2, -0.1, 0.1);
        let plum = 1.0 - ramp((V(p.0, p.1 + half * 0.38, 0.0)).len(), 0.085, 0.092);
        let neck = ramp(y, 0.70, 0.72);
        let light = (-touch.normal).dot(V(-0.5, 0.3, 0.3)).max(0.0) * 0.7;
        let glass = Surface {
            colour: rgb(0x2c5020),
            glow: rgb(0x9ab830) * light,
            gloss: 1.1,
            soft: 0.4,
            ..Surface::default()
        };
        let paper = mix(rgb(0xf2e6cc), rgb(0xa0c040), plum);
        Surface {
            colour: mix(mix(glass.colour, paper, label), rgb(0xc89038), neck),
            glow: glass.glow * (1.0 - label) * (1.0 - neck),
            gloss: 1.1 - 0.9 * label,
            metal: 0.6 * neck,
            soft: 0.3,
        }
    };
    vec![thing(V(x, half, z), half + 0.1, shape, skin)]
}

/// Half an egg, yolk up.
pub fn half_egg(at: V, r: f32, turn: f32) -> Thing {
    let into = move |p: V| p.spun(turn).pitched(0.55);
    let skin = move |touch: &Touch| {
        let p = into(touch.at);
        let yolk = 1.0 - ramp(p.0.hypot(p.2), r * 0.55, r * 0.60);
        Surface {
            colour: mix(rgb(0xf8f0e0), rgb(0xf09018), yolk),
            gloss: 0.5 + 0.4 * yolk,
            soft: 0.6,
            ..Surface::default()
        }
    };
    thing(
        at,
        r * 1.3,
        move |p| {
            let p = into(p);
            egg(p, V(r * 1.2, r * 0.9, r)).max(p.1)
        },
        skin,
    )
}

/// A thin ring of spring onion.
pub fn onion(at: V, r: f32, tilt: f32) -> Thing {
    thing(
        at,
        r * 1.6,
        move |p| ring(p.tilted(tilt).pitched(tilt * 1.7), r, r * 0.34),
        plain(0x78b838, 0.5, 0.5),
    )
}
