//! Pictures of products, posts and hosts, drawn as SVG from their names alone: the same name, the same picture.

use std::fmt::Write;

/// How one of the clip's pearls looks; the pictures use the same.
pub struct Look {
    /// Shade, body and sheen.
    pub colours: [[u8; 3]; 3],
    /// How far it is drawn out, as a part of its radius.
    pub long: f32,
    /// How far it has knobs, as a part of its radius.
    pub knob: f32,
}

/// See [`crate::media::tray::LOOKS`].
pub const LOOKS: [Look; 6] = [
    Look { colours: [[150, 132, 120], [252, 246, 234], [246, 206, 214]], long: 0.10, knob: 0.05 },
    Look { colours: [[140, 92, 104], [248, 206, 204], [206, 190, 236]], long: 0.18, knob: 0.04 },
    Look { colours: [[84, 80, 116], [206, 200, 236], [168, 222, 216]], long: 0.05, knob: 0.10 },
    Look { colours: [[140, 96, 40], [248, 214, 142], [250, 178, 140]], long: 0.14, knob: 0.06 },
    Look { colours: [[70, 100, 98], [198, 226, 212], [212, 196, 236]], long: 0.22, knob: 0.02 },
    Look { colours: [[56, 60, 82], [148, 156, 186], [190, 140, 196]], long: 0.07, knob: 0.08 },
];

/// The kinds there are, without their other names; a picture's name is `<kind>-<anything>`.
pub const KINDS: [&str; 8] = ["pearl", "tray", "mug", "snack", "card", "crystal", "avatar", "course"];

/// The picture of that name (`mugs-1`, `pearl-P897775200`, `avatar-pearls`); `None` for a kind there is none of.
/// A pearl's serial gets the look that pearl has in the stream.
pub fn picture(name: &str) -> Option<String> {
    let (kind, rest) = name.split_once('-').unwrap_or((name, ""));
    let mut dice = Dice::new(name);
    let body = match kind {
        "pearl" => pearl_on_silk(&mut dice, rest),
        "tray" | "pearls" => tray(&mut dice),
        "mug" | "mugs" => mug(&mut dice),
        "snack" | "snacks" | "mukbang" => snack(&mut dice),
        "card" | "cards" | "pony" | "ponies" => card(&mut dice),
        "crystal" | "crystals" => crystal(&mut dice),
        "avatar" | "host" => avatar(&mut dice),
        "course" | "voice" | "english" => course(&mut dice),
        _ => return None,
    };
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"800\" height=\"800\" viewBox=\"0 0 800 800\">{body}</svg>\n"
    ))
}

/// Choices that depend on the name alone: FNV-1a, then `SplitMix64`.
struct Dice(crate::Ids);

impl Dice {
    fn new(name: &str) -> Self {
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(crate::Ids::seeded(hash))
    }

    /// From `low` to `high`, both possible.
    fn between(&mut self, low: i32, high: i32) -> i32 {
        let span = u64::from(high.abs_diff(low)) + 1;
        low + i32::try_from(self.0.next_u64() % span).unwrap_or(0)
    }

    fn hue(&mut self) -> i32 {
        self.between(0, 359)
    }
}

fn radial(id: &str, middle: &str, between: &str, edge: &str) -> String {
    format!(
        "<radialGradient id=\"{id}\" cx=\"0.36\" cy=\"0.32\" r=\"0.8\"><stop offset=\"0\" stop-color=\"{middle}\"/>\
         <stop offset=\"0.55\" stop-color=\"{between}\"/><stop offset=\"1\" stop-color=\"{edge}\"/></radialGradient>"
    )
}

fn linear(id: &str, top: &str, bottom: &str) -> String {
    format!(
        "<linearGradient id=\"{id}\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"1\"><stop offset=\"0\" stop-color=\"{top}\"/>\
         <stop offset=\"1\" stop-color=\"{bottom}\"/></linearGradient>"
    )
}

