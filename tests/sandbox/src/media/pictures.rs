//! Pictures as PNG, each drawn once and kept, as long as there is room.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use nightmarket_pictures::tray::{Lying, frame, photo, picture};

use super::tray::{LEFT, Pearl, RIGHT, strip_at, tray_at};
use crate::http::Request;

/// Bytes of pictures that are kept; the oldest go first.
const KEPT: usize = 64 << 20;
/// One frame of the clip, milliseconds.
const FRAME_MS: i64 = 40;
/// Where the tray's cloths end and begin, per mille.
#[allow(clippy::cast_possible_truncation, reason = "per mille")]
const CLOTHS: (u16, u16) = (LEFT as u16, RIGHT as u16);
/// Moments that are drawn; none later than the year 5138.
const MOMENTS: std::ops::RangeInclusive<i64> = 0..=100_000_000_000_000;

/// Something that can be drawn, by what its address says alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Drawing {
    /// By its name; see [`nightmarket_pictures::picture`].
    Named(String),
    /// A pearl on the tray at a moment (milliseconds of programme time), ringed.
    Photo(String, i64),
    /// What the player shows at a moment.
    Moment(i64),
}

impl Drawing {
    /// What a request asks for:
    ///
    /// - `/media/pictures/<name>.png`: `<host>-<n>` of a post, `avatar-<host>`, `poster-<host>`,
    ///   `photo-<serial>-<moment>` of a pearl;
    /// - `/media/shop/<handle>.png` of a product;
    /// - `/rooms/<room>/picture.png?moment=<moment>`: what the player shows then.
    pub fn of(request: &Request) -> Option<Self> {
        match request.segments()[..] {
            ["media", "pictures", name] => {
                let name = name.strip_suffix(".png")?;
                let Some(photo) = name.strip_prefix("photo-") else {
                    // Products have their own place.
                    return (!name.starts_with("product-")).then(|| Self::Named(name.to_owned()));
                };
                let (serial, moment) = photo.split_once('-')?;
                Some(Self::Photo(serial.to_owned(), drawable(moment)?))
            }
            ["media", "shop", name] => Some(Self::Named(format!("product-{}", name.strip_suffix(".png")?))),
            ["rooms", _, "picture.png"] => Some(Self::moment(drawable(request.query_value("moment")?)?)),
            _ => None,
        }
    }

    /// The clip's frame that is shown at a moment.
    pub fn moment(moment_ms: i64) -> Self {
        Self::Moment(moment_ms - moment_ms.rem_euclid(FRAME_MS))
    }

    /// The PNG. `None` if there is no such host, or no such pearl at that moment.
    pub fn png(&self) -> Option<Arc<Vec<u8>>> {
        let kept = || GALLERY.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(png) = kept().pictures.get(self) {
            return Some(png.clone());
        }
        // Not under the lock: two may draw the same, and nobody waits for another's picture.
        let png = Arc::new(self.draw()?);
        kept().keep(self.clone(), png.clone());
        Some(png)
    }

    fn draw(&self) -> Option<Vec<u8>> {
        match self {
            Self::Named(name) => nightmarket_pictures::picture(name),
            Self::Photo(serial, moment_ms) => {
                let meant = tray_at(*moment_ms).into_iter().find(|pearl| pearl.serial == *serial)?;
                Some(photo(&lying(*moment_ms), CLOTHS, Lying::from(&meant)))
            }
            Self::Moment(moment_ms) => Some(picture(&lying(*moment_ms), CLOTHS)),
        }
    }
}

fn drawable(moment: &str) -> Option<i64> {
    moment.parse().ok().filter(|moment| MOMENTS.contains(moment))
}

impl From<&Pearl> for Lying {
    fn from(pearl: &Pearl) -> Self {
        Self { x: pearl.x, y: pearl.y, look: pearl.look }
    }
}

fn lying(moment_ms: i64) -> Vec<Lying> {
    strip_at(moment_ms).iter().map(Lying::from).collect()
}

/// The clip's frame at a moment, 854×480, RGB.
pub fn frame_at(moment_ms: i64) -> Vec<u8> {
    frame(&lying(moment_ms), CLOTHS)
}

/// What was drawn, oldest first. One for the process: the same address is the same picture in every sandbox.
static GALLERY: Mutex<Gallery> =
    Mutex::new(Gallery { pictures: BTreeMap::new(), order: VecDeque::new(), bytes: 0 });

