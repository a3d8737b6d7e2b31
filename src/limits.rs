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
/// Multiparts and embedded messages inside one another: mail that people send nests about eight
/// levels, the reader and every walk over the parts recurse, and each level scans its bytes again.
pub const MIME_DEPTH_MAX: usize = 32;
/// Parts of one message, embedded ones included: digests of a busy list hold some hundred.
pub const MIME_PARTS_MAX: usize = 4096;
/// The header of one part; mail servers refuse far smaller ones. What follows is not read as fields.
pub const MIME_HEADER_MAX_BYTES: usize = 1 << 20;
/// Content-Type and Content-Disposition: a file name is the longest thing in them, and joining its
/// pieces takes the square of their number.
pub const MIME_PARAMETERS_MAX_BYTES: usize = 16 << 10;
/// RFC 2047 allows 75; some senders put a whole subject into one word.
pub const ENCODED_WORD_MAX_BYTES: usize = 8 << 10;
/// Beginnings of encoded words without an end in one field: each costs a look at the whole rest.
pub const BROKEN_WORDS_MAX: usize = 64;
/// Locked regions of streams: no client of today locks any.
pub const REGIONS_MAX: usize = 1024;
/// After so much silence of its session a lock may be taken by another one. MS-OXCPRPT 3.2.5.21
pub const REGION_SILENCE_MAX_S: u64 = 30;
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

// ---- store -------------------------------------------------------------------------------------

/// Raspberry Pi OS kernels have a 39-bit address space (512 GiB in all); the map is sparse.
#[cfg(target_pointer_width = "64")]
pub const MAP_SIZE_BYTES: usize = 64 << 30;
/// The map must fit 32-bit address space: 1.5 GiB opened, 2 GiB did not (cross.md).
#[cfg(not(target_pointer_width = "64"))]
pub const MAP_SIZE_BYTES: usize = 1 << 30;
/// Below this a mailbox is of no use; a refusal is then reported, not worked around.
pub const MAP_SIZE_MIN_BYTES: usize = 64 << 20;
/// Address space that the map leaves free: some twenty stacks of 2 MiB, password hashes of 19 MiB, the
/// session store, messages on their way.
pub const MAP_ROOM_BESIDE_BYTES: usize = 128 << 20;
/// The part of the map, one of so many, in which nothing is added: deleting takes pages too.
pub const MAP_KEPT_FOR_DELETING: u64 = 32;
/// And no more than this: a batch that deletes dirties some hundred pages.
pub const MAP_KEPT_MAX_BYTES: u64 = 16 << 20;
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
/// Identifiers of named properties end with FFFE; FFFF is never given out.
pub const NAMED_ID_MAX: u16 = 0xFFFE;
/// The first of them: greater than 8000. MS-OXCPRPT 3.2.5.10
pub const NAMED_ID_MIN: u16 = 0x8001;

// ---- sessions ----------------------------------------------------------------------------------

