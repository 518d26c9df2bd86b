#!/bin/sh
# Makes the clip of the tray once; its six segments are committed. Needs ffmpeg with libx264.
# The frames come from the same function that says where the pearls are, so picture and tray agree.
set -eu
cd "$(dirname "$0")"
cargo run --quiet --package nightmarket-sandbox --example clip_frames |
  ffmpeg -hide_banner -loglevel warning -y -f rawvideo -pixel_format rgb24 -video_size 854x480 -framerate 25 -i - \
    -c:v libx264 -profile:v main -level 3.0 -pix_fmt yuv420p -preset veryslow -crf 25 -threads 1 \
    -g 50 -keyint_min 50 -sc_threshold 0 -bf 0 -map_metadata -1 -fflags +bitexact -flags:v +bitexact \
    -f segment -segment_time 2 -segment_format mpegts -segment_format_options mpegts_flags=+resend_headers+initial_discontinuity \
    -muxdelay 0 -muxpreload 0 pearls-%d.ts
ls -l pearls-*.ts