fn backdrop(top: &str, bottom: &str) -> String {
    format!(
        "<defs>{}</defs><rect width=\"800\" height=\"800\" fill=\"url(#back)\"/>",
        linear("back", top, bottom)
    )
}

fn rgb(colour: [u8; 3]) -> String {
    format!("rgb({},{},{})", colour[0], colour[1], colour[2])
}

/// An irregular pearl with shadow and gleam; `id` is its gradient's.
fn pearl(dice: &mut Dice, id: &str, look: &Look, (x, y): (i32, i32), radius: i32) -> String {
    let [dark, light, sheen] = look.colours.map(rgb);
    // A little, so that the light stays at the upper left.
    let turn = dice.between(-35, 35);
    let (wide, high) = (radius + radius * dice.between(4, 22) / 100, radius);
    let knob = radius * dice.between(12, 26) / 100;
    let gradient = radial(id, &light, &sheen, &dark);
    format!(
        "<defs>{gradient}</defs><ellipse cx=\"{}\" cy=\"{}\" rx=\"{wide}\" ry=\"{high}\" fill=\"#05061c\" \
         opacity=\"0.35\"/><g transform=\"rotate({turn} {x} {y})\"><path d=\"M{} {y}C{} {} {} {} {} {} S{} {} {} {y} \
         S{} {} {} {} S{} {} {} {y}Z\" fill=\"url(#{id})\"/></g>\
         <ellipse cx=\"{}\" cy=\"{}\" rx=\"{}\" ry=\"{}\" fill=\"#fff\" opacity=\"0.85\" \
         transform=\"rotate(-35 {x} {y})\"/>",
        x + radius / 6,
        y + radius / 4,
        x - wide,
        x - wide,
        y - high * 6 / 10,
        x - wide * 6 / 10,
        y - high,
        x,
        y - high,
        x + wide + knob,
        y - high * 5 / 10,
        x + wide,
        x + wide * 6 / 10 - knob,
        y + high + knob / 2,
        x,
        y + high - knob / 3,
        x - wide,
        y + high * 6 / 10,
        x - wide,
        x - radius / 12,
        y - radius / 2,
        radius / 5,
        radius / 9,
    )
}

/// One pearl; a serial gets the look it has in the stream.
fn pearl_on_silk(dice: &mut Dice, rest: &str) -> String {
    let rolled = usize::try_from(dice.between(0, 5)).unwrap_or(0);
    let look = rest
        .strip_prefix('P')
        .and_then(|number| number.parse::<usize>().ok())
        .map_or(rolled, |number| number % LOOKS.len());
    let mut body = backdrop("#2b3158", "#0e1024");
    for fold in 0..5 {
        let y = 120 + fold * 150 + dice.between(-30, 30);
        write!(
            body,
            "<path d=\"M0 {y}C220 {} 520 {} 800 {}\" fill=\"none\" stroke=\"#fff\" stroke-width=\"26\" opacity=\"0.05\"/>",
            y - 90,
            y + 110,
            y - 20
        )
        .expect("a String takes everything");
    }
    body + &pearl(dice, "pearl", &LOOKS[look], (400, 410), 200)
}

fn tray(dice: &mut Dice) -> String {
    let mut body = backdrop("#8a5c3c", "#5b3a26");
    body += "<rect x=\"60\" y=\"110\" width=\"680\" height=\"580\" rx=\"46\" fill=\"#c59c58\"/>\
             <rect x=\"84\" y=\"134\" width=\"632\" height=\"532\" rx=\"30\" fill=\"#1c2146\"/>";
    for row in 0..3 {
        for column in 0..4 {
            let at = (165 + column * 155 + dice.between(-16, 16), 230 + row * 170 + dice.between(-14, 14));
            let look = &LOOKS[usize::try_from(dice.between(0, 5)).unwrap_or(0)];
            let radius = dice.between(44, 56);
            body += &pearl(dice, &format!("p{row}{column}"), look, at, radius);
        }
    }
    body
}