/// gromox allows 32,768 handles per logon and real Outlooks live with it (outlook.md §5).
pub const OBJECTS_PER_SESSION_MAX: usize = 32_768;
/// Handles stay within a signed 32-bit number (outlook.md §5).
pub const HANDLE_MAX: u32 = 0x7FFF_FFFF;
/// Operations in one batch: the request list is at most 32 KiB and the shortest operation 3 bytes.
pub const ROPS_PER_BATCH_MAX: usize = 0x8000 / 3;
/// A property written through a stream: attachments of 150 MB (SUBMIT_MAX_KIB) with room to spare.
pub const STREAM_MAX_BYTES: u64 = 256 << 20;
/// What a stream holds in memory of what is written to it; more goes to the store, this much at a
/// time, so that flash sees one fsync for each and not one for each 32 KiB of the client's.
pub const STREAM_MEMORY_MAX_BYTES: usize = 512 << 10;
/// Recipients of one message: Exchange's own default for a mailbox is 500; lists are expanded later.
pub const RECIPIENTS_MAX: usize = 4096;
/// Attachments of one message.
pub const ATTACHMENTS_MAX: usize = 1024;
/// Embedded messages within embedded messages; walks over them recurse.
pub const EMBEDDED_DEPTH_MAX: usize = 16;
/// Properties of the store lie in the mailbox's record, which every change in the mailbox writes.
pub const STORE_PROPERTIES_MAX_BYTES: u64 = 64 << 10;
/// Properties of a folder lie in its record, which every change in the folder writes. Outlook keeps
/// up to 32,720 bytes of PR_OST_OSTID there (outlook.md §7).
pub const FOLDER_PROPERTIES_MAX_BYTES: u64 = 256 << 10;
/// PidTagMaximumSubmitMessageSize: what home users send; below it Outlook says nothing useful when
/// the server refuses late (outlook.md §11).
pub const SUBMIT_MAX_KIB: u64 = 150 << 10;
/// PidTagExtendedRuleSizeLimit, as Exchange has it.
pub const EXTENDED_RULE_MAX_BYTES: u64 = 98_304;
/// A text or binary in a cell of a table; of a longer one the cell has the beginning. MS-OXCTABL
/// 2.2.2.5.2
pub const CELL_MAX_BYTES: usize = 510;
/// Bookmarks of one table.
pub const BOOKMARKS_MAX: usize = 256;
/// Levels of categories: Outlook's "group by" dialog has four.
pub const CATEGORY_LEVELS_MAX: usize = 8;
/// Columns of one table: Outlook's largest views ask for about 80.
pub const COLUMNS_MAX: usize = 1024;
// ---- address book -------------------------------------------------------------------------------

/// MS-OXCMAPIHTTP 2.2.1.8: a LargePropertyTagArray holds at most 100,000 tags; lists of MIds,
/// names, DNs and values in address book requests get the same bound.
pub const NSPI_LIST_MAX: usize = 100_000;
/// Bytes in one value of an address book request: the range of Binary_r. MS-OXNSPI 2.2.2.3
pub const NSPI_BINARY_MAX: usize = 2_097_152;
/// Columns that one address book row is made of; Outlook asks for some sixty. More is the
/// "excessive" list that MS-OXNSPI 3.1.4.1.7 answers with TableTooBig.
pub const NSPI_COLUMNS_MAX: usize = 4096;
/// Bytes of rows in one address book answer: a short answer is allowed (MS-OXNSPI 3.1.4.1.8), an
/// answer as large as the table times the columns asked for is not affordable.
pub const NSPI_ROWS_MAX_BYTES: usize = 0x10_0000;
/// Names in one ResolveNames request; each costs a search, and messages have fewer recipients.
pub const NSPI_NAMES_MAX: usize = 5000;
/// Nodes of a GetMatches restriction times rows to test: 200 nodes on 10,000 people, about a
/// second of work on a Raspberry Pi. More is the search that is "too complex".
pub const NSPI_MATCH_STEPS_MAX: usize = 2_000_000;

/// Aliases of one entry, and its X500 addresses: every address that a person ever had.
pub const DIRECTORY_NAMES_MAX: usize = 100;
/// Characters of one fact of the directory: notes are the longest, the rest are names and numbers.
pub const DIRECTORY_TEXT_MAX: usize = 1024;
/// Members of one group; with groups in groups more can be reached.
pub const GROUP_MEMBERS_MAX: usize = 10_000;

// ---- auth ---------------------------------------------------------------------------------------

