//! A client's side of synchronisation: contexts driven to their end, streams made into trees. What
//! the grammar does not allow is a failure of the test. MS-OXCFXICS 2.2.4.2

use crate::client::Desk;
use mailstead::mapi::{
    ErrorCode, GuidSet, LongTermId, ObjectId, PropertyName, PropertyTag, Ranges, TaggedValue, Value,
};
use mailstead::rop::{
    BufferSize, CommitStreamRequest, FastTransferDestinationConfigureRequest, FastTransferDestinationPutBufferRequest,
    FastTransferSourceGetBufferRequest, NO_HANDLE, OpenStreamRequest, SynchronizationConfigureRequest,
    SynchronizationGetTransferStateRequest, SynchronizationOpenCollectorRequest,
    SynchronizationUploadStateStreamBeginRequest, SynchronizationUploadStateStreamContinueRequest,
    SynchronizationUploadStateStreamEndRequest, WriteStreamRequest,
};
use mailstead::transfer::{Incoming, Token, marker, meta};
use mailstead::wire::{Reader, Wire};
use smol::block_on;
use std::collections::BTreeMap;

pub(crate) type Props = Vec<(PropertyTag, Option<PropertyName>, Value)>;

/// The value under an identifier, whatever its type.
pub(crate) fn get(props: &Props, tag: PropertyTag) -> Option<Value> {
    let found = props.iter().find(|(known, name, _)| known.id() == tag.id() && name.is_none());
    found.map(|(tag, _, value)| match value {
        Value::String8(bytes) if tag.property_type().0 == 0x001E => {
            Value::String(bytes.iter().map(|b| char::from(*b)).collect())
        }
        value => value.clone(),
    })
}

pub(crate) fn named(props: &Props, name: &PropertyName) -> Option<Value> {
    props.iter().find(|(_, known, _)| known.as_ref() == Some(name)).map(|(.., value)| value.clone())
}

/// msgContent: properties, recipients, attachments with the messages in them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Node {
    pub(crate) props: Props,
    pub(crate) recipients: Vec<Props>,
    pub(crate) attachments: Vec<(Props, Option<Self>)>,
    pub(crate) deleted_first: Vec<u32>,
    pub(crate) fai: bool,
}

impl Node {
    pub(crate) fn get(&self, tag: PropertyTag) -> Option<Value> {
        get(&self.props, tag)
    }

