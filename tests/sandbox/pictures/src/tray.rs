//! The stream's tray of pearls, drawn flat so that a spot in the picture is a spot on the tray. The clip's frames are made
//! of these, and so is a photo of a moment.

use crate::math::ramp;
use crate::{LOOKS, png};

/// Width and height of the stream's picture, in pixels.
pub const FRAME: (u16, u16) = (854, 480);
/// Side of a photo, in pixels.
pub const PHOTO: u16 = 600;
/// How much of the picture a photo shows, in the picture's pixels.
const SHOWN: f32 = 216.0;
/// [`FRAME`], to reckon with.
const WHOLE: (f32, f32) = (FRAME.0 as f32, FRAME.1 as f32);
/// A pearl's mean radius in the picture's pixels.
const RADIUS: f32 = 44.0;

/// A pearl that lies on the tray.
#[derive(Debug, Clone, Copy)]
pub struct Lying {
    /// Its middle, per mille of the picture's width from the left.
    pub x: u16,
    /// Its middle, per mille of the picture's height from the top.
    pub y: u16,
    /// Which of [`LOOKS`] it has.
    pub look: u8,
}

impl Lying {
    fn middle(self) -> (f32, f32) {
        (f32::from(self.x) * 0.854, f32::from(self.y) * 0.48)
    }
}

type Colour = [f32; 3];

/// A window onto the tray: `scale` pixels for one of the stream's, `left` and `top` in the stream's.
struct Frame {
    pixels: Vec<Colour>,
    width: usize,
    scale: f32,
    left: f32,
    top: f32,
}

fn mix(one: Colour, other: Colour, part: f32) -> Colour {
    std::array::from_fn(|at| one[at] + (other[at] - one[at]) * part)
}

impl Frame {
    fn new(width: usize, height: usize, scale: f32, (left, top): (f32, f32)) -> Self {
        Self { pixels: vec![[0.0; 3]; width * height], width, scale, left, top }
    }

    /// Draws what lies between two corners.
    fn each(&mut self, from: (f32, f32), to: (f32, f32), draw: impl Fn(f32, f32, Colour) -> Colour) {
        let height = self.pixels.len() / self.width;
        let pixel = |at: f32, start: f32, most: usize| {
            (((at - start) * self.scale).round().max(0.0) as usize).min(most)
        };
        for y in pixel(from.1, self.top, height)..pixel(to.1, self.top, height) {
            for x in pixel(from.0, self.left, self.width)..pixel(to.0, self.left, self.width) {
                let at = y * self.width + x;
                let (x, y) =
                    ((x as f32 + 0.5) / self.scale + self.left, (y as f32 + 0.5) / self.scale + self.top);
                self.pixels[at] = draw(x, y, self.pixels[at]);
            }
        }
    }

    /// A wooden table, and on it a tray lined with dark velvet.
    fn table(&mut self) {
        self.each((0.0, 0.0), WHOLE, |x, y, _| {
            let grain = (y * 0.11 + (x * 0.013).sin() * 2.0).sin() * 0.03;
            let wood = [0.46 + grain, 0.31 + grain, 0.21 + grain];
            let (across, down) = ((x - 427.0).abs(), (y - 256.0).abs());
            let outside = (across - 418.0).max(down - 176.0);
            let rim = mix([0.80, 0.64, 0.38], [0.52, 0.36, 0.18], ramp(y, 70.0, 440.0));
            let glow = ((x - 300.0) / 700.0).powi(2) + ((y - 170.0) / 420.0).powi(2);
            let velvet = mix([0.17, 0.19, 0.34], [0.06, 0.07, 0.16], ramp(glow, 0.0, 1.0));
            let tray = mix(velvet, rim, ramp(outside, -16.0, -13.0));
            let shade = mix(wood, [0.12, 0.08, 0.06], 0.6 * (1.0 - ramp(outside, 0.0, 26.0)));
            mix(tray, shade, ramp(outside, -1.5, 1.5))
        });
    }