struct Gallery {
    pictures: BTreeMap<Drawing, Arc<Vec<u8>>>,
    order: VecDeque<Drawing>,
    bytes: usize,
}

impl Gallery {
    fn keep(&mut self, drawing: Drawing, png: Arc<Vec<u8>>) {
        let size = png.len();
        if self.pictures.insert(drawing.clone(), png).is_some() {
            return;
        }
        self.bytes += size;
        self.order.push_back(drawing);
        while self.bytes > KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.bytes -= self.pictures.remove(&oldest).map_or(0, |png| png.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nightmarket_pictures::{AVATAR, POST, PRODUCT, tray};

    const EVENING: i64 = 1_795_550_400_000;

    fn asked(path: &str, query: &str) -> Option<Drawing> {
        Drawing::of(&Request { path: path.into(), query: query.into(), ..Request::default() })
    }

    /// Width and height as the PNG says.
    fn size(png: &[u8]) -> (u16, u16) {
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
        let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
        (side(16).try_into().expect("small"), side(20).try_into().expect("small"))
    }

    #[test]
    fn addresses_name_what_is_drawn() {
        let named = |name: &str| Some(Drawing::Named(name.to_owned()));
        for (path, query, want) in [
            ("/media/pictures/mugs-1.png", "", named("mugs-1")),
            ("/media/shop/mochi.png", "", named("product-mochi")),
            ("/media/pictures/photo-P7-5000.png", "", Some(Drawing::Photo("P7".into(), 5_000))),
            ("/rooms/pearls/picture.png", "moment=1234", Some(Drawing::Moment(1_200))),
            ("/rooms/pearls/picture.png", "moment=-9223372036854775808", None),
            ("/rooms/pearls/picture.png", "", None),
            ("/media/pictures/photo-P7-9223372036854775807.png", "", None),
            ("/media/pictures/product-mochi.png", "", None),
            ("/media/pictures/mugs-1.svg", "", None),
        ] {
            assert_eq!(asked(path, query), want, "{path}?{query}");
        }
    }

    #[test]
    fn pictures_are_as_large_as_the_wire_says_and_differ() {
        let drawn = |name: &str| Drawing::Named(name.into()).png().expect(name);
        assert_eq!(size(&drawn("pearls-1")), POST);
        assert_eq!(size(&drawn("product-mochi")), PRODUCT);
        assert_eq!(size(&drawn("avatar-mugs")), AVATAR);
        assert_ne!(drawn("avatar-mugs"), drawn("avatar-pearls"));
        for nobody in ["avatar-nobody", "nobody-1", "pearls-x", "pearls"] {
            assert_eq!(Drawing::Named(nobody.into()).png(), None, "{nobody}");
        }
    }

    /// A photo is of the pearl that was meant, when it lay there; a pearl gone by then has none.
    #[test]
    fn photos_are_of_the_pearl_at_the_moment() {
        let pearls = tray_at(EVENING);
        let photo = |pearl: &Pearl| Drawing::Photo(pearl.serial.clone(), EVENING).png().expect("a photo");
        assert_eq!(size(&photo(&pearls[2])), (tray::PHOTO, tray::PHOTO));
        assert_ne!(photo(&pearls[2]), photo(&pearls[3]));
        assert_eq!(Drawing::Photo(pearls[2].serial.clone(), EVENING + 60_000).png(), None);
    }

    /// The picture of a moment is of the moment, and the clip's loop later the same.
    #[test]
    fn moments_have_their_picture() {
        let at = |moment: i64| Drawing::moment(moment).png().expect("a frame");
        assert_eq!(size(&at(EVENING)), tray::FRAME);
        assert_ne!(at(EVENING), at(EVENING + 1_000));
        assert_eq!(at(EVENING), at(EVENING + crate::media::hls::LOOP_MS));
        assert_eq!(at(EVENING), at(EVENING + FRAME_MS - 1));
    }

    #[test]
    fn the_oldest_make_room() {
        let mut gallery = Gallery { pictures: BTreeMap::new(), order: VecDeque::new(), bytes: 0 };
        for moment in 0..5 {
            gallery.keep(Drawing::Moment(moment), Arc::new(vec![0; KEPT / 3]));
        }
        assert!(gallery.bytes <= KEPT && gallery.pictures.len() == 3);
        assert!(gallery.pictures.contains_key(&Drawing::Moment(4)));
        assert!(!gallery.pictures.contains_key(&Drawing::Moment(1)));
    }
}
