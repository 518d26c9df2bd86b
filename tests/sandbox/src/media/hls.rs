//! A rolling live playlist over one short clip. The clip loops; programme time does not.

use std::fmt::Write;

use crate::env::rfc3339;

/// One segment, milliseconds of programme time.
pub const SEGMENT_MS: i64 = 2_000;
/// The same in seconds.
const SECONDS: usize = 2;
/// The clip, once.
pub const LOOP_MS: i64 = SEGMENT_MS * CLIP;
/// Segments of the clip.
const CLIP: i64 = 6;
/// Segments in the playlist.
const WINDOW: i64 = 6;

static SEGMENTS: [&[u8]; 6] = [
    include_bytes!("../../media/pearls-0.ts"),
    include_bytes!("../../media/pearls-1.ts"),
    include_bytes!("../../media/pearls-2.ts"),
    include_bytes!("../../media/pearls-3.ts"),
    include_bytes!("../../media/pearls-4.ts"),
    include_bytes!("../../media/pearls-5.ts"),
];

/// The one variant there is.
pub fn master() -> String {
    let bytes: usize = SEGMENTS.iter().map(|segment| segment.len()).sum();
    let largest = SEGMENTS.iter().map(|segment| segment.len()).max().unwrap_or(0);
    format!(
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-INDEPENDENT-SEGMENTS\n\
         #EXT-X-STREAM-INF:BANDWIDTH={},AVERAGE-BANDWIDTH={},RESOLUTION=854x480,FRAME-RATE=25.000,\
         CODECS=\"avc1.4d401e\"\nlive.m3u8\n",
        largest * 8 / SECONDS,
        bytes * 8 / (SECONDS * SEGMENTS.len()),
    )
}

/// When the first segment began. On a multiple of the loop, so that a moment alone tells what the picture shows, and
/// a loop early, so that a stream that has just started has a full window.
fn first_ms(started_at_ms: i64) -> i64 {
    (started_at_ms.div_euclid(LOOP_MS) - 1) * LOOP_MS
}

/// The media playlist at `now_ms` of a stream that went live at `started_at_ms` (both milliseconds since the epoch).
/// A segment is listed once it is over; programme time is wall time at the camera.
pub fn playlist(now_ms: i64, started_at_ms: i64) -> String {
    let first_ms = first_ms(started_at_ms);
    let over = (now_ms.max(started_at_ms) - first_ms).div_euclid(SEGMENT_MS);
    let from = (over - WINDOW).max(0);
    // Seams that have left the list. Segment 0 has none before it.
    let seams_gone = (from - 1).max(0) / CLIP;
    let mut text = format!(
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-TARGETDURATION:{}\n\
         #EXT-X-MEDIA-SEQUENCE:{from}\n#EXT-X-DISCONTINUITY-SEQUENCE:{seams_gone}\n",
        SEGMENT_MS / 1000
    );
    for number in from..over {
        if number > 0 && number % CLIP == 0 {
            text.push_str("#EXT-X-DISCONTINUITY\n");
        }
        let at = rfc3339(first_ms + number * SEGMENT_MS);
        write!(text, "#EXT-X-PROGRAM-DATE-TIME:{at}\n#EXTINF:2.000,\npearls-{number}.ts\n")
            .expect("a String takes everything");
    }
    text
}

/// The bytes of `pearls-<number>.ts`. Numbers go on, the clip repeats.
pub fn segment(name: &str) -> Option<&'static [u8]> {
    let number: usize = name.strip_prefix("pearls-")?.strip_suffix(".ts")?.parse().ok()?;
    Some(SEGMENTS[number % SEGMENTS.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Listed {
        sequence: i64,
        seams: i64,
        segments: Vec<(i64, i64, String)>,
    }

    /// Reads a playlist as RFC 8216 says: number, seams so far and date of each segment.
    fn read(text: &str) -> Listed {
        let mut listed = Listed { sequence: 0, seams: 0, segments: Vec::new() };
        let (mut number, mut seam, mut date) = (0, 0, String::new());
        for line in text.lines() {
            if let Some(value) = line.strip_prefix("#EXT-X-MEDIA-SEQUENCE:") {
                listed.sequence = value.parse().expect("a number");
                number = listed.sequence;
            } else if let Some(value) = line.strip_prefix("#EXT-X-DISCONTINUITY-SEQUENCE:") {
                listed.seams = value.parse().expect("a number");
                seam = listed.seams;
            } else if line == "#EXT-X-DISCONTINUITY" {
                seam += 1;
            } else if let Some(value) = line.strip_prefix("#EXT-X-PROGRAM-DATE-TIME:") {
                value.clone_into(&mut date);
            } else if !line.starts_with('#') {
                assert_eq!(line, format!("pearls-{number}.ts"));
                listed.segments.push((number, seam, std::mem::take(&mut date)));
                number += 1;
            }
        }
        listed
    }

    /// Over two minutes of reloads a segment keeps its number, seam and date, and nothing goes back.
    #[test]
    fn reloads_agree() {
        let started = 1_800_000_001_234;
        let mut known = std::collections::BTreeMap::new();
        let mut last = 0;
        for step in 0..480 {
            let now = started + step * 250;
            let listed = read(&playlist(now, started));
            assert_eq!(listed.segments.len(), 6);
            assert!(listed.sequence >= last);
            last = listed.sequence;
            for (number, seam, date) in listed.segments {
                let at = first_ms(started) + number * SEGMENT_MS;
                assert_eq!(date, rfc3339(at));
                assert!(at + SEGMENT_MS <= now, "only what is over is listed");
                assert_eq!(seam, number / 6, "a seam before each loop but the first");
                assert_eq!(known.entry(number).or_insert((seam, date.clone())), &(seam, date));
            }
        }
        let oldest = *known.keys().next().expect("segments");
        assert_eq!(known.len(), usize::try_from(last + 6 - oldest).expect("small"), "none skipped");
    }

    #[test]
    fn the_newest_segment_is_as_new_as_can_be() {
        let listed = read(&playlist(1_800_000_013_999, 1_800_000_000_000));
        assert_eq!(listed.segments.last().expect("segments").2, rfc3339(1_800_000_010_000));
        let listed = read(&playlist(1_800_000_014_000, 1_800_000_000_000));
        assert_eq!(listed.segments.last().expect("segments").2, rfc3339(1_800_000_012_000));
    }

    #[test]
    fn the_picture_is_a_function_of_the_moment() {
        for started in [1_800_000_000_000, 1_800_000_005_000, 1_799_999_999_999] {
            assert_eq!(first_ms(started) % LOOP_MS, 0);
        }
        assert_eq!(segment("pearls-3.ts"), segment("pearls-9.ts"));
        assert_ne!(segment("pearls-3.ts"), segment("pearls-4.ts"));
    }

    /// The clip is what its script makes: MPEG-TS packets, small enough to keep in the repository.
    #[test]
    fn the_clip_is_a_transport_stream() {
        for bytes in SEGMENTS {
            assert!(!bytes.is_empty() && bytes.len().is_multiple_of(188));
            assert!(bytes.chunks(188).all(|packet| packet[0] == 0x47));
        }
        assert!(SEGMENTS.iter().map(|segment| segment.len()).sum::<usize>() <= 700_000);
    }
}
