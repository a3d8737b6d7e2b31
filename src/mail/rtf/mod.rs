//! RTF bodies: PidTagRtfCompressed and what is in it. MS-OXRTFCP, MS-OXRTFEX.
//!
//! Pure, of linear cost, and bounded (`limits::RTF_*`) whatever the bytes are. HTML or text that
//! RTF was made from is recovered as it was; of other RTF the text is read and nothing else. In
//! the other direction RTF is made that shows the text and carries the original.

mod compressed;
mod encapsulate;
mod encapsulation;
mod fonts;
mod output;
mod pieces;
mod tokens;
mod writer;

pub use compressed::{decode, encode};
pub use encapsulate::{from_html, from_text};
pub use encapsulation::{Content, read};
