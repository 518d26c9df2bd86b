//! Draws pictures into a folder, to be looked at: `draw <folder> <name>…`.

use std::time::Instant;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| ".".into());
    for name in arguments {
        let began = Instant::now();
        match nightmarket_pictures::picture(&name) {
            Some(png) => {
                std::fs::write(format!("{folder}/{name}.png"), &png)?;
                println!("{name}: {} ms, {} kB", began.elapsed().as_millis(), png.len() / 1000);
            }
            None => println!("{name}: no such picture"),
        }
    }
    Ok(())
}