fn mug(dice: &mut Dice) -> String {
    let hue = [205, 218, 160, 28, 350, 95][usize::try_from(dice.between(0, 5)).unwrap_or(0)];
    let glaze = linear("glaze", &format!("hsl({hue} 45% 86%)"), &format!("hsl({hue} 42% 62%)"));
    let ink = format!("hsl({hue} 60% 32%)");
    let mut body = backdrop("#f2e9dc", "#d9c6ac");
    write!(
        body,
        "<defs>{glaze}</defs><ellipse cx=\"400\" cy=\"640\" rx=\"250\" ry=\"40\" fill=\"#6b5236\" opacity=\"0.35\"/>\
         <path d=\"M560 300C700 280 700 520 545 510\" fill=\"none\" stroke=\"url(#glaze)\" stroke-width=\"46\"/>\
         <path d=\"M220 230L250 590Q256 640 310 640H490Q544 640 550 590L580 230Z\" fill=\"url(#glaze)\"/>\
         <ellipse cx=\"400\" cy=\"230\" rx=\"180\" ry=\"46\" fill=\"#fffdf6\"/>\
         <ellipse cx=\"400\" cy=\"238\" rx=\"158\" ry=\"34\" fill=\"#6a3f24\"/>\
         <path d=\"M262 300L282 560\" stroke=\"#fff\" stroke-width=\"22\" stroke-linecap=\"round\" opacity=\"0.55\"/>"
    )
    .expect("a String takes everything");
    // A brushed branch with leaves.
    write!(
        body,
        "<path d=\"M300 560C360 500 420 420 500 350\" fill=\"none\" stroke=\"{ink}\" stroke-width=\"7\"/>"
    )
    .expect("a String takes everything");
    for leaf in 0..6 {
        let (x, y) = (325 + leaf * 30, 535 - leaf * 34);
        let turn = if leaf % 2 == 0 { -70 } else { 15 } + dice.between(-18, 18);
        write!(
            body,
            "<path d=\"M0 0Q26 -20 58 0Q26 16 0 0Z\" fill=\"{ink}\" transform=\"translate({x} {y}) rotate({turn})\"/>"
        )
        .expect("a String takes everything");
    }
    body
}

fn snack(dice: &mut Dice) -> String {
    let hue = dice.between(0, 60);
    let mut body = backdrop(&format!("hsl({hue} 85% 72%)"), &format!("hsl({} 80% 56%)", hue + 24));
    let foil = linear("foil", &format!("hsl({} 75% 52%)", hue + 190), &format!("hsl({} 75% 34%)", hue + 200));
    write!(
        body,
        "<defs>{foil}</defs><path d=\"M230 120H570L556 160Q590 400 556 640L570 690H230L244 640Q210 400 244 160Z\" \
         fill=\"url(#foil)\"/><path d=\"M230 120H570L556 160H244Z M244 640H556L570 690H230Z\" fill=\"#fff\" \
         opacity=\"0.28\"/><circle cx=\"400\" cy=\"370\" r=\"126\" fill=\"#fff6df\"/>"
    )
    .expect("a String takes everything");
    for _ in 0..9 {
        let (x, y, turn) = (dice.between(320, 480), dice.between(300, 440), dice.between(0, 359));
        let shade = dice.between(48, 64);
        write!(
            body,
            "<path d=\"M-40 0Q0 -46 40 0Q0 22 -40 0Z\" fill=\"hsl(34 88% {shade}%)\" stroke=\"#b8671d\" \
             stroke-width=\"3\" transform=\"translate({x} {y}) rotate({turn})\"/>"
        )
        .expect("a String takes everything");
    }
    body + "<path d=\"M262 190Q232 400 262 610\" fill=\"none\" stroke=\"#fff\" stroke-width=\"16\" opacity=\"0.4\" \
            stroke-linecap=\"round\"/>"
}

