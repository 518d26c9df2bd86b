//! The evening's pictures, as PNG, drawn from their names alone: the same name, the same picture.
//!
//! [`picture`] for posts, products and hosts; [`tray::frame`] and [`tray::photo`] for the stream's tray of pearls.

// Pixels and vectors: small numbers, rounded on purpose, with the names geometry has for them.
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::many_single_char_names,
    clippy::similar_names
)]
// Colours are written as everywhere: six digits.
#![allow(clippy::unreadable_literal)]

mod film;
mod food;
mod math;
mod night;
mod png;
mod scene;
mod scenes;
mod shapes;
mod things;
pub mod tray;
mod wares;

/// How a pearl looks: in the stream, and in every picture of one.
#[derive(Debug)]
pub struct Look {
    /// Shade, body and sheen.
    pub colours: [[u8; 3]; 3],
    /// How far it is drawn out, as a part of its radius.
    pub long: f32,
    /// How far it has knobs, as a part of its radius.
    pub knob: f32,
}

/// The looks of the stream's pearls, in their order.
pub const LOOKS: [Look; 6] = [
    Look { colours: [[150, 132, 120], [252, 246, 234], [246, 206, 214]], long: 0.10, knob: 0.05 },
    Look { colours: [[140, 92, 104], [248, 206, 204], [206, 190, 236]], long: 0.18, knob: 0.04 },
    Look { colours: [[84, 80, 116], [206, 200, 236], [168, 222, 216]], long: 0.05, knob: 0.10 },
    Look { colours: [[140, 96, 40], [248, 214, 142], [250, 178, 140]], long: 0.14, knob: 0.06 },
    Look { colours: [[70, 100, 98], [198, 226, 212], [212, 196, 236]], long: 0.22, knob: 0.02 },
    Look { colours: [[56, 60, 82], [148, 156, 186], [190, 140, 196]], long: 0.07, knob: 0.08 },
];

/// Width and height of the pictures of posts, products and hosts, in pixels.
pub const POST: (u16, u16) = (800, 1000);
/// See [`POST`].
pub const PRODUCT: (u16, u16) = (600, 600);
/// See [`POST`].
pub const AVATAR: (u16, u16) = (128, 128);

/// A picture as PNG: `<host>-<n>` of a post, `avatar-<host>`, `poster-<host>`, `product-<handle>`. `None` for a host there is none of.
pub fn picture(name: &str) -> Option<Vec<u8>> {
    let (kind, rest) = name.split_once('-')?;
    let (scene, (width, height)) = match kind {
        "avatar" => (wares::avatar(rest)?, AVATAR),
        "poster" => (scenes::poster(rest)?, tray::FRAME),
        "product" => (wares::product(rest), PRODUCT),
        _ => (scenes::post(kind, rest.parse().ok()?)?, POST),
    };
    let (width, height) = (usize::from(width), usize::from(height));
    // A small picture is a larger one made smaller: all of it is edges.
    let times = if kind == "avatar" { 3 } else { 1 };
    let rgb = film::expose(&scene, width * times, height * times);
    Some(png::encode(width, &film::smaller(&rgb, width, times)))
}
