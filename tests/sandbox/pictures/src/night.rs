//! What is behind: a dark sky and lights out of focus.

use crate::math::{Dice, V, mix, ramp, rgb};

struct Blur {
    at: (f32, f32),
    radius: f32,
    light: V,
}

/// The night of one picture.
pub struct Night {
    above: V,
    below: V,
    blurs: Vec<Blur>,
}

impl Night {
    /// Of two colours, with so many lights of the given ones.
    pub fn new(dice: &mut Dice, above: u32, below: u32, lights: &[u32], count: usize) -> Self {
        let blurs = (0..count)
            .map(|_| Blur {
                at: (dice.between(-0.05, 1.05), dice.between(0.02, 0.50)),
                radius: dice.between(0.014, 0.062),
                light: rgb(dice.pick(lights)) * dice.between(0.10, 0.55),
            })
            .collect();
        Self { above: rgb(above), below: rgb(below), blurs }
    }

    /// At a spot in parts of the picture's width.
    pub fn at(&self, (x, y): (f32, f32)) -> V {
        let mut seen = mix(self.above, self.below, ramp(y, 0.0, 0.6));
        for blur in &self.blurs {
            if (y - blur.at.1).abs() > 3.0 * blur.radius || (x - blur.at.0).abs() > 3.0 * blur.radius {
                continue;
            }
            let far = ((x - blur.at.0).powi(2) + (y - blur.at.1).powi(2)).sqrt() / blur.radius;
            let disc = (1.0 - ramp(far, 0.82, 1.02)) * (0.75 + 0.25 * far * far);
            seen = seen + blur.light * (disc + 0.10 * (1.0 - ramp(far, 0.5, 3.0)));
        }
        seen
    }
}
