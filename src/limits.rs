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
/// Multiparts and embedded messages inside one another: mail that people send nests about eight
/// levels, the reader and every walk over the parts recurse, and each level scans its bytes again.
pub const MIME_DEPTH_MAX: usize = 32;
/// Parts of one message, embedded ones included: digests of a busy list hold some hundred.
pub const MIME_PARTS_MAX: usize = 4096;
/// The header of one part; mail servers refuse far smaller ones. What follows is not read as fields.
pub const MIME_HEADER_MAX_BYTES: usize = 1 << 20;
/// Recipients of one message: Exchange's own default is 500 for a message that is sent.
pub const MIME_RECIPIENTS_MAX: usize = 8192;
/// PidTagSubjectPrefix and PidTagNormalizedSubject together: less than 254 (MS-OXCMSG 2.2.1.9).
pub const SUBJECT_MAX_UNITS: usize = 253;
/// PidTagConversationIndex: the header and 200 replies; a longer Thread-Index is no conversation.
pub const CONVERSATION_INDEX_MAX_BYTES: usize = 22 + 5 * 200;
/// PidTagAttachLongFilename: as long as Windows lets a file name be.
pub const ATTACH_FILENAME_MAX_UNITS: usize = 255;
/// PidNameKeywords: Outlook shows two dozen categories at most.
pub const KEYWORDS_MAX: usize = 256;
/// One message of an mbox file, which is held in memory: more than any mail server lets through.
pub const MBOX_MESSAGE_MAX_BYTES: usize = 256 << 20;