/// A name of 320 bytes and a password of as many, in base64, fit several times.
pub const AUTHORIZATION_MAX_BYTES: usize = 4096;
/// A verdict spares Argon2 for a quarter of an hour: four hashes an hour for each password in use.
pub const VERDICT_S: u64 = 15 * 60;
/// Verdicts remembered: more passwords than a household or a small office has devices.
pub const VERDICTS_MAX: usize = 1024;
/// Addresses whose failures are remembered (about 200 bytes each with one account).
pub const THROTTLE_ADDRESSES_MAX: usize = 1024;
/// Names that nobody has, told apart at one address; the rest share one count.
pub const THROTTLE_ACCOUNTS_MAX: usize = 32;
/// Wrong passwords known as wrong, for each address and account: devices with an old password.
pub const THROTTLE_TAGS_MAX: usize = 8;
/// Wrong passwords that cost nothing: a person's typing errors.
pub const THROTTLE_FREE_FAILURES: u32 = 3;
/// The longest delay between two attempts: 1,440 guesses a day.
pub const THROTTLE_DELAY_MAX_S: u64 = 60;
/// An attempt whose turn is further off is turned away instead of held, before clients give up.
pub const THROTTLE_WAIT_MAX_S: u64 = 15;
/// Failures are forgotten after an hour of peace.
pub const THROTTLE_FORGET_S: u64 = 3600;
/// Hashes at once, at most: 19 MiB each. Fewer on machines with fewer cores.
pub const HASHES_MAX: usize = 4;
/// Attempts waiting for a hash, in all.
pub const HASH_WAITERS_MAX: usize = 64;
/// Attempts waiting for a hash from one address: Outlook opens a handful of connections at a start.
pub const HASH_WAITERS_PER_ADDRESS_MAX: usize = 16;

// ---- control socket and imports -----------------------------------------------------------------

/// A batch of an import with one message of the greatest length, and room for its frame.
pub const CONTROL_FRAME_MAX_BYTES: u32 = 160 << 20;
/// Command lines at once: more than one administrator types.
pub const CONTROL_CONNECTIONS_MAX: usize = 8;
/// A command line asks within this time or is taken for dead.
pub const CONTROL_IDLE_S: u64 = 300;
/// Messages in one commit: other writers wait for it (architecture, section 6).
pub const IMPORT_BATCH_MAX: usize = 100;
/// Bytes after which a batch is sent, full or not: what both ends hold in memory.
pub const IMPORT_BATCH_BYTES: usize = 4 << 20;
/// One message to import; both ends hold it in memory.
pub const IMPORT_MESSAGE_MAX_BYTES: usize = 128 << 20;
/// Directories inside each other that an import looks into.
pub const IMPORT_DIRECTORY_DEPTH_MAX: usize = 32;
/// Levels in the name of a folder to import into.
pub const IMPORT_FOLDER_DEPTH_MAX: usize = 16;
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
/// How long a stopping server waits for answers that are under way; a second is left of the five in
/// which it shall be gone. What has not ended then is kept as its last answer left it.
pub const STOP_TIME_MAX: Duration = Duration::from_secs(4);
/// A client that lost its connection may be back on a new one before the end of the old one is
/// noticed here: by that much, on one network. A request that is really a second one at once is
/// refused only that much later.
pub const HANG_UP_NOTICE_TIME: Duration = Duration::from_millis(100);
/// How long a request waits for the batch that its client's lost connection left behind.
pub const ABANDONED_BATCH_TIME_MAX: Duration = Duration::from_secs(30);
/// Blobs that one transaction sweeps away: a writer waits for it.
pub const SWEEP_BLOBS_MAX: usize = 16;
/// Softly deleted objects that one transaction deletes for good: a writer waits for it. The usual one
/// is a message of some KiB.
pub const PURGE_OBJECTS_MAX: usize = 64;

// ---- scripted client ---------------------------------------------------------------------------

