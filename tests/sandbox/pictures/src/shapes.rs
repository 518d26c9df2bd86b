//! Distances to plain solids.

use crate::math::V;

pub fn ball(p: V, r: f32) -> f32 {
    p.len() - r
}

/// Near enough for marching.
pub fn egg(p: V, r: V) -> f32 {
    let k = V(p.0 / r.0, p.1 / r.1, p.2 / r.2);
    let g = V(k.0 / r.0, k.1 / r.1, k.2 / r.2).len().max(1e-6);
    let k = k.len();
    k * (k - 1.0) / g
}

pub fn rod(p: V, a: V, b: V, r: f32) -> f32 {
    let (pa, ba) = (p - a, b - a);
    let h = (pa.dot(ba) / ba.dot(ba)).clamp(0.0, 1.0);
    (pa - ba * h).len() - r
}

/// A box of these half sides, its edges round.
pub fn block(p: V, half: V, round: f32) -> f32 {
    let q = V(p.0.abs() - half.0 + round, p.1.abs() - half.1 + round, p.2.abs() - half.2 + round);
    let out = V(q.0.max(0.0), q.1.max(0.0), q.2.max(0.0)).len();
    out + q.0.max(q.1).max(q.2).min(0.0) - round
}

/// An upright can of this radius and half height, its edges round.
pub fn can(p: V, r: f32, half: f32, round: f32) -> f32 {
    let (a, b) = (p.0.hypot(p.2) - r + round, p.1.abs() - half + round);
    a.max(b).min(0.0) + a.max(0.0).hypot(b.max(0.0)) - round
}

/// A ring that lies flat.
pub fn ring(p: V, r: f32, thick: f32) -> f32 {
    (p.0.hypot(p.2) - r).hypot(p.1) - thick
}

/// A can open at the top, its wall this thick.
pub fn pot(p: V, r: f32, half: f32, wall: f32) -> f32 {
    let solid = can(p, r, half, wall * 0.9);
    let hollow = can(p - V(0.0, wall * 2.0, 0.0), r - wall, half, wall);
    solid.max(-hollow)
}

/// A bowl or a plate: a shell of a ball, cut at the height `rim` above the ball's lowest point.
pub fn bowl(p: V, r: f32, rim: f32, wall: f32) -> f32 {
    let from = p - V(0.0, r, 0.0);
    let shell = (from.len() - r + wall).abs() - wall;
    let foot = can(p - V(0.0, 0.02, 0.0), r * 0.36, 0.05, 0.02);
    shell.max(p.1 - rim).min(foot)
}

/// A six-sided column with a point, standing at the origin.
pub fn spire(p: V, r: f32, tall: f32) -> f32 {
    let (mut side, mut point) = (-1e9_f32, -1e9_f32);
    for turn in 0..6 {
        let (s, c) = (turn as f32 * std::f32::consts::FRAC_PI_3).sin_cos();
        let across = p.0 * c + p.2 * s;
        side = side.max(across - r);
        point = point.max((across - r) * 0.80 + (p.1 - tall) * 0.60);
    }
    side.max(point).max(-p.1)
}
