//! `uniffi-bindgen`: Kotlin from the built library (`generate --library … --language kotlin`).

fn main() {
    uniffi::uniffi_bindgen_main();
}