/// One address of a server, TCP and TLS.
pub const CLIENT_CONNECT_MAX: Duration = Duration::from_secs(15);
/// Between two pieces of an answer: twice the longest usual time between PENDING lines.
pub const CLIENT_PATIENCE: Duration = Duration::from_secs(60);
/// The body of an answer: Execute's and the address book's are at most 1 MiB.
pub const CLIENT_BODY_MAX_BYTES: usize = 8 << 20;
/// Header fields of a response; ours have about fifteen.
pub const CLIENT_FIELDS_MAX: usize = 256;
/// A stream that the client reads whole.
pub const CLIENT_STREAM_MAX_BYTES: usize = 64 << 20;
/// Redirects that an Autodiscover client follows (autodiscover.md §1).
pub const CLIENT_REDIRECTS_MAX: usize = 10;
/// Events of one transaction told one by one: an import commits 100 messages, and who empties a
/// larger folder reads it anew sooner than event by event.
pub const COMMIT_EVENTS_MAX: usize = 8192;
/// Events that wait for one session. gromox keeps 65,536; a client that has not asked after this
/// many is asleep, and reading its tables anew is cheaper for it (outlook.md §8).
pub const SESSION_EVENTS_MAX: usize = 4096;
/// Rows looked at for the one that a changed row stands after.
pub const ROWS_BEFORE_MAX: usize = 64;
/// Row data in one event: larger rows are left to be read from the table, so that an event always
/// fits a response beside others.
pub const EVENT_ROW_MAX_BYTES: usize = 8 << 10;
/// Commits kept while one batch runs: fifty writes a second for twenty seconds, which is longer
/// than any batch should take.
pub const COMMITS_MEANWHILE_MAX: usize = 1024;
/// PidTagMessageClass is shorter than 256 characters (MS-OXCMSG 2.2.1.3).
pub const MESSAGE_CLASS_MAX_CHARS: usize = 255;

// ---- body conversions ---------------------------------------------------------------------------

/// A body that is converted for a client that asks for another form of it: the longest threads are
/// some MiB of HTML, and a conversion holds a few copies. A longer body is there as it is stored.
pub const BODY_CONVERSION_MAX_BYTES: u64 = 8 << 20;
/// What a conversion may grow to: two references of compressed RTF make 34 bytes of 4, and one
/// character of HTML some 40 bytes of RTF. Beyond it there is no converted body.
pub const RTF_MAX_BYTES: usize = 32 << 20;
/// Groups inside one another in RTF: Word's tables and lists nest some dozens; each open group is
/// remembered.
pub const RTF_GROUPS_MAX: usize = 1024;
/// Places compared for the longest match while RTF is compressed: bounds the work for each byte.
pub const RTF_MATCHES_MAX: usize = 64;

// ---- backups -----------------------------------------------------------------------------------

/// A piece of a copy: what a pipe holds is 64 KiB.
pub const COPY_BUFFER_BYTES: usize = 64 << 10;
/// Key and value of one record of a dump: the largest records are heads of messages and
/// attachments with embedded messages, whose values above 1 KiB are blobs of at most 64 KiB a piece.
pub const DUMP_RECORD_MAX_BYTES: u32 = 64 << 20;
/// What a load writes in one commit: dirty pages are held in memory.
pub const LOAD_COMMIT_BYTES: usize = 8 << 20;
/// A file of secrets beside a backup: keys and certificates, a few KiB each.
pub const SECRET_MAX_BYTES: u32 = 1 << 20;
/// Violations of one kind that are listed; a damaged page makes thousands of one sort.
pub const VIOLATIONS_SHOWN: usize = 20;
/// How many times `check --repair` looks again: a repair may bring to light what it hid.
pub const REPAIR_ROUNDS_MAX: usize = 4;

// ---- synchronisation ----------------------------------------------------------------------------

/// Counters that a folder takes at once for its messages: the range of each block takes 16 bytes of the
/// sets that clients upload, and 2^48 counters last for 2^40 blocks.
pub const MESSAGE_ID_BLOCK: u32 = 256;

