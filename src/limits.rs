//! Every bound on everything, each with its reason. Nothing that a peer announces is believed
//! beyond these numbers.

/// RPC_HEADER_EXT sizes are 16 bits and MS-OXCRPC 3.1.4.2 keeps a payload within 32 KiB.
pub const ROP_PAYLOAD_MAX_BYTES: usize = 0x8000;
/// MS-OXCRPC 3.1.4.2.1.2.2: no more than 96 payloads in a response; requests get the same bound.
pub const EXTENDED_BUFFERS_MAX: usize = 96;
/// MS-OXCRPC 3.1.4.2: cbIn and the MaxRopOut a client may ask for.
pub const EXECUTE_MAX_BYTES: usize = 0x40000;
/// MS-OXCRPC 3.1.4.2: rgbAuxIn and rgbAuxOut.
pub const AUX_MAX_BYTES: usize = 0x1008;
/// Outlook's deepest restrictions (search folders) nest a dozen levels; the parser and every
/// walk over the tree recurse, so the stack sets the bound.
pub const RESTRICTION_DEPTH_MAX: u32 = 64;
/// Nodes in one restriction: Outlook's largest rules test some hundred words.
pub const RESTRICTION_NODES_MAX: usize = 4096;
