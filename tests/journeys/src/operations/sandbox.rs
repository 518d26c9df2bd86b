//! The sandbox's own levers: one request each.

use super::{Arguments, Fault, Outcome};
use crate::app::App;

macro_rules! levers {
    ($($name:ident),+) => {$(
        pub async fn $name(app: &mut App, given: &Arguments) -> Outcome {
            app.sandbox.control(stringify!($name), given.all()).await.map_err(Fault::Broken)
        }
    )+};
}

levers! { clock, faults, heal, script, tray, bank, books }