    pub(crate) fn text(&self, tag: PropertyTag) -> String {
        match self.get(tag) {
            Some(Value::String(text)) => text,
            other => panic!("{tag:?} is {other:?}"),
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Change {
    pub(crate) progress: Option<Props>,
    pub(crate) header: Props,
    pub(crate) node: Node,
}

impl Change {
    pub(crate) fn subject(&self) -> String {
        self.node.text(PropertyTag::PidTagSubject)
    }

    pub(crate) fn id(&self) -> u64 {
        counter(&bytes(get(&self.header, PropertyTag::PidTagSourceKey)))
    }
}

pub(crate) fn bytes(value: Option<Value>) -> Vec<u8> {
    match value {
        Some(Value::Binary(bytes)) => bytes,
        other => panic!("{other:?} is not binary"),
    }
}

/// The counter in a SourceKey.
pub(crate) fn counter(gid: &[u8]) -> u64 {
    assert_eq!(gid.len(), 22, "a GID");
    LongTermId::from_bytes(&[gid, &[0, 0]].concat()).unwrap().counter()
}

/// What a sync leaves behind: tag → set.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Sync {
    pub(crate) state: BTreeMap<u32, Vec<u8>>,
    pub(crate) deleted: Ranges,
    pub(crate) outside: Ranges,
    pub(crate) read: Ranges,
    pub(crate) unread: Ranges,
    pub(crate) bytes: usize,
}

impl Sync {
    /// What the state has of a property, in the only replica.
    pub(crate) fn set(&self, tag: PropertyTag) -> Ranges {
        set_of(&self.state, tag)
    }
}

pub(crate) fn set_of(state: &BTreeMap<u32, Vec<u8>>, tag: PropertyTag) -> Ranges {
    let set = GuidSet::from_bytes(state.get(&tag.0).unwrap_or(&Vec::new())).unwrap();
    assert!(set.0.len() <= 1, "one replica");
    set.0.into_values().next().unwrap_or_default()
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Contents {
    pub(crate) total: Option<Vec<u8>>,
    pub(crate) changes: Vec<Change>,
    pub(crate) sync: Sync,
}

impl Contents {
    pub(crate) fn subjects(&self) -> Vec<String> {
        self.changes.iter().map(Change::subject).collect()
    }
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Folders {
    pub(crate) changes: Vec<Props>,
    pub(crate) sync: Sync,
}

impl Folders {
    pub(crate) fn names(&self) -> Vec<String> {
        let name = |props: &Props| match get(props, PropertyTag::PidTagDisplayName) {
            Some(Value::String(text)) => text,
            other => panic!("{other:?}"),
        };
        self.changes.iter().map(name).collect()
    }
}

/// Elements of a stream; large values as one property.
pub(crate) fn tokens(stream: &[u8]) -> Vec<Token> {
    let (tokens, whole) = some_tokens(stream);
    assert!(whole, "the stream ends inside an element");
    tokens
}

/// Elements of the beginning of a stream.
pub(crate) fn tokens_of(stream: &[u8]) -> Vec<Token> {
    some_tokens(stream).0
}

fn some_tokens(stream: &[u8]) -> (Vec<Token>, bool) {
    let mut incoming = Incoming::default();
    incoming.feed(stream);
    let mut tokens = Vec::new();
    let mut large: Option<(PropertyTag, Option<PropertyName>, Vec<u8>)> = None;
    while let Some(token) = incoming.token().unwrap() {
        match token {
            Token::Begin { tag, name } => large = Some((tag, name, Vec::new())),
            Token::Part(part) => large.as_mut().unwrap().2.extend(part),
            Token::End => {
                let (tag, name, bytes) = large.take().unwrap();
                let value = if tag.property_type().0 == 0x001F {
                    let units = bytes.chunks(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect::<Vec<_>>();
                    Value::String(String::from_utf16(units.split_last().unwrap().1).unwrap())
                } else {
                    Value::Binary(bytes)
                };
                tokens.push(Token::Property { tag, name, value });
            }
            token => tokens.push(token),
        }
    }
    (tokens, incoming.is_between())
}

pub(crate) struct Parser {
    tokens: std::vec::IntoIter<Token>,
    next: Option<Token>,
}

impl Parser {
    pub(crate) fn new(stream: &[u8]) -> Self {
        Self::of(tokens(stream))
    }

    pub(crate) fn of(tokens: Vec<Token>) -> Self {
        let mut tokens = tokens.into_iter();
        let next = tokens.next();
        Self { tokens, next }
    }

    fn at(&self, marker: u32) -> bool {
        self.next == Some(Token::Marker(marker))
    }

    fn step(&mut self) -> Token {
        std::mem::replace(&mut self.next, self.tokens.next()).expect("the stream goes on")
    }

    fn may(&mut self, marker: u32) -> bool {
        let is = self.at(marker);
        if is {
            self.step();
        }
        is
    }

    #[track_caller]
    fn must(&mut self, marker: u32) {
        assert!(self.may(marker), "expected {marker:08x}, found {:?}", self.next);
    }

    #[track_caller]
    pub(crate) fn end(&self) {
        assert_eq!(self.next, None, "elements after the end");
    }

    fn props(&mut self) -> Props {
        let mut props = Props::new();
        while let Some(Token::Property { tag, .. }) = &self.next {
            if *tag == meta::FX_DEL_PROP || *tag == meta::EC_WARNING {
                break;
            }
            let Token::Property { tag, name, value } = self.step() else { unreachable!() };
            assert!(!props.iter().any(|(known, ..)| known.id() == tag.id() && tag.id() != 0), "{tag:?} twice");
            props.push((tag, name, value));
        }
        props
    }

    fn deletes(&mut self, list: &mut Vec<u32>) {
        while let Some(Token::Property { tag, value: Value::Integer32(n), .. }) = &self.next {
            if *tag != meta::FX_DEL_PROP {
                break;
            }
            list.push(u32::from_le_bytes(n.to_le_bytes()));
            self.step();
        }
    }

    pub(crate) fn content(&mut self) -> Node {
        let mut node = Node { props: self.props(), ..Node::default() };
        self.deletes(&mut node.deleted_first);
        while self.may(marker::START_RECIP) {
            node.recipients.push(self.props());
            self.must(marker::END_TO_RECIP);
        }
        self.deletes(&mut node.deleted_first);
        while self.may(marker::NEW_ATTACH) {
            let props = self.props();
            assert_eq!(props[0].0, PropertyTag::PidTagAttachNumber, "the first property of an attachment");
            let embedded = self.may(marker::START_EMBED).then(|| {
                let inner = self.content();
                self.must(marker::END_EMBED);
                inner
            });
            self.must(marker::END_ATTACH);
            node.attachments.push((props, embedded));
        }
        node
    }

    pub(crate) fn messages(&mut self) -> Vec<Node> {
        let mut list = Vec::new();
        loop {
            let fai = self.at(marker::START_FAI_MSG);
            if !self.may(marker::START_MESSAGE) && !self.may(marker::START_FAI_MSG) {
                return list;
            }
            list.push(Node { fai, ..self.content() });
            self.must(marker::END_MESSAGE);
        }
    }

    fn set(&mut self, props: &Props, tag: PropertyTag) -> Ranges {
        let Some((.., Value::Binary(bytes))) = props.iter().find(|(known, ..)| *known == tag) else {
            return Ranges::default();
        };
        let mut r = Reader::new(bytes);
        assert_eq!(u16::read(&mut r).unwrap(), 1, "replica 1");
        let set = Ranges::read_globset(&mut r).unwrap();
        r.finish("IDSET").unwrap();
        assert!(!set.is_empty(), "an empty set is not sent");
        set
    }

    pub(crate) fn state(&mut self) -> BTreeMap<u32, Vec<u8>> {
        self.must(marker::INCR_SYNC_STATE_BEGIN);
        let props = self.props();
        self.must(marker::INCR_SYNC_STATE_END);
        props.into_iter().map(|(tag, _, value)| (tag.0, bytes(Some(value)))).collect()
    }

    fn tail(&mut self) -> Sync {
        let mut sync = Sync::default();
        if self.may(marker::INCR_SYNC_DEL) {
            let props = self.props();
            assert!(!props.is_empty(), "an empty deletions element");
            sync.deleted = self.set(&props, meta::IDSET_DELETED);
            sync.outside = self.set(&props, meta::IDSET_NO_LONGER_IN_SCOPE);
        }
        if self.may(marker::INCR_SYNC_READ) {
            let props = self.props();
            assert!(!props.is_empty(), "an empty readStateChanges element");
            sync.read = self.set(&props, meta::IDSET_READ);
            sync.unread = self.set(&props, meta::IDSET_UNREAD);
        }
        sync.state = self.state();
        self.must(marker::INCR_SYNC_END);
        self.end();
        sync
    }

    /// Changes as far as the stream goes: of one that broke off, those that are whole.
    pub(crate) fn change(&mut self) -> Option<Change> {
        let progress = self.may(marker::INCR_SYNC_PROGRESS_PER_MSG).then(|| self.props());
        if !self.may(marker::INCR_SYNC_CHG) {
            return None;
        }
        let header = self.props();
        self.must(marker::INCR_SYNC_MESSAGE);
        Some(Change { progress, header, node: self.content() })
    }

    /// Changes and deletions of a stream that broke off, as far as its checkpoint has them.
    pub(crate) fn changes_in(mut self, state: &BTreeMap<u32, Vec<u8>>) -> (Vec<Change>, Ranges) {
        let all: Vec<Token> = self.next.take().into_iter().chain(self.tokens.by_ref()).collect();
        let begins = |token: &Token| *token == Token::Marker(marker::INCR_SYNC_CHG);
        let ends = [marker::INCR_SYNC_DEL, marker::INCR_SYNC_READ, marker::INCR_SYNC_STATE_BEGIN];
        let end = all.iter().position(|token| ends.iter().any(|end| *token == Token::Marker(*end)));
        let (all, rest) = all.split_at(end.unwrap_or(all.len()));
        let mut deleted = Ranges::default();
        if rest.first() == Some(&Token::Marker(marker::INCR_SYNC_DEL)) {
            let mut tail = Self::of(rest[1..].to_vec());
            let props = tail.props();
            // Whole, if something comes after it.
            if tail.next.is_some() {
                deleted = tail.set(&props, meta::IDSET_DELETED);
            }
        }
        let starts: Vec<usize> = (0..all.len()).filter(|at| begins(&all[*at])).collect();
        let mut changes = Vec::new();
        for (n, start) in starts.iter().enumerate() {
            let part = &all[*start..starts.get(n + 1).copied().unwrap_or(all.len())];
            // The number of the change is in the header.
            let number = part.iter().find_map(|token| match token {
                Token::Property { tag, value: Value::Integer64(id), .. } if *tag == PropertyTag::PidTagChangeNumber => {
                    Some(ObjectId::from_i64(*id).counter())
                }
                _ => None,
            });
            let fai = part.iter().any(|token| {
                matches!(token, Token::Property { tag, value: Value::Boolean(true), .. }
                    if *tag == PropertyTag::PidTagAssociated)
            });
            let seen = set_of(state, if fai { meta::CNSET_SEEN_FAI } else { meta::CNSET_SEEN });
            if number.is_some_and(|number| seen.contains(number)) {
                let mut parser = Self::of(part.to_vec());
                changes.extend(parser.change());
                parser.end();
            }
        }
        (changes, deleted)
    }

    pub(crate) fn contents(mut self, len: usize) -> Contents {
        let total = self.may(marker::INCR_SYNC_PROGRESS_MODE).then(|| bytes(self.props().pop().map(|(.., v)| v)));
        let mut changes = Vec::new();
        while let Some(change) = self.change() {
            changes.push(change);
        }
        let sync = Sync { bytes: len, ..self.tail() };
        Contents { total, changes, sync }
    }

    pub(crate) fn folders(mut self, len: usize) -> Folders {
        let mut changes = Vec::new();
        while self.may(marker::INCR_SYNC_CHG) {
            changes.push(self.props());
        }
        let sync = Sync { bytes: len, ..self.tail() };
        Folders { changes, sync }
    }
}

pub(crate) const NORMAL: u16 = 0x20;
pub(crate) const FAI: u16 = 0x10;
pub(crate) const READ_STATE: u16 = 0x08;
/// What Outlook asks for: Unicode, ReadState, FAI, Normal, NoForeignIdentifiers, BestBody.
pub(crate) const USUAL: u16 = 0x01 | READ_STATE | FAI | NORMAL | 0x100 | 0x2000;

/// A contents sync as Outlook asks for it: Eid, MessageSize, CN.
pub(crate) fn contents_request() -> SynchronizationConfigureRequest {
    SynchronizationConfigureRequest {
        synchronization_type: 1,
        send_options: 1,
        synchronization_flags: USUAL,
        restriction_data: Vec::new(),
        synchronization_extra_flags: 7,
        property_tags: Vec::new(),
    }
}

pub(crate) fn hierarchy_request() -> SynchronizationConfigureRequest {
    SynchronizationConfigureRequest {
        synchronization_type: 2,
        synchronization_flags: 1,
        synchronization_extra_flags: 5,
        ..contents_request()
    }
}

impl Desk {
    /// Uploads a state to a context.
    #[track_caller]
    pub(crate) fn upload_state(&mut self, context: u32, state: &BTreeMap<u32, Vec<u8>>) {
        for (tag, bytes) in state {
            let begin = SynchronizationUploadStateStreamBeginRequest {
                state_property: PropertyTag(*tag),
                transfer_buffer_size: u32::try_from(bytes.len()).unwrap(),
            };
            self.go(context, begin);
            for part in bytes.chunks(0x4000) {
                self.go(context, SynchronizationUploadStateStreamContinueRequest { stream_data: part.to_vec() });
            }
            self.go(context, SynchronizationUploadStateStreamEndRequest {});
        }
    }

    #[track_caller]
    pub(crate) fn buffer(&mut self, context: u32, size: u16) -> Result<(Vec<u8>, bool), ErrorCode> {
        let request = FastTransferSourceGetBufferRequest { buffer_size: BufferSize::Maximum(size) };
        let got = self.attempt_on([context, NO_HANDLE], request)?.response;
        assert!(got.transfer_buffer.len() <= usize::from(size));
        Ok((got.transfer_buffer, got.transfer_status == 3))
    }

    /// Everything that a context has to give.
    #[track_caller]
    pub(crate) fn pull(&mut self, context: u32) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            let (part, done) = self.buffer(context, 0x7BC0).unwrap();
            all.extend(part);
            if done {
                return all;
            }
        }
    }

    #[track_caller]
    pub(crate) fn sync_with(
        &mut self,
        folder: u32,
        request: SynchronizationConfigureRequest,
        state: &BTreeMap<u32, Vec<u8>>,
    ) -> Contents {
        let context = self.make(folder, request);
        self.upload_state(context, state);
        let stream = self.pull(context);
        block_on(self.session.release(&[context])).unwrap();
        Parser::new(&stream).contents(stream.len())
    }

    #[track_caller]
    pub(crate) fn sync(&mut self, folder: u32, state: &BTreeMap<u32, Vec<u8>>) -> Contents {
        self.sync_with(folder, contents_request(), state)
    }

    #[track_caller]
    pub(crate) fn sync_folders(&mut self, root: u32, state: &BTreeMap<u32, Vec<u8>>) -> Folders {
        let context = self.make(root, hierarchy_request());
        self.upload_state(context, state);
        let stream = self.pull(context);
        block_on(self.session.release(&[context])).unwrap();
        Parser::new(&stream).folders(stream.len())
    }

    /// The state of a context as it is now.
    #[track_caller]
    pub(crate) fn transfer_state(&mut self, context: u32) -> BTreeMap<u32, Vec<u8>> {
        let state = self.make(context, SynchronizationGetTransferStateRequest {});
        let stream = self.pull(state);
        block_on(self.session.release(&[state])).unwrap();
        let mut parser = Parser::new(&stream);
        let state = parser.state();
        parser.end();
        state
    }

    #[track_caller]
    pub(crate) fn collector(&mut self, folder: u32, contents: bool) -> u32 {
        self.make(folder, SynchronizationOpenCollectorRequest { is_contents_collector: contents })
    }

    /// A FastTransfer upload into an object.
    #[track_caller]
    pub(crate) fn destination(&mut self, object: u32, source_operation: u8) -> u32 {
        self.make(object, FastTransferDestinationConfigureRequest { source_operation, copy_flags: 0 })
    }

    #[track_caller]
    pub(crate) fn push(&mut self, context: u32, stream: &[u8], size: usize) -> Result<(), ErrorCode> {
        for part in stream.chunks(size) {
            let request = FastTransferDestinationPutBufferRequest { transfer_data: part.to_vec() };
            let used = self.attempt_on([context, NO_HANDLE], request)?.response.buffer_used_size;
            assert_eq!(usize::from(used), part.len());
        }
        Ok(())
    }

    /// Writes a large property; text goes as UTF-16.
    #[track_caller]
    pub(crate) fn write_large(&mut self, object: u32, tag: PropertyTag, bytes: &[u8]) {
        let stream = self.make(object, OpenStreamRequest { property_tag: tag, open_mode_flags: 2 });
        for part in bytes.chunks(0x6000) {
            self.go(stream, WriteStreamRequest { data: part.to_vec() });
        }
        self.go(stream, CommitStreamRequest {});
        block_on(self.session.release(&[stream])).unwrap();
    }

    /// The SourceKey of an object of this mailbox.
    pub(crate) fn source_key(&self, id: ObjectId) -> Vec<u8> {
        LongTermId::new(self.logon.private.repl_guid, id).gid()
    }
}

pub(crate) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

pub(crate) fn binary(tag: PropertyTag, bytes: Vec<u8>) -> TaggedValue {
    TaggedValue::new(tag, Value::Binary(bytes))
}
