//! Dates as mail has them: RFC 5322 section 3.3 and its obsolete forms, asctime, ISO 8601.
//!
//! mail-parser reads the first only, and refuses a date without zone or seconds; this reader takes
//! the words in any order.

use super::header::Header;
use crate::wire::FileTime;
use mail_parser::DateTime;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// PidTagClientSubmitTime: the Date field. MS-OXCMAIL 2.2.3.2
pub(super) fn submitted(header: &Header<'_>) -> Option<FileTime> {
    parse(&header.plain("date")?)
}

/// When the last server took the message: the date of the topmost Received field, which follows
/// the last semicolon.
pub(super) fn received(header: &Header<'_>) -> Option<FileTime> {
    let field = header.plain("received")?;
    parse(field.rsplit(';').next()?)
}

/// What has been found of a date.
#[derive(Debug, Default)]
struct Parts {
    year: Option<u32>,
    month: Option<u32>,
    day: Option<u32>,
    time: Option<(u32, u32, u32)>,
    /// Minutes east of Greenwich.
    zone: Option<i64>,
}

/// Reads a date; one without zone is taken as UTC.
pub(super) fn parse(value: &str) -> Option<FileTime> {
    let text = without_comments(value);
    let mut parts = Parts::default();
    for word in text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()) {
        parts.word(word);
    }
    parts.file_time()
}

fn without_comments(value: &str) -> String {
    let mut depth = 0_usize;
    let mut text = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => text.push(c),
            _ => {}
        }
    }
    text
}

impl Parts {
    fn word(&mut self, word: &str) {
        if word.starts_with(['+', '-']) && self.time.is_some() {
            self.zone = self.zone.or_else(|| offset(word));
        } else if word.contains(':') {
            self.time_word(word);
        } else if let Ok(number) = word.parse::<u32>() {
            self.number(number, word.len());
        } else if let Some(month) = month(word) {
            self.month = self.month.or(Some(month));
        } else if word.contains(['-', '/', '.']) {
            // 07-Jan-2003, 2003-01-07
            self.date_word(word);
        } else if self.time.is_some() && self.zone.is_none() {
            self.zone = zone_name(word).or_else(|| self.meridiem(word));
        }
    }

    fn number(&mut self, number: u32, digits: usize) {
        if self.day.is_none() && digits <= 2 {
            self.day = Some(number);
        } else if self.year.is_none() {
            self.year = Some(number);
        }
    }

    /// hh:mm, hh:mm:ss, with fraction, zone or ISO date glued on.
    fn time_word(&mut self, word: &str) {
        let mut clock = word;
        if let Some((date, time)) = word.split_once(['T', 't']).filter(|(date, _)| date.contains('-')) {
            self.date_word(date);
            clock = time;
        }
        let end = clock.find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.')).unwrap_or(clock.len());
        let (clock, zone) = clock.split_at_checked(end).unwrap_or((clock, ""));
        let mut numbers = clock.split(':').map(|part| part.split('.').next().unwrap_or_default().parse::<u32>().ok());
        if let (Some(Some(hour)), Some(Some(minute))) = (numbers.next(), numbers.next())
            && self.time.is_none()
        {
            self.time = Some((hour, minute, numbers.next().flatten().unwrap_or(0)));
            self.zone = self.zone.or_else(|| offset(zone)).or_else(|| zone_name(zone));
        }
    }

    fn date_word(&mut self, word: &str) {
        let parts: Vec<&str> = word.split(['-', '/', '.']).collect();
        let [a, b, c] = parts.as_slice() else { return };
        let number = |text: &str| text.parse::<u32>().ok();
        if let Some(named) = month(b) {
            (self.day, self.month, self.year) = (number(a), Some(named), number(c));
        } else if a.len() == 4 {
            (self.year, self.month, self.day) = (number(a), number(b), number(c));
        }
    }

    /// AM and PM; no zone.
    fn meridiem(&mut self, word: &str) -> Option<i64> {
        if let Some((hour, _, _)) = &mut self.time {
            match (word.to_ascii_lowercase().as_str(), *hour) {
                ("pm", 1..=11) => *hour = hour.saturating_add(12),
                ("am", 12) => *hour = 0,
                _ => {}
            }
        }
        None
    }

    fn file_time(&self) -> Option<FileTime> {
        let year = match self.year? {
            // RFC 5322 section 4.3
            year @ 0..=49 => year.saturating_add(2000),
            year @ 50..=999 => year.saturating_add(1900),
            year => year,
        };
        let (hour, minute, second) = self.time.unwrap_or_default();
        let (month, day) = (self.month?, self.day?);
        // Beyond 4500 lies the date that means "none" in MAPI; 60 is a leap second.
        let proper = (1601..=4500).contains(&year)
            && (1..=12).contains(&month)
            && (1..=31).contains(&day)
            && hour <= 24
            && minute <= 59
            && second <= 60;
        if !proper {
            return None;
        }
        let small = |n: u32| u8::try_from(n).unwrap_or(0);
        let date = DateTime {
            year: u16::try_from(year).ok()?,
            month: small(month),
            day: small(day),
            hour: small(hour),
            minute: small(minute),
            second: small(second),
            tz_before_gmt: false,
            tz_hour: 0,
            tz_minute: 0,
        };
        let east_s = self.zone.unwrap_or(0).saturating_mul(60);
        Some(FileTime::from_unix(date.to_timestamp_local().saturating_sub(east_s)))
    }
}

fn month(word: &str) -> Option<u32> {
    let start = word.get(..3)?.to_ascii_lowercase();
    let at = MONTHS.iter().position(|month| *month == start)?;
    u32::try_from(at.saturating_add(1)).ok()
}

/// `+0100`, `-07:00`
fn offset(word: &str) -> Option<i64> {
    let (sign, digits) = match word.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, word.strip_prefix('+')?),
    };
    let digits: String = digits.chars().filter(|c| *c != ':').collect();
    let number: i64 = digits.parse().ok()?;
    let (hours, minutes) = if digits.len() <= 2 { (number, 0) } else { (number / 100, number % 100) };
    let proper = (0..=24).contains(&hours) && minutes <= 59;
    proper.then(|| sign * (hours * 60 + minutes))
}

/// Zones of RFC 5322 section 4.3; what is unknown there counts as UTC.
fn zone_name(word: &str) -> Option<i64> {
    let hours = match word.to_ascii_uppercase().as_str() {
        "UT" | "UTC" | "GMT" | "Z" => 0,
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        _ => return None,
    };
    Some(hours * 60)
}
