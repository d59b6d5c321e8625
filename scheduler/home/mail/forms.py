"""What staff type about mail."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from scheduler.foundation.forms import Email, Form


class FindForm(Form):
    """Somebody's mail. Sent by POST: an address is nothing to stand in addresses and logs."""

    address = Email(_l("E-mail address"), render_kw={"autocomplete": "off"})


class ResendForm(Form):
    """Where a mail goes when it is sent again."""

    address = Email(_l("Send it to"), render_kw={"autocomplete": "off"})
