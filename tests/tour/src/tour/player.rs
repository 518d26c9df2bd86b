//! A stand-in for the native player: reads the live HLS playlist and says which programme time is on screen.

use m3u8_rs::{MediaPlaylist, Playlist};
use std::time::Instant;
use url::Url;

/// Segments that a player keeps between itself and the live edge (RFC 8216, 6.3.3: three target durations).
const HOLD_BACK: usize = 3;

/// A player that started somewhere behind the live edge and plays in real time.
pub struct Player {
    started_at: Instant,
    /// Programme time of the first picture, milliseconds since the Unix epoch.
    first_moment_ms: i64,
    /// Size of the first segment it played, in bytes.
    pub first_segment_bytes: usize,
    /// How far it plays behind the live edge, milliseconds.
    pub behind_ms: i64,
}

impl Player {
    /// Reads the playlist at `url` (a master playlist leads to its first variant) and one segment, as a player would.
    pub async fn start(http: &reqwest::Client, url: &str) -> Result<Self, String> {
        let mut url = Url::parse(url).map_err(|error| error.to_string())?;
        let mut playlist = fetch(http, &url).await?;
        if let Playlist::MasterPlaylist(master) = &playlist {
            let variant = master.variants.first().ok_or("a master playlist without variants")?;
            url = url.join(&variant.uri).map_err(|error| error.to_string())?;
            playlist = fetch(http, &url).await?;
        }
        let Playlist::MediaPlaylist(media) = playlist else {
            return Err("no media playlist behind the master".to_owned());
        };
        let starts = moments(&media)?;
        let at = starts.len().checked_sub(HOLD_BACK).ok_or("too few segments to start from")?;
        let (first_moment_ms, uri) = &starts[at];
        let segment = url.join(uri).map_err(|error| error.to_string())?;
        let bytes = http
            .get(segment)
            .send()
            .await
            .and_then(reqwest::Response::error_for_status)
            .map_err(|error| format!("a segment is not there: {error}"))?
            .bytes()
            .await
            .map_err(|error| format!("a segment broke off: {error}"))?;
        let edge_ms = starts.last().map_or(0, |(start, _)| *start) + milliseconds(&media, starts.len() - 1);
        Ok(Self {
            started_at: Instant::now(),
            first_moment_ms: *first_moment_ms,
            first_segment_bytes: bytes.len(),
            behind_ms: edge_ms - *first_moment_ms,
        })
    }

    /// Programme time on screen now, milliseconds since the Unix epoch.
    pub fn moment_ms(&self) -> i64 {
        let played = i64::try_from(self.started_at.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.first_moment_ms.saturating_add(played)
    }
}

async fn fetch(http: &reqwest::Client, url: &Url) -> Result<Playlist, String> {
    let text = http
        .get(url.clone())
        .send()
        .await
        .and_then(reqwest::Response::error_for_status)
        .map_err(|error| format!("no playlist: {error}"))?
        .bytes()
        .await
        .map_err(|error| format!("the playlist broke off: {error}"))?;
    m3u8_rs::parse_playlist_res(&text).map_err(|_| "the playlist is not one".to_owned())
}

/// Programme time at which each segment starts, and its address.
fn moments(media: &MediaPlaylist) -> Result<Vec<(i64, String)>, String> {
    let mut at = None;
    media
        .segments
        .iter()
        .enumerate()
        .map(|(index, segment)| {
            let start = segment.program_date_time.map(|time| time.timestamp_millis()).or(at);
            let start = start.ok_or("the playlist has no programme time")?;
            at = Some(start + milliseconds(media, index));
            Ok((start, segment.uri.clone()))
        })
        .collect()
}

#[expect(clippy::cast_possible_truncation, reason = "seconds of one segment")]
fn milliseconds(media: &MediaPlaylist, index: usize) -> i64 {
    (f64::from(media.segments[index].duration) * 1_000.0).round() as i64
}
