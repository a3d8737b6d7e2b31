#!/usr/bin/env python3
"""Write NAME.golden next to every NAME.eml: what Python's email package sees in it.

Run without arguments; standard library only. The files in the tree were written with
CPython 3.11.7; later versions parse some broken addresses differently.

A golden is lines of tab-separated columns, the first names the fact. In a column `\\\\`, `\\t`,
`\\n` and `\\r` stand for backslash, tab, line feed and carriage return; a column that is `\\-`
alone is null. from, to, cc and attachments have a line with the count and then one line for
each element (`from.at`, `attachment`: name, mime, size, sha256, cid, inline, cte).

The rule for every fact: null means "do not compare"; its line is left out. A fact is null when it
is absent AND when Python cannot be trusted on it (its two header parsers disagree, bytes
do not decode strictly, the MIME structure is ambiguous, ...). What is left are facts.

Conventions a comparison has to follow:
  subject     runs of space, tab, CR, LF are one space, ends trimmed
  from/to/cc  [name, address] pairs, groups flattened; [] = no such header or no
              addresses; name "" = none, name null = do not compare that name
  date_utc    only for dates of the RFC 5322 shape (obsolete zones allowed)
  message_id  with its angle brackets
  text, html  body part = first text/plain (text/html) leaf, in depth-first order, whose
              disposition is not "attachment", that has no file name and is not inside
              a message/* part. CRLF -> LF, leading BOM and trailing space, tab, LF removed,
              format=flowed NOT undone; at most 2000 code points
              (then text_truncated/html_truncated is true)
  attachments every other leaf, in order, except further unnamed, non-attachment
              text/plain and text/html leaves. A message/* part is one leaf (not entered).
              size/sha256 are of the decoded bytes, line ends as in the file; null for
              message/* and for damaged or unknown encodings. cte tells whether line ends
              matter (everything but base64 and uuencode). inline = disposition
              "inline", or no disposition, a Content-ID and a multipart/related parent
  nested      message/rfc822 parts at any depth
  defects     Python's defect class names; informative only
"""
import glob
import hashlib
import mailbox
import os
import re
import sys
from datetime import timezone
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import getaddresses, parsedate_to_datetime

HERE = os.path.dirname(os.path.abspath(__file__))
LIMIT = 2000

# Defects after which different correct programs find different parts.
AMBIGUOUS = {"NoBoundaryInMultipartDefect", "StartBoundaryNotFoundDefect",
             "MultipartInvariantViolationDefect", "MissingHeaderBodySeparatorDefect",
             "FirstHeaderLineIsContinuationDefect", "InvalidMultipartContentTransferEncodingDefect",
             "MisplacedEnvelopeHeaderDefect"}
# Charset labels that the web (and most mail programs) read as a superset: a text is
# only kept when both readings agree.
SUPERSET = {"gb2312": "gb18030", "euc_kr": "cp949", "big5": "cp950", "shift_jis": "cp932",
            "iso8859-1": "cp1252", "iso8859-9": "cp1254", "ascii": "ascii"}
DATE = re.compile(r"(?:[A-Za-z]{3},?\s+)?\d{1,2}\s+[A-Za-z]{3}\s+(\d{2}|\d{4})\s+\d{1,2}:\d\d(?::\d\d)?\s+"
                  r"(?:[+-]\d{4}|UT|GMT|Z|[ECMP][SD]T)(?:\s*\([^()]*\))?\s*")
BAD_QP = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*\r?\n|[ \t]*\Z)")


def sane(s):
    """Is this decoded header text free of signs of failed decoding?"""
    return not re.search("[\ufffd\ud800-\udfff\x00-\x08\x0e-\x1f\x7f-\x9f]|=\\?", s)


def fold(s):
    return re.sub(r"[ \t\r\n]+", " ", s).strip(" ")


def same_codec(charset):
    import codecs
    return codecs.lookup(charset).name


def both(new, old, field):
    """Raw occurrences of a header in the two parses (a parse error gives [])."""
    out = []
    for msg in (new, old):
        try:
            out.append(msg.get_all(field) or [])
        except Exception:
            out.append(None)
    return out


def legacy_text(value):
    """Header text as the old (compat32) decoder reads it."""
    return str(make_header(decode_header(re.sub(r"\r?\n(?=[ \t])", "", str(value)))))


def subject(new, old):
    a, b = both(new, old, "subject")
    if not b or len(b) != 1:
        return None
    try:
        old_text = fold(legacy_text(b[0]))
        new_text = fold(str(a[0])) if a else old_text
    except Exception:
        return None
    return new_text if new_text == old_text and sane(new_text) else None


