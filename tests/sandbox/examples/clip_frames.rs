//! Writes the clip's frames (854×480, RGB, 25 a second, one loop) to standard output, for `media/make_clip.sh`.
//! Each pearl is drawn where [`nightmarket_sandbox::media::tray_at`] says.

// Pixels: small numbers, rounded on purpose.
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

use std::io::Write;

use nightmarket_sandbox::media::hls::LOOP_MS;
use nightmarket_sandbox::media::pictures::LOOKS;
use nightmarket_sandbox::media::tray::{LEFT, Pearl, RIGHT, strip_at};

const WIDTH: i32 = 854;
const HEIGHT: i32 = 480;
const FRAME_MS: usize = 40;
/// A pearl's mean radius in pixels.
const RADIUS: f32 = 44.0;

type Colour = [f32; 3];

struct Frame(Vec<Colour>);

fn mix(one: Colour, other: Colour, part: f32) -> Colour {
    std::array::from_fn(|at| one[at] + (other[at] - one[at]) * part)
}

/// 0 below `from`, 1 above `to`, smooth between.
fn ramp(value: f32, from: f32, to: f32) -> f32 {
    let part = ((value - from) / (to - from)).clamp(0.0, 1.0);
    part * part * (3.0 - 2.0 * part)
}

impl Frame {
    fn each(
        &mut self,
        (left, top): (i32, i32),
        (right, bottom): (i32, i32),
        draw: impl Fn(f32, f32, Colour) -> Colour,
    ) {
        for y in top.max(0)..bottom.min(HEIGHT) {
            for x in left.max(0)..right.min(WIDTH) {
                let at = usize::try_from(y * WIDTH + x).expect("inside the frame");
                self.0[at] = draw(x as f32 + 0.5, y as f32 + 0.5, self.0[at]);
            }
        }
    }

    /// A wooden table, and on it a tray lined with dark velvet.
    fn table() -> Self {
        let mut frame = Self(vec![[0.0; 3]; usize::try_from(WIDTH * HEIGHT).expect("positive")]);
        frame.each((0, 0), (WIDTH, HEIGHT), |x, y, _| {
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
        frame
    }

    /// A baroque pearl: no two radii alike, light from the upper left.
    fn pearl(&mut self, pearl: &Pearl) {
        let (cx, cy) = (f32::from(pearl.x) * 0.854, f32::from(pearl.y) * 0.48);
        let look = &LOOKS[usize::from(pearl.look)];
        let turn = f32::from(pearl.look) * 1.3 + cx * 0.012;
        let radius = |dx: f32, dy: f32| {
            let angle = dy.atan2(dx) - turn;
            RADIUS * (1.0 + look.long * (2.0 * angle).cos() + look.knob * (3.0 * angle + 0.7).cos())
        };
        // Never past the tray's own sides.
        let [from, to] =
            [-80.0, 80.0].map(|reach| (((cx + reach) as i32).clamp(23, WIDTH - 23), (cy + reach) as i32));
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
    fn cloths(&mut self) {
        for (edge, side) in [(LEFT as f32 * 0.854, -1.0), (RIGHT as f32 * 0.854, 1.0)] {
            self.each((0, 92), (WIDTH, 420), |x, y, under| {
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
}

fn main() -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let table = Frame::table();
    for moment_ms in (0..LOOP_MS).step_by(FRAME_MS) {
        let mut frame = Frame(table.0.clone());
        for pearl in strip_at(moment_ms) {
            frame.pearl(&pearl);
        }
        frame.cloths();
        for colour in frame.0 {
            out.write_all(&colour.map(|value| (value.clamp(0.0, 1.0) * 255.0).round() as u8))?;
        }
    }
    out.flush()
}