fn card(dice: &mut Dice) -> String {
    let hue = dice.hue();
    let mut body = backdrop(&format!("hsl({hue} 70% 84%)"), &format!("hsl({} 65% 68%)", hue + 40));
    let face = linear("face", &format!("hsl({} 80% 88%)", hue + 170), &format!("hsl({} 75% 66%)", hue + 200));
    let mane = format!("hsl({} 80% 60%)", hue + 90);
    write!(
        body,
        "<defs>{face}</defs><g transform=\"rotate({} 400 400)\"><rect x=\"190\" y=\"90\" width=\"420\" height=\"620\" \
         rx=\"34\" fill=\"#fff\"/><rect x=\"214\" y=\"114\" width=\"372\" height=\"572\" rx=\"22\" fill=\"url(#face)\"/>\
         <path d=\"M300 600C280 460 300 400 360 350C350 300 372 262 398 236L420 292C500 300 540 350 556 410L508 446C\
         470 436 452 440 440 460C470 520 480 560 470 600Z\" fill=\"#fffaf2\"/>\
         <path d=\"M398 236C330 240 280 300 276 380C262 440 270 500 246 560C320 540 336 460 348 400C372 360 396 320 398 \
         236Z\" fill=\"{mane}\"/><circle cx=\"462\" cy=\"362\" r=\"16\" fill=\"#33264d\"/><circle cx=\"467\" cy=\"356\" \
         r=\"5\" fill=\"#fff\"/>",
        dice.between(-7, 7)
    )
    .expect("a String takes everything");
    for _ in 0..12 {
        let (x, y, size) = (dice.between(240, 560), dice.between(140, 660), dice.between(5, 13));
        let half = size * 3;
        write!(
            body,
            "<path d=\"M{x} {}L{} {y}L{x} {}L{} {y}Z\" fill=\"#fff\" opacity=\"0.8\"/>",
            y - half,
            x + size,
            y + half,
            x - size
        )
        .expect("a String takes everything");
    }
    body + "</g>"
}

/// A circle in 20 steps: cosines per mille.
const STEPS: [i32; 20] = [
    1000, 951, 809, 588, 309, 0, -309, -588, -809, -951, -1000, -951, -809, -588, -309, 0, 309, 588, 809, 951,
];

fn crystal(dice: &mut Dice) -> String {
    let hue = dice.hue();
    let mut body = backdrop("#f6f1f7", "#d6cbe0");
    body += "<ellipse cx=\"400\" cy=\"470\" rx=\"262\" ry=\"222\" fill=\"none\" stroke=\"#5d4a70\" stroke-width=\"40\" \
             opacity=\"0.14\"/>";
    for bead in 0..20_usize {
        let (x, y) = (400 + STEPS[bead] * 250 / 1000, 420 + STEPS[(bead + 15) % 20] * 230 / 1000);
        let (tint, deep) = (hue + dice.between(-18, 18), dice.between(44, 58));
        let id = format!("b{bead}");
        let gradient = radial(
            &id,
            &format!("hsl({tint} 80% 94%)"),
            &format!("hsl({tint} 58% {}%)", deep + 18),
            &format!("hsl({tint} 52% {}%)", deep - 14),
        );
        write!(
            body,
            "<defs>{gradient}</defs><circle cx=\"{x}\" cy=\"{y}\" r=\"41\" fill=\"url(#{id})\"/><path d=\"M{} {}L{} {}L{} \
             {}Z\" fill=\"#fff\" opacity=\"0.45\"/>",
            x - 20,
            y - 4,
            x - 4,
            y - 26,
            x + 6,
            y - 2,
        )
        .expect("a String takes everything");
    }
    body
}

