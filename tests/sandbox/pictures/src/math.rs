//! Vectors, colours in linear light, and noise.

use std::ops::{Add, Mul, Neg, Sub};

/// A point, a direction, or a colour in linear light.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct V(pub f32, pub f32, pub f32);

impl Add for V {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        Self(self.0 + o.0, self.1 + o.1, self.2 + o.2)
    }
}
impl Sub for V {
    type Output = Self;
    fn sub(self, o: Self) -> Self {
        Self(self.0 - o.0, self.1 - o.1, self.2 - o.2)
    }
}
impl Neg for V {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0, -self.1, -self.2)
    }
}
impl Mul<f32> for V {
    type Output = Self;
    fn mul(self, k: f32) -> Self {
        Self(self.0 * k, self.1 * k, self.2 * k)
    }
}
impl Mul for V {
    type Output = Self;
    fn mul(self, o: Self) -> Self {
        Self(self.0 * o.0, self.1 * o.1, self.2 * o.2)
    }
}

impl V {
    pub fn dot(self, o: Self) -> f32 {
        self.0 * o.0 + self.1 * o.1 + self.2 * o.2
    }
    pub fn cross(self, o: Self) -> Self {
        Self(self.1 * o.2 - self.2 * o.1, self.2 * o.0 - self.0 * o.2, self.0 * o.1 - self.1 * o.0)
    }
    pub fn len(self) -> f32 {
        self.dot(self).sqrt()
    }
    pub fn unit(self) -> Self {
        self * (1.0 / self.len().max(1e-9))
    }
    pub fn mirrored(self, n: Self) -> Self {
        self - n * (2.0 * self.dot(n))
    }
    pub fn luma(self) -> f32 {
        self.dot(Self(0.21, 0.72, 0.07))
    }
    /// Turned about the upright axis.
    pub fn spun(self, angle: f32) -> Self {
        let (s, c) = angle.sin_cos();
        Self(c * self.0 + s * self.2, self.1, c * self.2 - s * self.0)
    }
    /// Turned about the axis that points at the viewer.
    pub fn tilted(self, angle: f32) -> Self {
        let (s, c) = angle.sin_cos();
        Self(c * self.0 + s * self.1, c * self.1 - s * self.0, self.2)
    }
    /// Turned about the axis to the right.
    pub fn pitched(self, angle: f32) -> Self {
        let (s, c) = angle.sin_cos();
        Self(self.0, c * self.1 + s * self.2, c * self.2 - s * self.1)
    }
}

/// A colour as one writes it, `0xRRGGBB`, in linear light.
pub fn rgb(hex: u32) -> V {
    let part = |shift: u32| {
        let value = ((hex >> shift) & 0xff) as f32 / 255.0;
        value.powf(2.2)
    };
    V(part(16), part(8), part(0))
}

pub fn mix(one: V, other: V, part: f32) -> V {
    one + (other - one) * part
}

/// 0 below `from`, 1 above `to`, smooth between.
pub fn ramp(value: f32, from: f32, to: f32) -> f32 {
    let part = ((value - from) / (to - from)).clamp(0.0, 1.0);
    part * part * (3.0 - 2.0 * part)
}

/// The smaller of two distances with a soft seam.
pub fn blend(a: f32, b: f32, k: f32) -> f32 {
    let h = (k - (a - b).abs()).max(0.0) / k;
    a.min(b) - h * h * k * 0.25
}

fn hash(x: i32, y: i32, z: i32) -> f32 {
    let mut h =
        (x.wrapping_mul(374_761_393) ^ y.wrapping_mul(668_265_263) ^ z.wrapping_mul(1_274_126_177)) as u32;
    h = (h ^ (h >> 13)).wrapping_mul(1_274_126_177);
    ((h ^ (h >> 16)) & 0xffff) as f32 / 65_535.0
}

/// Value noise, 0 to 1.
pub fn noise(p: V) -> f32 {
    let (x, y, z) = (p.0.floor(), p.1.floor(), p.2.floor());
    let smooth = |t: f32| t * t * (3.0 - 2.0 * t);
    let (u, v, w) = (smooth(p.0 - x), smooth(p.1 - y), smooth(p.2 - z));
    let (x, y, z) = (x as i32, y as i32, z as i32);
    let line = |y, z| hash(x, y, z) * (1.0 - u) + hash(x + 1, y, z) * u;
    let face = |z| line(y, z) * (1.0 - v) + line(y + 1, z) * v;
    face(z) * (1.0 - w) + face(z + 1) * w
}

/// Choices that depend on a name alone.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    pub fn new(name: &str) -> Self {
        Self(name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        }))
    }
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * ((self.next() >> 40) as f32 / 16_777_216.0)
    }
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.next() % of.len() as u64).unwrap_or(0)]
    }
}
