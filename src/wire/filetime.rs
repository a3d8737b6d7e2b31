//! FILETIME, MS-DTYP 2.3.3: 100-nanosecond intervals since 1601-01-01 UTC.

use super::{Reader, Wire, WireError, Writer};
use serde::{Deserialize, Serialize};

/// A point in time, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct FileTime(pub u64);

/// A civil date and time, UTC, as RopLogon and HTTP headers spell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Civil {
    /// Year, for example 2026.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 is Sunday.
    pub weekday: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
}

/// Seconds from 1601-01-01 to 1970-01-01.
const UNIX_EPOCH_S: u64 = 11_644_473_600;
const TICKS_PER_S: u64 = 10_000_000;
const S_PER_DAY: u64 = 86_400;

impl FileTime {
    /// From seconds since 1970; times before 1601 become 0.
    #[must_use]
    pub fn from_unix(seconds: i64) -> Self {
        let since_1601 = i128::from(seconds).saturating_add(i128::from(UNIX_EPOCH_S));
        let ticks = since_1601.saturating_mul(i128::from(TICKS_PER_S)).max(0);
        Self(u64::try_from(ticks).unwrap_or(u64::MAX))
    }

    /// Whole seconds since 1970.
    #[must_use]
    pub fn to_unix(self) -> i64 {
        let seconds = i64::try_from(self.0 / TICKS_PER_S).unwrap_or(i64::MAX);
        seconds.saturating_sub(i64::try_from(UNIX_EPOCH_S).unwrap_or(0))
    }

    /// The same moment on the calendar (Howard Hinnant's days-to-civil algorithm, shifted to 1601).
    #[must_use]
    #[expect(clippy::arithmetic_side_effects, reason = "every term is bounded: u64::MAX ticks are the year 60056")]
    pub fn civil(self) -> Civil {
        let seconds = self.0 / TICKS_PER_S;
        let days = seconds / S_PER_DAY;
        let in_day = seconds % S_PER_DAY;
        // Days since 1600-03-01, the start of a 400-year era.
        let since_march = days + 306;
        let era = since_march / 146_097;
        let day_of_era = since_march % 146_097;
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = 1600 + era * 400 + year_of_era + u64::from(month <= 2);
        let small = |n: u64| u8::try_from(n).unwrap_or(0);
        Civil {
            year: u16::try_from(year).unwrap_or(u16::MAX),
            month: small(month),
            day: small(day),
            // 1601-01-01 was a Monday.
            weekday: small((days + 1) % 7),
            hour: small(in_day / 3600),
            minute: small(in_day / 60 % 60),
            second: small(in_day % 60),
        }
    }

    /// As HTTP spells a date (RFC 9110 section 5.6.7): `Tue, 05 Nov 2013 23:27:08 GMT`.
    #[must_use]
    pub fn http_date(self) -> String {
        const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
        const MONTHS: [&str; 13] =
            ["", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let c = self.civil();
        let weekday = DAYS.get(usize::from(c.weekday)).unwrap_or(&"Sun");
        let month = MONTHS.get(usize::from(c.month)).unwrap_or(&"Jan");
        format!("{weekday}, {:02} {month} {:04} {:02}:{:02}:{:02} GMT", c.day, c.year, c.hour, c.minute, c.second)
    }
}

impl Wire for FileTime {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self(u64::read(r)?))
    }
    fn write(&self, w: &mut Writer) {
        self.0.write(w);
    }
}
