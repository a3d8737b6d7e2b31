#!/usr/bin/env python3
"""Writes the messages of this directory that no freely licensed corpus supplied.

They are CONSTRUCTED, not real mail: the text was written for this corpus, and the
wire form is assembled byte by byte here (no use of Python's email package), so the
goldens, which do come from that package, stay independent of how they were made.
Usage: build_constructed.py [FILE.tnef]   (without it winmail-dat.eml is left alone)
"""
import base64, binascii, os, sys

HERE = os.path.dirname(os.path.abspath(__file__))


def b(text, charset):  # one B encoded word; text must be short enough for 75 columns
    return "=?%s?B?%s?=" % (charset, base64.b64encode(text.encode(PY.get(charset, charset))).decode())


# MIME charset name -> Python codec, where they differ
PY = {"windows-874": "cp874", "ks_c_5601-1987": "cp949", "iso-8859-8-i": "iso-8859-8"}


def body(text, charset, cte):
    raw = text.replace("\n", "\r\n").encode(PY.get(charset, charset))
    if cte == "base64":
        return base64.encodebytes(raw).replace(b"\n", b"\r\n")
    if cte == "quoted-printable":
        return binascii.b2a_qp(raw.replace(b"\r\n", b"\n"), istext=True).replace(b"\n", b"\r\n")
    return raw


def put(name, data):
    with open(os.path.join(HERE, name + ".eml"), "wb") as f:
        f.write(data)


def simple(name, charset, cte, subject, who, text, raw_headers=False):
    enc = (lambda s: s) if raw_headers else (lambda s: b(s, charset))
    head = "\r\n".join([
        "Message-ID: <%s@constructed.example>" % name,
        "Date: Tue, 05 Mar 2019 09:15:00 +0200",
        "From: %s <sender@constructed.example>" % enc(who),
        "To: reader@constructed.example",
        "Subject: " + enc(subject),
        "MIME-Version: 1.0",
        'Content-Type: text/plain; charset="%s"' % charset,
        "Content-Transfer-Encoding: " + cte, "", ""])
    put(name, head.encode(PY.get(charset, charset)) + body(text, charset, cte))


simple("ja-iso-2022-jp", "iso-2022-jp", "7bit", "会議の日程について", "山田太郎", "来週の会議は火曜日の午後三時に変更になりました。\nよろしくお願いします。\n")
simple("ja-shift-jis", "shift_jis", "8bit", "請求書", "鈴木", "今月の請求書を送ります。ソフト表示テスト。\n")
simple("ja-euc-jp", "euc-jp", "base64", "お知らせ", "佐藤", "お知らせいたします。日本語の本文です。\n")
simple("ru-koi8-r", "koi8-r", "8bit", "Расписание на неделю", "Иван Петров", "Здравствуйте!\nВстреча перенесена на четверг.\n")
simple("ru-koi8-r-rawheaders", "koi8-r", "8bit", "Без кодирования", "Пётр", "Заголовки написаны восьмибитными знаками.\n", raw_headers=True)
simple("ru-windows-1251", "windows-1251", "quoted-printable", "Счёт на оплату", "Ольга", "Добрый день!\nВо вложении ничего нет — только текст.\n")
simple("zh-gb2312", "gb2312", "base64", "会议通知", "王小明", "各位同事:\n明天上午九点开会。\n")
simple("zh-gb18030", "gb18030", "8bit", "朱镕基", "李", "這封信含有超出 GB2312 的字：镕。€\n")
simple("zh-big5", "big5", "8bit", "會議通知", "陳大文", "各位同仁：\n明天早上九點開會，許功蓋。\n")
simple("ko-euc-kr", "euc-kr", "base64", "회의 안내", "김철수", "안녕하세요.\n내일 오전 아홉 시에 회의가 있습니다.\n")
simple("ko-ks-c-5601-1987", "ks_c_5601-1987", "8bit", "견적서", "박영희", "견적서를 보내 드립니다. 똠방각하\n")
simple("he-windows-1255", "windows-1255", "quoted-printable", "הזמנה לפגישה", "דוד כהן", "שלום,\nהפגישה תתקיים ביום שלישי.\n")
simple("he-iso-8859-8-i", "iso-8859-8-i", "8bit", "דוח חודשי", "רות", "הדוח מצורף בגוף ההודעה.\n")
simple("ar-windows-1256", "windows-1256", "base64", "دعوة اجتماع", "أحمد علي", "السلام عليكم،\nالاجتماع يوم الثلاثاء.\n")
simple("ar-utf-8", "utf-8", "8bit", "تقرير", "سلمى", "مرحبا بالعالم 😀\n")
simple("tr-iso-8859-9", "iso-8859-9", "quoted-printable", "Toplantı çağrısı", "Gülşen Işık", "Sayın İlgili,\nToplantı salı günü yapılacaktır. Ağ, şık, ığdır.\n")
simple("tr-windows-1254", "windows-1254", "8bit", "Şubat ödemesi", "Ömer", "Ödeme €150 olarak güncellendi.\n")
simple("th-windows-874", "windows-874", "base64", "ประชุม", "สมชาย", "สวัสดีครับ\n")
simple("el-iso-8859-7", "iso-8859-7", "quoted-printable", "Συνάντηση", "Γιώργος", "Καλημέρα, τα λέμε αύριο.\n")

# An encoded word cut in the middle of a multi-byte character (common in practice, forbidden by RFC 2047 5).
h = "日程変更".encode("utf-8")
put("split-multibyte-word", ("Message-ID: <split@constructed.example>\r\nDate: 5 Mar 19 09:15 GMT\r\nFrom: a@constructed.example\r\n"
    "Subject: =?utf-8?B?%s?=\r\n =?utf-8?B?%s?=\r\n\r\nbody\r\n" % (base64.b64encode(h[:4]).decode(), base64.b64encode(h[4:]).decode())).encode())

