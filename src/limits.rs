//! Every bound on everything, each with its reason. Nothing that a peer announces is believed
//! beyond these numbers.

use std::time::Duration;

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

// ---- store -------------------------------------------------------------------------------------

/// Raspberry Pi OS kernels have a 39-bit address space (512 GiB in all); the map is sparse.
#[cfg(target_pointer_width = "64")]
pub const MAP_SIZE_BYTES: usize = 64 << 30;
/// The map must fit 32-bit address space: 1.5 GiB opened, 2 GiB did not (cross.md).
#[cfg(not(target_pointer_width = "64"))]
pub const MAP_SIZE_BYTES: usize = 1 << 30;
/// Below this a mailbox is of no use; a refusal is then reported, not worked around.
pub const MAP_SIZE_MIN_BYTES: usize = 64 << 20;
/// Reader slots in the lock file: one per worker thread, with room for tools beside the server.
pub const STORE_READERS_MAX: u32 = 126;
/// A blob's chunk: just under 64 KiB with LMDB's page header (dependencies.md measured it).
pub const BLOB_CHUNK_BYTES: u64 = 65_520;
/// Values up to this size are kept in the object's own record, larger ones as blobs, so that
/// reading a row of a table never touches a body.
pub const INLINE_VALUE_MAX_BYTES: u64 = 1024;
/// A 48-bit counter counts folders, messages and identifiers given to clients.
pub const COUNTER_MAX: u64 = (1 << 48) - 1;
/// Deepest folder: Outlook itself shows no more than some dozens; walks recurse.
pub const FOLDER_DEPTH_MAX: usize = 128;
/// Longest folder name in characters, as Exchange has it (PidTagDisplayName of a folder).
pub const FOLDER_NAME_MAX_CHARS: usize = 255;
/// Identifiers of named properties end at FFFE (MS-OXCPRPT 1.3.1); the rest is never given out.
pub const NAMED_ID_MAX: u16 = 0xFFFE;

// ---- network edge ------------------------------------------------------------------------------

/// Connections at once, over all listeners: the usual soft limit on open files is 1024, and the
/// store, the listeners and the control socket need some of them.
pub const CONNECTIONS_MAX: usize = 800;
/// Connections at once from one address (one /64 for IPv6): a household behind one router with
/// ten Outlooks has about 150.
pub const CONNECTIONS_PER_ADDRESS_MAX: usize = 200;
/// A TLS handshake over a bad mobile line takes seconds; one that takes longer never ends.
pub const HANDSHAKE_MAX: Duration = Duration::from_secs(30);
/// Request line and fields. Outlook sends about 1 KiB; NTLM and long cookies of proxies add some.
pub const HEAD_MAX_BYTES: usize = 0x8000;
/// What is buffered of a connection in either direction beside the body at hand.
pub const CONNECTION_BUFFER_MAX_BYTES: usize = 0x10000;
/// From the first byte of a request to the end of its header.
pub const HEAD_TIME_MAX: Duration = Duration::from_secs(30);
/// A kept-alive connection without a request; the servers that Outlook knows keep two minutes.
pub const KEEP_ALIVE_IDLE: Duration = Duration::from_secs(150);
/// Execute's largest RopBuffer, its auxiliary buffer and the fields around them.
pub const REQUEST_BODY_MAX_BYTES: usize = EXECUTE_MAX_BYTES + 0x4000;
/// Between two pieces of a request body.
pub const BODY_IDLE_MAX: Duration = Duration::from_secs(60);
/// A whole request body: 256 KiB at 1 KiB/s.
pub const BODY_TIME_MAX: Duration = Duration::from_secs(300);
/// What is read and thrown away of a body that is refused, so that the client gets to read why.
pub const DRAIN_MAX_BYTES: usize = 0x10_0000;
/// How long such throwing away may take.
pub const DRAIN_TIME_MAX: Duration = Duration::from_secs(10);
/// A peer that takes no byte of an answer for so long is gone.
pub const WRITE_STALL_MAX: Duration = Duration::from_secs(300);
/// Session contexts of one user at each endpoint. Outlook never disconnects, and opens about six
/// for each mailbox it shows; beyond this the one longest idle goes.
pub const CONTEXTS_PER_USER_MAX: usize = 128;
/// Session contexts of the whole box at each endpoint.
pub const CONTEXTS_MAX: usize = 1024;
/// Context cookies looked at in one request; a client has one for each endpoint.
pub const COOKIES_MAX: usize = 8;
/// NotificationWait requests at once in one context: one is usual, others belong to connections
/// that are dead without our knowing. The oldest ends when another comes.
pub const NOTIFICATION_WAITS_MAX: u64 = 4;
/// An Autodiscover request holds an address and two names.
pub const AUTODISCOVER_BODY_MAX_BYTES: usize = 0x10000;
/// Elements inside each other in an Autodiscover request; the schema has three.
pub const XML_DEPTH_MAX: u32 = 16;
/// How long a stopping server waits for answers that are under way.
pub const STOP_TIME_MAX: Duration = Duration::from_secs(20);
