//! Writes the clip's frames (854×480, RGB, 25 a second, one loop) to standard output, for `media/make_clip.sh`.
//! Each pearl is drawn where [`nightmarket_sandbox::media::tray_at`] says.

use std::io::Write;

use nightmarket_sandbox::media::hls::LOOP_MS;
use nightmarket_sandbox::media::pictures::frame_at;

const FRAME_MS: usize = 40;

fn main() -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for moment_ms in (0..LOOP_MS).step_by(FRAME_MS) {
        out.write_all(&frame_at(moment_ms))?;
    }
    out.flush()
}