/// Ranges of one IDSET: 16 bytes each in memory. Outlook itself has trouble from 100,000 messages in
/// a folder on (outlook.md §9), and a mailbox compacts to far fewer.
pub const IDSET_RANGES_MAX: usize = 1 << 17;
/// Replicas in one IDSET: the mailbox's own, and those of mailboxes that an .ost came from.
pub const IDSET_REPLICAS_MAX: usize = 64;
/// One state property while it is uploaded: as many ranges of 14 bytes.
pub const STATE_STREAM_MAX_BYTES: usize = 2 << 20;
/// Changes in a PredecessorChangeList: one for each copy that ever changed the object.
pub const CHANGE_LIST_XIDS_MAX: usize = 1024;
/// A value of a FastTransfer stream that is read in one piece: lists, and 8-bit strings that have to
/// be converted. What is longer would be held in memory until it is whole.
pub const TRANSFER_VALUE_MAX_BYTES: usize = 1 << 20;
/// From here on a binary or Unicode string of a FastTransfer stream is written to the store as it
/// comes: two buffers' worth.
pub const TRANSFER_LARGE_BYTES: usize = 64 << 10;
/// Changes of one user's read state that a public folder remembers, some 60 bytes each: a client that
/// missed more has every message that it knows compared.
pub const READ_CHANGES_KEPT_MAX: u64 = 1024;
/// Deletions that a folder remembers, some 80 bytes each: a client that missed more is told by
/// comparing what it has with what is there.
pub const GRAVES_PER_FOLDER_MAX: u32 = 16_384;
/// Entries of the index of changes that a synchronisation takes at a time: 16 bytes each are kept
/// with its context.
pub const SYNC_SCAN_MAX: usize = 512;
/// Changes that are sorted by their delivery; for more the folder is gone through in that order.
pub const SYNC_SORT_MAX: usize = 1024;

// ---- other databases ----------------------------------------------------------------------------

/// Databases of other mailboxes that a mailbox gives numbers to: one for each .ost or .pst whose
/// items were ever moved into it.
pub const REPLICAS_MAX: usize = 1024;
/// Public folders of another server whose read state a mailbox keeps.
pub const PER_USER_ROWS_MAX: usize = 4096;
/// Read state of one of them: ranges of 14 bytes.
pub const PER_USER_MAX_BYTES: usize = 64 << 10;
/// A part of it in one response; Exchange has the same (exchange.md).
pub const PER_USER_PART_MAX_BYTES: u16 = 4096;

// ---- kept sessions -------------------------------------------------------------------------------

/// The session store: an Outlook at rest takes some 64 kB of it, an unsaved message more. On tmpfs this
/// is memory, but only what is used.
pub const SESSION_STORE_MAX_BYTES: usize = 128 << 20;
/// In a small address space: some hundred sessions.
pub const SESSION_STORE_MIN_BYTES: usize = 4 << 20;
/// Transactions of which it is kept what they changed, for sessions that are resumed after a crash:
/// they have written down what they heard of earlier ones, or are told to read everything anew.
pub const COMMITS_KEPT_MAX: u64 = 1024;
/// Bytes of one of them; of a larger one it is kept that much has changed.
pub const COMMIT_KEPT_MAX_BYTES: usize = 64 << 10;
/// Of what a client calls itself. Outlook's is `Outlook/15.0.4815.1002`.
pub const CLIENT_NAME_MAX_CHARS: usize = 64;

// ---- search folders ----------------------------------------------------------------------------