def addresses(new, old, field):
    a, b = both(new, old, field)
    if b is None or len(b) > 1:
        return None                      # repeated: programs differ
    if not b:
        return []
    try:
        legacy = [(fold(legacy_text(n)), ad) for n, ad in getaddresses([str(b[0]).replace("\r", " ").replace("\n", " ")]) if ad or n]
    except Exception:
        return None
    if a is None:
        modern = legacy
    else:
        try:
            if any(type(d).__name__ not in ("ObsoleteHeaderDefect",) and "InvalidHeader" in type(d).__name__
                   for d in a[0].defects):
                return None
            modern = [(fold(x.display_name or ""), x.addr_spec) for x in a[0].addresses]
        except Exception:
            return None
    # A group (or nothing but a group) is flattened by the one and reported as a name
    # without address by the other; only entries with an address count.
    legacy = [x for x in legacy if "@" in x[1]]
    modern = [x for x in modern if "@" in x[1]]
    if [x[1] for x in modern] != [x[1] for x in legacy] or not all(sane(x[1]) for x in modern):
        return None
    if not modern and str(b[0]).strip() and ";" not in str(b[0]):
        return None                      # something is there, but no address was found
    return [[m[0] if m[0] == l[0] and sane(m[0]) else None, m[1]] for m, l in zip(modern, legacy)]


def date_utc(old):
    values = old.get_all("date") or []
    if len(values) != 1:
        return None
    m = DATE.fullmatch(fold(str(values[0])))
    if not m or (len(m.group(1)) == 2 and 50 <= int(m.group(1)) <= 68):
        return None                      # 50..68: RFC 5322 and Python pick other centuries
    try:
        d = parsedate_to_datetime(fold(str(values[0])))
        if d.tzinfo is not None:
            d = d.astimezone(timezone.utc)
        return d.strftime("%04d-%%m-%%dT%%H:%%M:%%SZ" % d.year)
    except Exception:
        return None


def message_id(old):
    values = old.get_all("message-id") or []
    if len(values) != 1:
        return None
    s = fold(str(values[0]))
    return s if re.fullmatch(r"<[^<>\s]+>", s) and sane(s) else None


