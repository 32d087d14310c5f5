//! What a panic says, kept for the host: the trap that it ends in carries no message of its own.

use std::sync::{Mutex, PoisonError};
use wasm_bindgen::prelude::wasm_bindgen;

/// The last message of any thread.
static MESSAGE: Mutex<String> = Mutex::new(String::new());

/// Keeps messages from now on; called when the module is instantiated.
#[wasm_bindgen(start)]
pub fn keep_panic_messages() {
    std::panic::set_hook(Box::new(|info| keep(info.to_string())));
}

/// Address of the last panic's message, in UTF-8; it stays until the next one.
#[wasm_bindgen]
pub fn panic_message() -> usize {
    MESSAGE.lock().unwrap_or_else(PoisonError::into_inner).as_ptr() as usize
}

/// Bytes of the last panic's message; 0 where there was none.
#[wasm_bindgen]
pub fn panic_message_length() -> usize {
    MESSAGE.lock().unwrap_or_else(PoisonError::into_inner).len()
}

fn keep(message: String) {
    *MESSAGE.lock().unwrap_or_else(PoisonError::into_inner) = message;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_can_read_the_last_message() {
        assert_eq!(panic_message_length(), 0);
        keep("first".to_string());
        keep("second".to_string());
        let (at, length) = (panic_message() as *const u8, panic_message_length());
        // SAFETY: the message stays until the next one.
        assert_eq!(unsafe { core::slice::from_raw_parts(at, length) }, b"second");
    }
}
