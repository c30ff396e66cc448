//! The three ways in which Nix writes bytes as text: base 16, its own base 32, and base 64. Knows no hash.

/// The letters of Nix' base 32: no `e`, `o`, `t`, `u`, so that no word is spelt by accident.
const LETTERS: &[u8; 32] = b"0123456789abcdfghijklmnpqrsvwxyz";

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(in crate::eval) fn base16(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[nibble as usize]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Nix writes the number that the bytes are, the lowest byte first, from its highest digit on.
pub(in crate::eval) fn base32(bytes: &[u8]) -> String {
    let digits = base32_length(bytes.len());
    let mut text = String::with_capacity(digits);
    for digit in (0..digits).rev() {
        let bit = digit * 5;
        let (byte, shift) = (bit / 8, bit % 8);
        let low = u16::from(bytes[byte]) >> shift;
        let high = bytes.get(byte + 1).map_or(0, |next| u16::from(*next) << (8 - shift));
        text.push(char::from(LETTERS[((low | high) & 31) as usize]));
    }
    text
}

pub(in crate::eval) fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(base64_length(bytes.len()));
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let group = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let letter = BASE64[(group >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

pub(in crate::eval) fn base32_length(bytes: usize) -> usize {
    (bytes * 8).div_ceil(5)
}

pub(in crate::eval) fn base64_length(bytes: usize) -> usize {
    bytes.div_ceil(3) * 4
}

pub(in crate::eval) fn from_base16(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?)).collect()
}

/// The bytes that a text in base 32 stands for; `None` if it has other letters, or digits beyond the last byte.
pub(in crate::eval) fn from_base32(text: &str, length: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0_u8; length];
    for (digit, letter) in text.bytes().rev().enumerate() {
        let value = u16::try_from(LETTERS.iter().position(|known| *known == letter)?).ok()?;
        let bit = digit * 5;
        let (byte, shift) = (bit / 8, bit % 8);
        let [low, high] = (value << shift).to_le_bytes();
        *bytes.get_mut(byte)? |= low;
        match bytes.get_mut(byte + 1) {
            Some(next) => *next |= high,
            None if high != 0 => return None,
            None => {}
        }
    }
    Some(bytes)
}

pub(in crate::eval) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut group, mut bits) = (0_u32, 0);
    for letter in text.bytes() {
        if letter == b'=' {
            break;
        }
        if letter == b'\n' {
            continue;
        }
        group = group << 6 | u32::try_from(BASE64.iter().position(|known| *known == letter)?).ok()?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((group >> bits).to_le_bytes()[0]);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for length in [0, 1, 16, 20, 32, 64] {
            let bytes: Vec<u8> = (0..length).map(|at: u8| at.wrapping_mul(37).wrapping_add(129)).collect();
            assert_eq!(from_base16(&base16(&bytes)).unwrap(), bytes);
            assert_eq!(from_base32(&base32(&bytes), bytes.len()).unwrap(), bytes);
            assert_eq!(from_base64(&base64(&bytes)).unwrap(), bytes);
            assert_eq!(base32(&bytes).len(), base32_length(bytes.len()));
            assert_eq!(base64(&bytes).len(), base64_length(bytes.len()));
        }
    }

    #[test]
    fn other_letters_are_refused() {
        assert_eq!(from_base16("0g"), None);
        assert_eq!(from_base32("e", 1), None);
        assert_eq!(from_base32("zz", 1), None);
        assert_eq!(from_base64("a_"), None);
    }
}
