//! From light to pixels: rays, smooth edges, bloom, a vignette and the tone curve.

use crate::math::{V, ramp};
use crate::scene::Scene;

/// Spots within a pixel at which an edge is looked at again.
const AGAIN: [(f32, f32); 4] = [(-0.125, -0.375), (0.375, -0.125), (0.125, 0.375), (-0.375, 0.125)];

/// The picture of a scene, RGB.
pub fn expose(scene: &Scene, width: usize, height: usize) -> Vec<u8> {
    let (w, h) = (width as f32, height as f32);
    let forward = (scene.target - scene.eye).unit();
    let right = forward.cross(V(0.0, 1.0, 0.0)).unit();
    let up = right.cross(forward);
    let ray = |x: f32, y: f32| {
        let (across, down) = ((x - w / 2.0) / h, (y - h / 2.0) / h);
        let way = (forward + right * (across * scene.field) - up * (down * scene.field)).unit();
        scene.look(scene.eye, way, (x / w, y / w))
    };
    let mut seen = vec![(V::default(), usize::MAX); width * height];
    let shoot = |seen: &mut Vec<(V, usize)>, x: usize, y: usize| {
        seen[y * width + x] = ray(x as f32 + 0.5, y as f32 + 0.5);
    };
    // Every other pixel of every other row first; what lies between two that agree is between them.
    for y in (0..height).step_by(2) {
        for x in (0..width).step_by(2) {
            shoot(&mut seen, x, y);
        }
    }
    for y in (0..height).step_by(2) {
        for x in (1..width).step_by(2) {
            match between(&seen, y * width + x, 1, x + 1 < width) {
                Some(value) => seen[y * width + x] = value,
                None => shoot(&mut seen, x, y),
            }
        }
    }
    for y in (1..height).step_by(2) {
        for x in 0..width {
            match between(&seen, y * width + x, width, y + 1 < height) {
                Some(value) => seen[y * width + x] = value,
                None => shoot(&mut seen, x, y),
            }
        }
    }
    let edge = |at: usize, beside: usize| {
        let ((one, first), (other, second)) = (seen[at], seen[beside]);
        let (one, other) = (one.luma().min(1.0), other.luma().min(1.0));
        first != second || (one - other).abs() > 0.05 + 0.12 * one.max(other)
    };
    let mut light: Vec<V> = seen.iter().map(|(light, _)| *light).collect();
    for y in 1..height - 1 {
        for x in 1..width - 1 {
            let at = y * width + x;
            if [at - 1, at + 1, at - width, at + width].into_iter().any(|beside| edge(at, beside)) {
                let sum = AGAIN.iter().fold(V::default(), |sum, (dx, dy)| {
                    let seen = ray(x as f32 + 0.5 + dx, y as f32 + 0.5 + dy).0;
                    sum + V(seen.0.min(2.0), seen.1.min(2.0), seen.2.min(2.0))
                });
                light[at] = sum * 0.25;
            }
        }
    }
    develop(&light, width, height)
}

/// The middle of the pixels before and after, if they are of one thing and alike.
fn between(seen: &[(V, usize)], at: usize, step: usize, both: bool) -> Option<(V, usize)> {
    if !both {
        return None;
    }
    let ((one, first), (other, second)) = (seen[at - step], seen[at + step]);
    let apart = (one.luma() - other.luma()).abs();
    (first == second && apart < 0.006 + 0.05 * one.luma().min(1.0)).then(|| ((one + other) * 0.5, first))
}

/// Bloom, vignette, curve.
pub fn develop(light: &[V], width: usize, height: usize) -> Vec<u8> {
    let small = width.div_ceil(4);
    let mut bloom = vec![V::default(); small * height.div_ceil(4)];
    for (at, value) in light.iter().enumerate() {
        let into = (at / width / 4) * small + (at % width) / 4;
        let over = (value.luma() - 1.05).clamp(0.0, 2.0) / value.luma().max(1e-3);
        bloom[into] = bloom[into] + *value * (over / 16.0);
    }
    for _ in 0..3 {
        blur(&mut bloom, small, width / 60 + 1);
    }
    let mut out = Vec::with_capacity(light.len() * 3);
    for (at, value) in light.iter().enumerate() {
        let (x, y) = (at % width, at / width);
        let (across, down) = (x as f32 / width as f32 - 0.5, y as f32 / height as f32 - 0.5);
        let dark = 1.0 - 0.45 * ramp((across * across + down * down).sqrt(), 0.35, 0.8);
        let shown = (*value + bloom[(y / 4) * small + x / 4] * 0.6) * dark;
        // A little grain of less than a step keeps dark gradients from banding.
        let grain = ((x * 37 + y * 57) % 16) as f32 / 16.0 - 0.47;
        for part in [shown.0, shown.1, shown.2] {
            out.push((curve(part) * 255.0 + 0.5 + grain).clamp(0.0, 255.0) as u8);
        }
    }
    out
}

/// The filmic curve of ACES as Narkowicz fitted it, then the eye's.
fn curve(light: f32) -> f32 {
    let x = light.max(0.0) * 0.82;
    ((x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14)).clamp(0.0, 1.0).powf(1.0 / 2.2)
}

fn blur(light: &mut Vec<V>, width: usize, radius: usize) {
    let height = light.len() / width;
    let pass = |from: &[V], count: usize, length: usize, step: usize, stride: usize| {
        let mut to = vec![V::default(); from.len()];
        let part = 1.0 / (2 * radius + 1) as f32;
        for line in 0..count {
            let at = |i: usize| line * stride + i.min(length - 1) * step;
            let mut sum = from[at(0)] * (radius + 1) as f32;
            for i in 1..=radius {
                sum = sum + from[at(i)];
            }
            for i in 0..length {
                to[at(i)] = sum * part;
                sum = sum + from[at(i + radius + 1)] - from[at(i.saturating_sub(radius))];
            }
        }
        to
    };
    let across = pass(light, height, width, 1, width);
    *light = pass(&across, width, height, width, 1);
}

/// Every `times` by `times` pixels become one; `width` is the new one's.
pub fn smaller(rgb: &[u8], width: usize, times: usize) -> Vec<u8> {
    let stride = width * times * 3;
    let height = rgb.len() / stride / times;
    let mut out = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width * 3 {
            let (pixel, part) = (x / 3, x % 3);
            let sum: usize = (0..times * times)
                .map(|at| {
                    let (row, column) = (y * times + at / times, pixel * times + at % times);
                    usize::from(rgb[row * stride + column * 3 + part])
                })
                .sum();
            out.push((sum / (times * times)) as u8);
        }
    }
    out
}