def content_type(part):
    t = part.get_content_type()
    return t if re.fullmatch(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+", t) else None


def cte(part):
    return fold(str(part.get("content-transfer-encoding", "7bit"))).lower() or "7bit"


def decoded(part):
    """Decoded bytes of a leaf, or None when the encoding is unknown or damaged."""
    enc = cte(part)
    if isinstance(part.get_payload(), list):
        return None
    if enc not in ("7bit", "8bit", "binary", "base64", "quoted-printable", "x-uuencode", "uuencode", "x-uue", "uue"):
        return None
    before = len(part.defects)
    raw = part.get_payload(decode=True)
    if raw is None or len(part.defects) > before:
        return None                      # decoding registered a defect (bad base64)
    if enc in ("x-uuencode", "uuencode", "x-uue", "uue") and not (raw and re.search(r"^end\s*$", part.get_payload(), re.M)):
        return None                      # no data or no end line
    if enc == "base64":
        src = part.get_payload().encode("ascii", "surrogateescape")
        if re.sub(rb"[A-Za-z0-9+/\s]", b"", src.strip()).strip(b"=") or re.search(rb"=\s*[A-Za-z0-9+/]", src):
            return None                  # foreign characters or data after the padding
    if enc == "quoted-printable" and BAD_QP.search(part.get_payload().encode("ascii", "surrogateescape")):
        return None
    return raw


def text_of(part):
    raw = decoded(part)
    if raw is None:
        return None
    charset = part.get_param("charset")
    if isinstance(charset, tuple):
        charset = charset[2]
    try:
        name = same_codec((charset or "us-ascii").strip())
        s = raw.decode(name)             # strict
        if name in SUPERSET and raw.decode(SUPERSET[name]) != s:
            return None
    except (LookupError, ValueError, TypeError):
        return None
    s = s.replace("\r\n", "\n").lstrip("\ufeff").rstrip(" \t\n")
    return None if re.search("[\x00\ufffd\ud800-\udfff\r]", s) else s


def leaves(part, parent=None):
    """Leaves in depth-first order with the type of their parent; message/* is a leaf."""
    if part.is_multipart() and part.get_content_maintype() == "multipart":
        for sub in part.get_payload():
            yield from leaves(sub, part.get_content_type())
    else:
        yield part, parent


def filename(part):
    try:
        name = part.get_filename()
    except Exception:
        return True, None
    if name is None:
        return False, None
    return True, name if sane(name) and name else None


def body(new):
    text = html = None
    seen_text = seen_html = False
    attachments = []
    open_end = any(type(d).__name__ == "CloseBoundaryNotFoundDefect" for p in new.walk() for d in p.defects)
    for part, parent in leaves(new):
        mime = content_type(part)
        disposition = part.get_content_disposition()
        named, name = filename(part)
        if mime in ("text/plain", "text/html") and disposition != "attachment" and not named:
            if mime == "text/plain" and not seen_text:
                seen_text, text = True, text_of(part)
            elif mime == "text/html" and not seen_html:
                seen_html, html = True, text_of(part)
            continue
        raw = None
        if part.get_content_maintype() != "message" and not part.get_content_maintype() == "multipart":
            raw = decoded(part)
            if open_end and cte(part) not in ("base64", "x-uuencode", "uuencode"):
                raw = None               # where the last part ends is a matter of taste
        cid = part.get("content-id")
        cid = fold(str(cid)).strip("<>") if cid is not None else None
        attachments.append({
            "name": name, "mime": mime,
            "size": len(raw) if raw is not None else None,
            "sha256": hashlib.sha256(raw).hexdigest() if raw is not None else None,
            "cid": cid if cid and sane(cid) else None,
            "inline": disposition == "inline" or (disposition is None and cid is not None and parent == "multipart/related"),
            "cte": cte(part)})
    return text, html, attachments


def golden(data):
    new = message_from_bytes(data, policy=policy.default)
    old = message_from_bytes(data, policy=policy.compat32)
    names = {type(d).__name__ for p in new.walk() for d in p.defects}
    for h in ("subject", "from", "to", "cc", "date", "message-id", "content-type"):
        try:
            names |= {type(d).__name__ for v in new.get_all(h, []) for d in getattr(v, "defects", ())}
        except Exception as e:
            names.add("Raises" + type(e).__name__)
    # A repeated Content-* header has no agreed meaning either.
    ambiguous = names & AMBIGUOUS or any(len(p.get_all(h, [])) > 1 for p in old.walk()
                                         for h in ("content-type", "content-transfer-encoding", "content-disposition"))
    text = html = attachments = nested = None
    if not ambiguous:
        try:
            try:
                text, html, attachments = body(new)
            except Exception as e:       # policy.default raises on some headers
                names.add("Raises" + type(e).__name__)
                text, html, attachments = body(old)
            nested = sum(p.get_content_type() == "message/rfc822" for p in old.walk())
        except Exception as e:
            names.add("Raises" + type(e).__name__)
            text = html = attachments = None
    g = {"subject": subject(new, old), "from": addresses(new, old, "from"), "to": addresses(new, old, "to"),
         "cc": addresses(new, old, "cc"), "date_utc": date_utc(old), "message_id": message_id(old)}
    for key, value in (("text", text), ("html", html)):
        g[key] = value[:LIMIT] if value else value
        if value and len(value) > LIMIT:
            g[key + "_truncated"] = True
    g.update(attachments=attachments, nested=nested, defects=sorted(names))
    return g


def column(value):
    if value is None:
        return "\\-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    for plain, escaped in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        value = str(value).replace(plain, escaped)
    return value


def lines(g):
    """The facts of one message as lines of columns."""
    for key, value in g.items():
        if value is None:
            continue
        if key in ("from", "to", "cc"):
            yield key, len(value)
            for name, address in value:
                yield key + ".at", name, address
        elif key == "attachments":
            yield key, len(value)
            for a in value:
                yield "attachment", a["name"], a["mime"], a["size"], a["sha256"], a["cid"], a["inline"], a["cte"]
        elif key == "defects":
            if value:
                yield key, " ".join(value)
        else:
            yield key, value


def write(path, rows):
    with open(path, "w", encoding="utf-8", newline="\n") as f:
        for row in rows:
            f.write("\t".join(column(c) for c in row) + "\n")


def head(data):
    g = golden(data)
    return [g[k] for k in ("subject", "date_utc", "message_id")]


def main():
    n = 0
    for path in sorted(glob.glob(os.path.join(HERE, "*", "*.eml"))):
        with open(path, "rb") as f:
            data = f.read()
        write(path[:-4] + ".golden", lines(golden(data)))
        n += 1
    # Mailboxes: count, order and identity of the messages (">From " is left quoted).
    for path in sorted(glob.glob(os.path.join(HERE, "mbox", "*.mbox"))):
        box = mailbox.mbox(path, create=False)
        write(path[:-5] + ".golden", [["message", *head(box.get_bytes(k))] for k in box.keys()])
    box = mailbox.Maildir(os.path.join(HERE, "maildir"), create=False)
    write(os.path.join(HERE, "maildir.golden"),
          [["message", *head(box.get_bytes(k)), k, box.get_message(k).get_subdir(), box.get_message(k).get_flags()]
           for k in sorted(box.keys())])
    print(n, "goldens", file=sys.stderr)


if __name__ == "__main__":
    main()
