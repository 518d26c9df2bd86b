//! PNG, 8-bit RGB: rows filtered by `Sub`, one `IDAT`.

use std::io::Write;

/// `rgb` row by row, three bytes a pixel.
pub fn encode(width: usize, rgb: &[u8]) -> Vec<u8> {
    let stride = width * 3;
    let height = rgb.len() / stride;
    let mut rows = Vec::with_capacity(rgb.len() + height);
    for row in rgb.chunks_exact(stride) {
        rows.push(1);
        rows.extend_from_slice(&row[..3]);
        rows.extend(row.iter().skip(3).zip(row).map(|(here, left)| here.wrapping_sub(*left)));
    }
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    zlib.write_all(&rows).expect("a Vec takes everything");
    let packed = zlib.finish().expect("a Vec takes everything");

    let mut head = Vec::with_capacity(13);
    for side in [width, height] {
        head.extend_from_slice(&u32::try_from(side).expect("a picture's side").to_be_bytes());
    }
    head.extend_from_slice(&[8, 2, 0, 0, 0]);
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut out, *b"IHDR", &head);
    chunk(&mut out, *b"IDAT", &packed);
    chunk(&mut out, *b"IEND", &[]);
    out
}

fn chunk(out: &mut Vec<u8>, kind: [u8; 4], body: &[u8]) {
    out.extend_from_slice(&u32::try_from(body.len()).expect("a picture's size").to_be_bytes());
    let mut sum = crc32fast::Hasher::new();
    for part in [&kind[..], body] {
        sum.update(part);
        out.extend_from_slice(part);
    }
    out.extend_from_slice(&sum.finalize().to_be_bytes());
}
