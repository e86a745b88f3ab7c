//! A terminal whose keys come one by one, and which is as it was once this is dropped.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{self, LocalModes, OptionalActions, SpecialCodeIndex, Termios};
use std::io::{self, Write};
use std::time::Duration;

/// How wide a terminal is that does not say it.
const WIDTH: usize = 80;

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Backspace,
    Char(char),
    /// Ctrl-U: the line is to be empty.
    Clear,
    /// Ctrl-C, or Ctrl-D.
    End,
    Enter,
    Escape,
}

/// The terminal.
pub(super) struct Terminal {
    before: Termios,
    /// Bytes of a character that has not come whole.
    begun: Vec<u8>,
}

impl Terminal {
    /// Has the keys come one by one, unseen.
    pub(super) fn open() -> io::Result<Terminal> {
        let before = termios::tcgetattr(io::stdin())?;
        let mut raw = before.clone();
        raw.local_modes &= !(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG | LocalModes::IEXTEN);
        raw.special_codes[SpecialCodeIndex::VMIN] = 1;
        raw.special_codes[SpecialCodeIndex::VTIME] = 0;
        termios::tcsetattr(io::stdin(), OptionalActions::Now, &raw)?;
        Ok(Terminal { before, begun: Vec::new() })
    }

    /// How wide it is, in characters.
    pub(super) fn width(&self) -> usize {
        termios::tcgetwinsize(io::stdout()).map_or(WIDTH, |size| usize::from(size.ws_col)).max(20)
    }

    /// Keys that come within so long. `None`: there will be none any more.
    pub(super) fn keys(&mut self, within: Duration) -> io::Result<Option<Vec<Key>>> {
        let stdin = io::stdin();
        let nanos = i64::from(within.subsec_nanos());
        let within = Timespec { tv_sec: i64::try_from(within.as_secs()).unwrap_or(i64::MAX), tv_nsec: nanos as _ };
        let mut polled = [PollFd::new(&stdin, PollFlags::IN)];
        match poll(&mut polled, Some(&within)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(Some(Vec::new())),
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
        let mut bytes = [0; 256];
        // Unbuffered: what the standard library kept would not be seen by the next poll.
        let count = match rustix::io::read(&stdin, &mut bytes) {
            Ok(0) => return Ok(None),
            Ok(count) => count,
            Err(rustix::io::Errno::INTR) => 0,
            // The other end of a pseudo-terminal is gone.
            Err(rustix::io::Errno::IO) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        self.begun.extend_from_slice(&bytes[..count]);
        Ok(Some(read(&mut self.begun)))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Nobody is left to be told when this fails.
        let _ = io::stdout().write_all(b"\x1b[?25h");
        let _ = io::stdout().flush();
        let _ = termios::tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
    }
}

/// Takes whole keys out of bytes.
fn read(bytes: &mut Vec<u8>) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut rest = bytes.as_slice();
    while let Some(first) = rest.first() {
        let (key, used) = match first {
            b'\r' | b'\n' => (Some(Key::Enter), 1),
            0x03 | 0x04 => (Some(Key::End), 1),
            0x15 => (Some(Key::Clear), 1),
            0x08 | 0x7f => (Some(Key::Backspace), 1),
            0x1b if matches!(rest.get(1), Some(b'[' | b'O')) => {
                // Arrows and the like mean nothing here.
                let end = rest.iter().skip(2).position(|byte| (0x40..=0x7e).contains(byte));
                (None, end.map_or(rest.len(), |end| end + 3))
            }
            0x1b => (Some(Key::Escape), 1),
            first => {
                let length = match first {
                    0xf0.. => 4,
                    0xe0.. => 3,
                    0xc0.. => 2,
                    _ => 1,
                };
                if rest.len() < length {
                    break;
                }
                let text = std::str::from_utf8(&rest[..length]).ok().and_then(|text| text.chars().next());
                (text.filter(|c| !c.is_control()).map(Key::Char), length)
            }
        };
        keys.extend(key);
        rest = &rest[used..];
    }
    *bytes = rest.to_vec();
    keys
}

#[cfg(test)]
mod tests {
    use super::{Key, read};

    #[test]
    fn bytes_are_keys() {
        let mut bytes = "1é\r\u{1b}[A\u{7f}\u{3}".as_bytes().to_vec();
        bytes.push(0xe2);
        assert_eq!(read(&mut bytes), [Key::Char('1'), Key::Char('é'), Key::Enter, Key::Backspace, Key::End]);
        assert_eq!(bytes, [0xe2], "a character that has not come whole waits");
        bytes.extend([0x82, 0xac, 0x1b]);
        assert_eq!(read(&mut bytes), [Key::Char('€'), Key::Escape]);
    }
}
