#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""mail.py MAILBOX N KEY=VALUE...: is letter N of it what it should be, as Python's email module reads it?

subject, to: exactly so. date: within a minute of now and so many seconds. encoding: of the transfer. body, no: a text
that the body has, or has not. What every letter must be is looked at, too.
"""
import email.policy
import mailbox
import sys
import time

HEADERS = {
    "from", "to", "subject", "date", "message-id", "auto-submitted", "mime-version", "content-type",
    "content-transfer-encoding",
    # the mail server's own
    "return-path", "envelope-to", "delivery-date", "received", "sender",
}


def main():
    box = mailbox.mbox(sys.argv[1], create=False)
    raw = box.get_bytes(sorted(box.keys())[int(sys.argv[2])])
    letter = email.message_from_bytes(raw, policy=email.policy.default)
    wrong = []

    def must(what, is_so):
        if not is_so:
            wrong.append(what)

    must("defects: %s" % letter.defects, not letter.defects)
    must("a header too many: %s" % letter.keys(), {k.lower() for k in letter.keys()} <= HEADERS)
    for name in ("from", "to", "subject", "date", "message-id"):
        must("%s once" % name, len(letter.get_all(name, [])) == 1)
    must("from", str(letter["from"]) == "cloud@cloud.example.org")
    must("auto-submitted", letter["auto-submitted"] == "auto-generated")
    must("message-id", letter["message-id"].startswith("<vmreaper.")
         and letter["message-id"].endswith("@cloud.example.org>"))
    must("type", letter.get_content_type() == "text/plain" and letter.get_content_charset() == "utf-8")
    body = letter.get_content()
    must("a mangled character", "\ufffd" not in body)
    for word in sys.argv[3:]:
        key, value = word.split("=", 1)
        if key == "date":
            at = letter["date"].datetime.timestamp()
            must(word, abs(at - time.time() - int(value)) < 60)
        elif key == "encoding":
            must(word, letter["content-transfer-encoding"] == value)
        elif key == "body":
            must(word, value in body)
        elif key == "no":
            must(word, value not in body)
        else:
            must(word, str(letter[key]) == value)
    if wrong:
        print("\n".join(wrong))
        print(raw.decode(errors="replace"))
        return 1
    return 0


sys.exit(main())
