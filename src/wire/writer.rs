//! A growing buffer with an optional bound.

/// Appends to a byte vector. With a bound, bytes beyond it are dropped and [`Writer::is_full`]
/// says so; the caller then goes back to a [`Mark`]. So no writing function can fail half-way.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
    limit: Option<usize>,
    full: bool,
}

/// A position to which a [`Writer`] can be cut back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark(usize);

impl Writer {
    /// A writer without a bound.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A writer that holds `limit` bytes at most.
    #[must_use]
    pub fn bounded(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit: Some(limit), full: false }
    }

    /// Appends bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        if self.full || bytes.len() > self.room() {
            self.full = true;
            return;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Bytes that still fit.
    #[must_use]
    pub fn room(&self) -> usize {
        self.limit.map_or(usize::MAX, |limit| limit.saturating_sub(self.bytes.len()))
    }

    /// True when something did not fit: the content is cut off somewhere and only good for
    /// [`Writer::cut`].
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Bytes written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// True before the first byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Here, to come back to.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark(self.bytes.len())
    }

    /// Forgets everything after the mark.
    pub fn cut(&mut self, mark: Mark) {
        self.bytes.truncate(mark.0);
        self.full = false;
    }

    /// Replaces bytes written at the mark: how a size that is known only afterwards gets in.
    pub fn patch(&mut self, mark: Mark, bytes: &[u8]) {
        let end = mark.0.saturating_add(bytes.len());
        if let Some(place) = self.bytes.get_mut(mark.0..end) {
            place.copy_from_slice(bytes);
        }
    }

    /// What was written since the mark.
    #[must_use]
    pub fn since(&self, mark: Mark) -> &[u8] {
        self.bytes.get(mark.0..).unwrap_or_default()
    }

    /// What was written.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What was written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}