# RFC 2231: continuations, charset, mixed encoded and plain sections, several languages.
put("rfc2231-names", b"\r\n".join([
    b"From: a@constructed.example", b"To: b@constructed.example", b"Subject: RFC 2231 names", b"Date: Tue, 5 Mar 2019 09:15:00 +0000",
    b"Message-ID: <rfc2231@constructed.example>", b"MIME-Version: 1.0", b'Content-Type: multipart/mixed; boundary="b1"', b"",
    b"--b1", b"Content-Type: text/plain", b"", b"See the files.",
    b"--b1", b"Content-Type: application/octet-stream", b"Content-Disposition: attachment;",
    b" filename*0*=utf-8''%D7%93%D7%95%D7%97;", b" filename*1*=%20%D7%97%D7%95%D7%93%D7%A9%D7%99;", b" filename*2=.bin", b"Content-Transfer-Encoding: base64", b"", b"AAECAw==",
    b"--b1", b"Content-Type: application/octet-stream", b"Content-Disposition: attachment; filename*=windows-1256''%CF%DA%E6%C9.bin", b"", b"x",
    b"--b1", b"Content-Type: application/octet-stream; name*=iso-8859-9'tr'%DDstanbul.bin", b"Content-Disposition: attachment", b"", b"y",
    b"--b1", b"Content-Type: application/octet-stream", b'Content-Disposition: attachment; filename="=?koi8-r?B?' + base64.b64encode("счёт.bin".encode("koi8-r")) + b'?="', b"", b"z",
    b"--b1--", b""]))

# uuencode: once as a transfer encoding, once inline in plain text.
def uu(data, name):
    out = [b"begin 644 " + name]
    for i in range(0, len(data), 45):
        out.append(binascii.b2a_uu(data[i:i + 45]).rstrip(b"\n"))
    return out + [b"`", b"end"]
payload = bytes(range(256))
put("uuencode-cte", b"\r\n".join([b"From: a@constructed.example", b"Subject: x-uuencode as transfer encoding", b"Date: Tue, 5 Mar 2019 09:15:00 +0000",
    b"MIME-Version: 1.0", b'Content-Type: multipart/mixed; boundary="uu"', b"", b"--uu", b"", b"text", b"--uu",
    b'Content-Type: application/octet-stream; name="bytes.bin"', b"Content-Transfer-Encoding: x-uuencode", b"Content-Disposition: attachment", b""]
    + uu(payload, b"bytes.bin") + [b"--uu--", b""]))
put("uuencode-inline", b"\r\n".join([b"From: a@constructed.example", b"Subject: inline uuencode, no MIME", b"Date: Tue, 5 Mar 2019 09:15:00 +0000", b"", b"Here is the file:", b""]
    + uu(payload, b"bytes.bin") + [b"", b"Regards", b""]))

# Several hundred header lines, one of 9,000 octets.
put("huge-headers", b"\r\n".join([b"Received: from h%d.constructed.example by mx; Tue, 5 Mar 2019 09:%02d:00 +0000" % (i, i % 60) for i in range(400)]
    + [b"X-Long: " + b"x" * 9000, b"From: a@constructed.example", b"To: " + b",\r\n ".join(b"u%d@constructed.example" % i for i in range(300)),
       b"Subject: huge headers", b"Date: Tue, 5 Mar 2019 09:15:00 +0000", b"", b"small body", b""]))

# An invitation, as Exchange and Google write it (text/calendar in multipart/alternative).
put("calendar-request", "\r\n".join(["From: boss@constructed.example", "To: me@constructed.example", "Subject: Invitation: Planning", "Date: Tue, 5 Mar 2019 09:15:00 +0000",
    "Message-ID: <cal@constructed.example>", "MIME-Version: 1.0", 'Content-Type: multipart/alternative; boundary="c"', "",
    "--c", "Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes", "", "You are invited to \r\nPlanning.", "",
    "--c", "Content-Type: text/calendar; charset=utf-8; method=REQUEST", "Content-Transfer-Encoding: 7bit", "",
    "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//constructed//EN", "METHOD:REQUEST", "BEGIN:VEVENT", "UID:1@constructed.example", "DTSTAMP:20190305T091500Z",
    "DTSTART;TZID=Europe/Berlin:20190312T100000", "DTEND;TZID=Europe/Berlin:20190312T110000", "SUMMARY:Planning", "ORGANIZER:mailto:boss@constructed.example",
    "ATTENDEE;RSVP=TRUE:mailto:me@constructed.example", "SEQUENCE:0", "END:VEVENT", "END:VCALENDAR", "--c--", ""]).encode())

# TNEF: winmail.dat as Outlook attaches it; the payload is a real TNEF file (see SOURCE.md).
if len(sys.argv) > 1:
    tnef = open(sys.argv[1], "rb").read()
    put("winmail-dat", b"\r\n".join([b"From: a@constructed.example", b"To: b@constructed.example", b"Subject: winmail.dat", b"Date: Tue, 5 Mar 2019 09:15:00 +0000",
        b"MIME-Version: 1.0", b"X-MS-Has-Attach: yes", b'Content-Type: multipart/mixed; boundary="t"', b"", b"--t", b'Content-Type: text/plain; charset="us-ascii"', b"", b"See the attachment.", b"",
        b"--t", b'Content-Type: application/ms-tnef; name="winmail.dat"', b'Content-Disposition: attachment; filename="winmail.dat"', b"Content-Transfer-Encoding: base64", b"",
        base64.encodebytes(tnef).replace(b"\n", b"\r\n") + b"--t--", b""]))
