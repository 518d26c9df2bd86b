//! A small ray marcher: things by distance functions, each in a sphere that bounds it; a floor, a night behind it, one
//! key light with soft shadows, and lanterns.

use crate::math::{V, mix, noise, ramp, rgb};
use crate::night::Night;

/// How far outside a thing a point is, in the thing's own place.
pub type Shape = Box<dyn Fn(V) -> f32>;
/// What a thing looks like at a point of it.
pub type Skin = Box<dyn Fn(&Touch) -> Surface>;

/// Where a ray met a thing.
pub struct Touch {
    /// In the thing's own place.
    pub at: V,
    /// The way out.
    pub normal: V,
    /// The way to the viewer.
    pub eye: V,
}

/// How a point answers light.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surface {
    pub colour: V,
    /// Light of its own.
    pub glow: V,
    /// How much it mirrors at the rim; a twentieth of that head on.
    pub gloss: f32,
    /// The same head on, in its own colour: metal.
    pub metal: f32,
    /// How far light goes around it: 0 hard, 1 wax.
    pub soft: f32,
}

/// One thing.
pub struct Thing {
    pub at: V,
    /// Nothing of it is further from `at`.
    pub reach: f32,
    pub shape: Shape,
    pub skin: Skin,
}

/// A lamp without shadows.
pub struct Lamp {
    pub at: V,
    pub light: V,
}

/// What the things stand on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ground {
    Velvet(u32),
    Wood(u32),
    Lacquer(u32),
    Linen(u32),
}

/// All there is in a picture.
pub struct Scene {
    pub things: Vec<Thing>,
    pub lamps: Vec<Lamp>,
    pub ground: Ground,
    pub night: Night,
    pub eye: V,
    pub target: V,
    /// Height of the picture at distance 1.
    pub field: f32,
}

const KEY: V = V(-0.50, 0.74, 0.45);
const KEY_LIGHT: V = V(2.15, 1.75, 1.30);
const SKY: V = V(0.20, 0.23, 0.36);
const FAR: f32 = 40.0;

fn within(from: V, way: V, thing: &Thing, slack: f32) -> Option<(f32, f32)> {
    let to = from - thing.at;
    let b = to.dot(way);
    let reach = thing.reach + slack;
    let d = b * b - (to.dot(to) - reach * reach);
    (d > 0.0).then(|| (-b - d.sqrt(), -b + d.sqrt())).filter(|(_, out)| *out > 0.0)
}

impl Scene {
    /// The nearest thing, and how far.
    fn trace(&self, from: V, way: V) -> Option<(f32, usize)> {
        let mut best = (FAR, usize::MAX);
        for (index, thing) in self.things.iter().enumerate() {
            let Some((into, out)) = within(from, way, thing, 0.0) else { continue };
            let (mut t, end) = (into.max(0.0), out.min(best.0));
            let local = from - thing.at;
            for _ in 0..72 {
                if t >= end {
                    break;
                }
                let d = (thing.shape)(local + way * t);
                if d < 0.0008 * (1.0 + t * 0.4) {
                    best = (t, index);
                    break;
                }
                t += d;
            }
        }
        (best.1 != usize::MAX).then_some(best)
    }

    /// 1 in the light, 0 in full shadow.
    fn lit(&self, from: V) -> f32 {
        let way = KEY.unit();
        let mut seen = 1.0_f32;
        for thing in &self.things {
            let Some((into, out)) = within(from, way, thing, 0.12) else { continue };
            let local = from - thing.at;
            let mut t = into.max(0.015);
            for _ in 0..26 {
                if t >= out || seen < 0.02 {
                    break;
                }
                let d = (thing.shape)(local + way * t);
                seen = seen.min(7.0 * d / t + 0.02);
                t += d.clamp(0.012, 0.25);
            }
        }
        ramp(seen, 0.0, 1.0)
    }

    /// How open a point is to the sky.
    fn open(&self, at: V, normal: V) -> f32 {
        let mut open = 1.0;
        for thing in &self.things {
            let local = at - thing.at;
            if local.len() > thing.reach + 0.4 {
                continue;
            }
            for (step, weight) in [(0.05, 0.42), (0.2, 0.38)] {
                let d = (thing.shape)(local + normal * step);
                open *= 1.0 - weight * (1.0 - d / step).clamp(0.0, 1.0);
            }
        }
        open
    }

    /// What a mirror sees: a warm softbox on the left, a cool strip on the right, lanterns, and the ground.
    fn around(&self, way: V) -> V {
        let sky = mix(V(0.035, 0.035, 0.06), V(0.10, 0.11, 0.19), ramp(way.1, -0.1, 0.9));
        let side = way.dot(V(-0.62, 0.0, 0.5).unit());
        let panel = ramp(side, 0.62, 0.72) * ramp(way.1, 0.22, 0.32) * (1.0 - ramp(way.1, 0.78, 0.86));
        let strip = ramp(way.0, 0.74, 0.82) * ramp(way.1, 0.0, 0.1) * (1.0 - ramp(way.1, 0.5, 0.6));
        let mut seen = sky + V(2.9, 2.5, 1.9) * panel + V(0.30, 0.42, 0.62) * strip;
        for lamp in &self.lamps {
            seen = seen + lamp.light * (0.35 * ramp(way.dot(lamp.at.unit()), 0.955, 0.985));
        }
        let below = self.ground_skin(V(way.0 * 2.0, 0.0, way.2 * 2.0), 0.0).colour;
        mix(seen, below * 0.55, 1.0 - ramp(way.1, -0.12, 0.02))
    }

