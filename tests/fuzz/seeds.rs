//! Writes the examples of every decoder into a folder each: `seeds FOLDER`. They are the contract's and UCP's, read now.

#[path = "../../core/tests/seeds/mod.rs"]
mod seeds;

use std::path::Path;

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).expect("a folder to write to");
    for decoder in &nightmarket::decoders::ALL {
        let home = Path::new(&folder).join(decoder.name);
        std::fs::create_dir_all(&home)?;
        let examples = seeds::of(decoder.name);
        assert!(!examples.is_empty(), "{} has no examples", decoder.name);
        for (at, example) in examples.iter().enumerate() {
            std::fs::write(home.join(format!("example_{at}")), example)?;
        }
    }
    Ok(())
}