fn avatar(dice: &mut Dice) -> String {
    let hue = dice.hue();
    let hair = ["#2a2026", "#4b2e22", "#6b4630", "#1d2433"][usize::try_from(dice.between(0, 3)).unwrap_or(0)];
    let skin = ["#f3d3b8", "#e8bd98", "#f7dfc9", "#d9a980"][usize::try_from(dice.between(0, 3)).unwrap_or(0)];
    let long = dice.between(380, 560);
    let back = backdrop(&format!("hsl({hue} 70% 80%)"), &format!("hsl({} 65% 60%)", hue + 50));
    format!(
        "{back}<path d=\"M214 {long}C180 160 300 120 400 120S620 160 586 {long}Z\" fill=\"{hair}\"/>\
         <path d=\"M120 800C130 640 260 590 400 590S670 640 680 800Z\" fill=\"hsl({} 55% 42%)\"/>\
         <path d=\"M346 500H454V610Q400 660 346 610Z\" fill=\"{skin}\"/><ellipse cx=\"400\" cy=\"380\" rx=\"142\" \
         ry=\"172\" fill=\"{skin}\"/><path d=\"M254 360C260 220 340 176 420 180C520 186 552 270 546 370C500 340 470 290 \
         450 250C400 310 330 350 254 360Z\" fill=\"{hair}\"/><circle cx=\"346\" cy=\"392\" r=\"14\" fill=\"#2b2230\"/>\
         <circle cx=\"454\" cy=\"392\" r=\"14\" fill=\"#2b2230\"/><path d=\"M350 462Q400 506 450 462\" fill=\"none\" \
         stroke=\"#a4483f\" stroke-width=\"10\" stroke-linecap=\"round\"/>",
        hue + 200
    )
}

fn course(dice: &mut Dice) -> String {
    let hue = dice.hue();
    let mut body = backdrop(&format!("hsl({hue} 48% 34%)"), &format!("hsl({} 52% 20%)", hue + 30));
    body += "<path d=\"M130 560C210 520 330 530 400 580C470 530 590 520 670 560V660C590 630 470 640 400 684C330 640 210 \
             630 130 660Z\" fill=\"#fff8e8\"/><path d=\"M400 580V684\" stroke=\"#c9b68a\" stroke-width=\"6\"/>";
    // Sound over the book: bars as a voice draws them.
    for bar in 0..15 {
        let tall = dice.between(40, 250) * (8 - (bar - 7_i32).abs()) / 8 + 30;
        write!(
            body,
            "<rect x=\"{}\" y=\"{}\" width=\"22\" height=\"{tall}\" rx=\"11\" fill=\"hsl({} 85% 70%)\"/>",
            158 + bar * 33,
            330 - tall / 2,
            hue + 40 + bar * 5
        )
        .expect("a String takes everything");
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small reader of tags: every one is closed, nothing is left open, no attribute is empty.
    fn well_formed(svg: &str) -> bool {
        let mut open = Vec::new();
        for tag in svg.split('<').skip(1) {
            let Some((tag, text)) = tag.split_once('>') else { return false };
            if !text.trim().is_empty() || tag.contains("\"\"") || tag.matches('"').count() % 2 != 0 {
                return false;
            }
            if let Some(name) = tag.strip_prefix('/') {
                if open.pop() != Some(name) {
                    return false;
                }
            } else if !tag.ends_with('/') {
                open.push(tag.split(' ').next().unwrap_or_default());
            }
        }
        open.is_empty()
    }

    #[test]
    fn every_kind_is_drawn_and_the_same_each_time() {
        for kind in KINDS {
            for variant in ["a", "b", "P7", "", "<script>&\""] {
                let name = format!("{kind}-{variant}");
                let svg = picture(&name).expect("drawn");
                assert_eq!(Some(&svg), picture(&name).as_ref());
                assert!(well_formed(&svg), "{svg}");
                assert!(!svg.contains("script"), "names are not written into pictures");
            }
            assert_ne!(picture(&format!("{kind}-a")), picture(&format!("{kind}-b")), "{kind}");
        }
        assert_eq!(picture("nonsense"), None);
        assert!(!well_formed("<svg><g></svg>"));
    }

    /// The picture of a serial shows the look that pearl has in the stream.
    #[test]
    fn a_serial_keeps_its_look() {
        for pearl in crate::media::tray::tray_at(1_795_550_400_000) {
            let svg = picture(&format!("pearl-{}", pearl.serial)).expect("drawn");
            assert!(svg.contains(&rgb(LOOKS[usize::from(pearl.look)].colours[1])));
        }
    }
}
