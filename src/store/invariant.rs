//! What has to be true of a data file: each invariant with what its violation means and what
//! `check --repair` does about it. A table; `check.rs` looks, `repair.rs` mends.

use std::fmt;

macro_rules! invariants {
    ($($name:ident $rule:literal $meaning:literal $repair:literal;)*) => {
        /// Something that must be true.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[allow(missing_docs, clippy::allow_attributes, reason = "each says itself what it is: see its rule")]
        pub enum Invariant { $($name,)* }

        impl Invariant {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// What must be.
            #[must_use]
            pub fn rule(self) -> &'static str {
                match self { $(Self::$name => $rule,)* }
            }

            /// What happens while it is not.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)* }
            }

            /// What a repair does.
            #[must_use]
            pub fn repair(self) -> &'static str {
                match self { $(Self::$name => $repair,)* }
            }
        }
    };
}

invariants! {
    Record "every record can be read"
        "what was in it is lost; the rest of the mailbox is not"
        "the record is removed, or made anew where the mailbox cannot be without it";
    Directory "every entry of the directory is found by its addresses and names, and refers to entries that exist"
        "a user cannot log on, or replies do not arrive"
        "the indexes are made again, and references to nobody are dropped";
    Owner "every user has a mailbox and every mailbox a user"
        "a mailbox without a user cannot be opened, a user without a mailbox cannot log on"
        "the mailbox gets its record back, or a user who is disabled (user list shows it)";
    Counter "a number in use has been given out"
        "it would be given out again, and cached mailboxes would take one thing for another"
        "the counter moves behind the largest number in use";
    Special "the built-in folders are there, and the receive folders exist"
        "Outlook cannot open the mailbox, or mail has nowhere to go"
        "the folder is made anew, empty; its messages, if there are any, are in it again";
    Link "the special-folder properties of the root and the Inbox name folders that exist"
        "Outlook does not find Calendar, Contacts, Tasks, Notes, Journal or Drafts"
        "they name the built-in folders again";
    Tree "every folder hangs below the root"
        "the folder and its messages cannot be reached"
        "the folder moves below a folder named Recovered";
    Name "siblings have different names, and are found by them"
        "a folder is not found by its name, or one hides the other"
        "the names are indexed again; of two the second gets a number";
    Count "counts and sizes of folders and mailboxes are true"
        "Outlook shows wrong numbers, and synchronising takes more than it should"
        "they are counted again";
    Place "a message is in one place, and is found there by its number and in the order of delivery"
        "the message opens from one view and not from another"
        "the indexes are made again from the messages";
    Deleted "what was deleted softly is listed as such, below its folder and by its time"
        "it cannot be recovered, or stays for ever"
        "the lists are made again from the records";
    Change "a message is found by the number of its last change, and what is gone by that of its deletion"
        "cached mailboxes miss changes and deletions"
        "the index is made again; deletions that are lost are found by comparing";
    Part "recipients and attachments belong to a message"
        "space is lost"
        "those without a message are removed";
    Blob "a large value is whole and belongs to one object"
        "a body or an attachment is cut off, or space is lost"
        "what belongs to nothing is removed, what is shared is copied, what is cut off gets its true length";
    Replica "other databases have one number each, and what is kept of them can be read"
        "cached mailboxes that were moved do not find what they know"
        "what cannot be read, and a second number, are removed";
    Shown "a search folder shows what matches, and searches in folders that exist"
        "Outlook shows too much in a search folder, or too little"
        "it is searched again when the server runs; a search without a folder is removed";
    Read "what a user has read in a public folder is a set of change numbers, and is counted"
        "messages are read or unread for the wrong people, or Outlook shows wrong numbers"
        "what can be read of it is believed, and counted again";
    Named "named properties lead to their number and back"
        "categories, flags or calendar details are not found"
        "the map is made again";
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rule())
    }
}