/// Search folders of one mailbox that have criteria: each change of a message looks at their scopes.
/// Outlook makes some dozen, and one for each place somebody searches in.
pub const SEARCHES_MAX: usize = 500;
/// Search folders that search in search folders: Outlook nests one; each level is another round of
/// a change.
pub const SEARCH_NESTING_MAX: usize = 8;
/// Restriction and folders of a search: they must fit one response of RopGetSearchCriteria beside
/// others, also when strings become twice as long as they were sent.
pub const SEARCH_CRITERIA_MAX_BYTES: usize = 0x7000;
/// Messages that one slice of a search looks at, in a snapshot: a reader's place is taken so long.
pub const SEARCH_SLICE_MESSAGES_MAX: usize = 1000;
/// The same in time, for messages with long bodies and slow machines.
pub const SEARCH_SLICE_TIME_MAX: Duration = Duration::from_millis(20);
/// What a slice may cost beyond its first message: parts of restrictions, and 4 KiB of large values
/// for each part that looks into them; about a second of work for restrictions on long bodies.
pub const SEARCH_SLICE_COST_MAX: u64 = 100_000;
/// The same within a transaction that changes messages, for all searches that look at them: other
/// writers wait for it. What would cost more is left to the slices.
pub const SEARCH_LIVE_COST_MAX: u64 = 20_000;
/// Messages that are left to the slices one by one: more are looked for in the whole scope.
pub const SEARCH_LATER_MESSAGES_MAX: usize = 1000;
/// Links that one slice changes: other writers wait for it, some milliseconds.
pub const SEARCH_SLICE_CHANGES_MAX: usize = 200;
/// Entries of links that one slice removes after their search folder was deleted: two for each link,
/// side by side, some milliseconds.
pub const SEARCH_SWEEP_LINKS_MAX: usize = 2000;
/// Between two slices the writer is free for others.
pub const SEARCH_PAUSE: Duration = Duration::from_millis(5);
/// Messages looked at within the request: a small search is done with its answer, a large one
/// takes no longer.
pub const SEARCH_AT_ONCE_MESSAGES_MAX: usize = 256;
/// The same in time: other writers wait for it.
pub const SEARCH_AT_ONCE_TIME_MAX: Duration = Duration::from_millis(10);
/// A capture of one user's traffic: some hours of an Outlook in cached mode, and what a disk spares.
pub const CAPTURE_MAX_BYTES: u64 = 64 << 20;
/// How long a capture may take, so that a forgotten one ends.
pub const CAPTURE_MAX_MINUTES: u32 = 24 * 60;
/// App passwords of one user: more devices than a person has.
pub const APP_PASSWORDS_MAX: usize = 32;
/// From here on doctor says that the data file is nearly full: time to do something about it is left.
pub const MAP_WARN_PERCENT: u64 = 90;
/// Folders whose latest changes of rows are kept in memory: those that are open somewhere and change.
pub const CHANGED_FOLDERS_KEPT_MAX: usize = 128;
/// Changes of rows of one of them, 80 bytes each: an open table asks again long before so many came.
pub const CHANGED_ROWS_KEPT_MAX: usize = 512;
/// Messages that an operation deletes, moves or copies in one go although its client would wait: on a
/// Raspberry Pi about a second. Of more it does so many with each RopProgress.
pub const PROGRESS_SLICE: usize = 512;
/// Changed messages that are put into their places in a table one by one, each at the cost of some
/// twenty rows that are looked at; for more, all rows are read and sorted again.
pub const ROWS_PATCHED_MAX: usize = 64;
/// A photo, or a certificate of somebody: Outlook shows photos of 96 pixels, which take 10 KB, and
/// asks for a page of people at once; certificates take 2 KB.
pub const TOLD_MAX_BYTES: usize = 64 << 10;
/// Certificates of one person in one list: one for each address and key that is still in use.
pub const CERTIFICATES_MAX: usize = 16;
/// Free space of the data directory from which on doctor complains: a large batch of mail, and what LMDB
/// writes beside the pages that it replaces.
pub const DISK_WARN_BYTES: u64 = 256 << 20;
/// Days before the end of a certificate from which on doctor complains. Ours is renewed 60 days before
/// (`tls/ca.rs`), those of authorities a month before: then it did not work, and there is time left.
pub const CERTIFICATE_WARN_DAYS: u64 = 14;
/// Different clients that are remembered from one start to the next: more than a box has.
pub const CLIENTS_SEEN_MAX: usize = 256;
/// What `mailstead test` downloads of a folder: enough to know that it works, not a whole mailbox.
pub const TEST_SYNC_MAX_BYTES: usize = 8 << 20;
/// Groups in groups that are looked through to find whether a permission is a user's.
pub const GROUPS_SEARCHED_MAX: usize = 1000;
/// Entries of one folder's permissions list: a family has ten, a village has this many.
pub const PERMISSIONS_MAX: usize = 1000;