    /// A baroque pearl: no two radii alike, light from the upper left.
    fn pearl(&mut self, pearl: Lying) {
        let (cx, cy) = pearl.middle();
        let look = &LOOKS[usize::from(pearl.look) % LOOKS.len()];
        let turn = f32::from(pearl.look) * 1.3 + cx * 0.012;
        let radius = |dx: f32, dy: f32| {
            let angle = dy.atan2(dx) - turn;
            RADIUS * (1.0 + look.long * (2.0 * angle).cos() + look.knob * (3.0 * angle + 0.7).cos())
        };
        // Never past the tray's own sides.
        let [from, to] = [-80.0, 80.0]
            .map(|reach| ((cx + reach).trunc().clamp(23.0, WHOLE.0 - 23.0), (cy + reach).trunc()));
        let [dark, light, sheen] = look.colours.map(|colour| colour.map(|value| f32::from(value) / 255.0));
        self.each(from, to, |x, y, under| {
            let (dx, dy) = (x - cx - 9.0, y - cy - 15.0);
            let far = dx.hypot(dy) / radius(dx, dy);
            mix(under, [0.01, 0.01, 0.04], 0.6 * (1.0 - ramp(far, 0.6, 1.25)))
        });
        self.each(from, to, |x, y, under| {
            let (dx, dy) = (x - cx, y - cy);
            let reach = radius(dx, dy);
            let far = dx.hypot(dy) / reach;
            let height = (1.0 - far * far).max(0.0).sqrt();
            let (nx, ny) = (dx / reach, dy / reach);
            let lit = (-0.50 * nx - 0.58 * ny + 0.64 * height).max(0.0);
            let body = mix(mix(dark, light, ramp(lit, 0.0, 0.95)), sheen, 0.55 * ramp(far, 0.45, 0.85) * lit);
            let (gx, gy) = (nx + 0.34, ny + 0.40);
            let gleam = (-(gx * gx + gy * gy) * 22.0).exp() + 0.25 * (-(gx * gx + gy * gy) * 5.0).exp();
            let glow = 0.18 * ramp(0.4 * nx + 0.6 * ny, 0.35, 0.85);
            let shown = mix(mix(body, light, glow), [1.0, 0.99, 0.97], gleam.min(1.0));
            mix(shown, under, ramp(far * reach, reach - 0.8, reach + 0.8))
        });
    }

    /// The cloths at both sides, from under which pearls come and under which they go.
    fn cloths(&mut self, edges: (u16, u16)) {
        for (edge, side) in [(f32::from(edges.0) * 0.854, -1.0), (f32::from(edges.1) * 0.854, 1.0)] {
            self.each((0.0, 92.0), (WHOLE.0, 420.0), |x, y, under| {
                let inside = (x - edge - (y * 0.07).sin() * 3.0) * side;
                let fold = (x * 0.22 + (y * 0.03).sin() * 2.0).sin() * 0.05;
                let cloth = [0.66 + fold, 0.16 + fold * 0.6, 0.20 + fold * 0.6];
                let shaded = mix(under, [0.0, 0.0, 0.0], 0.45 * ramp(inside, -14.0, 0.0));
                let out = (x - 427.0).abs();
                let kept = mix(shaded, cloth, ramp(inside, -0.8, 0.8));
                mix(kept, under, ramp(out, 404.0, 406.0))
            });
        }
    }

    /// A ring of gold about the one that is meant; what lies outside steps back.
    fn ring(&mut self, (cx, cy): (f32, f32)) {
        self.each((0.0, 0.0), WHOLE, |x, y, under| {
            let far = (x - cx).hypot(y - cy) - RADIUS * 1.42;
            let back = mix(under, [0.03, 0.02, 0.06], 0.42 * ramp(far, 0.0, 30.0));
            let glow = mix(back, [1.0, 0.78, 0.40], 0.30 * (1.0 - ramp(far.abs(), 0.0, 11.0)));
            mix([1.0, 0.86, 0.56], glow, ramp(far.abs(), 1.2, 2.0))
        });
    }

    fn drawn(mut self, pearls: &[Lying], cloths: (u16, u16), ringed: Option<Lying>) -> Vec<u8> {
        self.table();
        for pearl in pearls {
            self.pearl(*pearl);
        }
        self.cloths(cloths);
        if let Some(pearl) = ringed {
            self.ring(pearl.middle());
        }
        let byte = |value: f32| (value.clamp(0.0, 1.0) * 255.0).round() as u8;
        self.pixels.into_iter().flatten().map(byte).collect()
    }
}

/// The stream's picture, RGB. `cloths` are where the left one ends and the right one begins, per mille.
pub fn frame(pearls: &[Lying], cloths: (u16, u16)) -> Vec<u8> {
    let (width, height) = (usize::from(FRAME.0), usize::from(FRAME.1));
    Frame::new(width, height, 1.0, (0.0, 0.0)).drawn(pearls, cloths, None)
}

/// The same as PNG.
pub fn picture(pearls: &[Lying], cloths: (u16, u16)) -> Vec<u8> {
    png::encode(usize::from(FRAME.0), &frame(pearls, cloths))
}

/// A photo of one of them as it lies among the others, ringed, as PNG.
pub fn photo(pearls: &[Lying], cloths: (u16, u16), meant: Lying) -> Vec<u8> {
    let side = usize::from(PHOTO);
    let (x, y) = meant.middle();
    let corner = [(x, WHOLE.0), (y, WHOLE.1)].map(|(at, whole)| (at - SHOWN / 2.0).clamp(0.0, whole - SHOWN));
    let frame = Frame::new(side, side, f32::from(PHOTO) / SHOWN, (corner[0], corner[1]));
    png::encode(side, &frame.drawn(pearls, cloths, Some(meant)))
}