    fn ground_skin(&self, at: V, far: f32) -> Surface {
        let fine = 1.0 - ramp(far, 4.0, 9.0);
        match self.ground {
            Ground::Velvet(hex) => {
                let fold = noise(V(at.0 * 0.9 + at.2 * 0.5, 3.0, at.2 * 1.3));
                let nap = noise(V(at.0 * 55.0, 7.0, at.2 * 24.0)) * fine;
                let colour = rgb(hex) * (0.45 + 0.95 * fold * fold + 0.14 * nap);
                Surface { colour, soft: 0.35, ..Surface::default() }
            }
            Ground::Wood(hex) => {
                let plank = (at.0 / 0.9).floor();
                let seam = ((at.0 / 0.9).fract().abs() - 0.5).abs();
                let grain = noise(V(at.0 * 14.0, plank * 5.0, at.2 * 0.9))
                    + 0.5 * noise(V(at.0 * 60.0, plank, at.2 * 3.0)) * fine;
                let shade = 0.55 + 0.4 * grain + 0.12 * noise(V(plank * 9.0, 1.0, 2.0));
                Surface {
                    colour: rgb(hex) * (shade * (1.0 - 0.6 * ramp(seam, 0.485, 0.5))),
                    gloss: 0.35,
                    ..Surface::default()
                }
            }
            Ground::Lacquer(hex) => Surface { colour: rgb(hex), gloss: 0.9, ..Surface::default() },
            Ground::Linen(hex) => {
                let weave = ((at.0 * 70.0).sin() * (at.2 * 70.0).sin()) * 0.06 * fine;
                let crease = noise(V(at.0 * 1.6, 1.0, at.2 * 1.1));
                Surface { colour: rgb(hex) * (0.82 + 0.25 * crease + weave), soft: 0.2, ..Surface::default() }
            }
        }
    }

    fn answer(&self, at: V, normal: V, eye: V, skin: &Surface, mirrored: Option<V>) -> V {
        let key = KEY.unit();
        let wrap = |n: f32| ((n + skin.soft * 0.6) / (1.0 + skin.soft * 0.6)).max(0.0);
        let facing = normal.dot(key);
        let shadow = if facing > -0.4 { self.lit(at + normal * 0.012) } else { 0.0 };
        let open = self.open(at, normal);
        let mut light = KEY_LIGHT * (wrap(facing) * shadow);
        light = light + SKY * ((0.55 + 0.45 * normal.1) * open);
        for lamp in &self.lamps {
            let to = lamp.at - at;
            let far = to.dot(to);
            light = light + lamp.light * (wrap(normal.dot(to.unit())) * open / (0.6 + far));
        }
        let rim = (1.0 - normal.dot(eye).clamp(0.0, 1.0)).powi(5);
        let mirror = skin.gloss * (0.05 + 0.95 * rim);
        let way = (-eye).mirrored(normal);
        let mut out = skin.colour * light + skin.glow;
        if mirror + skin.metal > 0.004 {
            let seen = mirrored.unwrap_or_else(|| self.around(way)) * (0.35 + 0.65 * open);
            out = mix(out, seen * skin.colour * 1.7, skin.metal) + seen * mirror;
            let spark = key.dot(way).max(0.0).powi(180) * shadow;
            out = out + V(1.0, 0.93, 0.8) * (spark * 5.0 * (skin.gloss * 0.5 + skin.metal));
        }
        out
    }

    fn thing(&self, (t, index): (f32, usize), from: V, way: V) -> V {
        let thing = &self.things[index];
        let at = from + way * t;
        let local = at - thing.at;
        let e = 0.0012;
        let normal = [V(1.0, -1.0, -1.0), V(-1.0, -1.0, 1.0), V(-1.0, 1.0, -1.0), V(1.0, 1.0, 1.0)]
            .into_iter()
            .fold(V::default(), |sum, k| sum + k * (thing.shape)(local + k * e))
            .unit();
        let skin = (thing.skin)(&Touch { at: local, normal, eye: -way });
        self.answer(at, normal, -way, &skin, None)
    }

    /// What is seen along a ray, and what it met: 0 the night, 1 the ground, and so on. `spot` is where in the picture,
    /// for the night.
    pub fn look(&self, from: V, way: V, spot: (f32, f32)) -> (V, usize) {
        let met = self.trace(from, way);
        let down = if way.1 < -1e-4 { -from.1 / way.1 } else { FAR };
        if let Some(hit) = met.filter(|hit| hit.0 < down) {
            return (self.thing(hit, from, way), hit.1 + 2);
        }
        // Beyond the haze there is only the night.
        if down >= FAR || (from + way * down).2 < -6.5 {
            return (self.night.at(spot), 0);
        }
        let at = from + way * down;
        let haze = ramp(-at.2, 2.2, 6.5);
        let night = if haze > 0.0 { self.night.at(spot) } else { V::default() };
        let skin = self.ground_skin(at, down);
        let up = V(0.0, 1.0, 0.0);
        // Only what shines shows the things upon it.
        let mirrored = (skin.gloss > 0.5).then(|| {
            let way = way.mirrored(up);
            match self.trace(at + up * 0.004, way) {
                Some(hit) => self.thing(hit, at, way),
                None => self.around(way) * 0.5,
            }
        });
        let colour = self.answer(at, up, -way, &skin, mirrored);
        (mix(colour, night, haze), 1)
    }
}
