"""Which fields of a JSON document are personal data by their name, and which never are."""

from typing import Final

from pipelines.pii.kinds import Kind

_BY_NAME: Final = {
    Kind.NAME: (
        "firstname lastname middlename fullname givenname familyname surname forename customername"
        " cardholder cardholdername recipient recipientname contactname guestname passengername"
        " accountholder beneficiary"
    ),
    Kind.ADDRESS: (
        "address address1 address2 addressline addressline1 addressline2 street street1 street2 streetaddress"
        " streetname housenumber city town zip zipcode postcode postalcode homeaddress shippingaddress"
        " billingaddress deliveryaddress mailingaddress"
    ),
    Kind.EMAIL: "email emailaddress mail mailaddress",
    Kind.PHONE: "phone phonenumber mobile mobilenumber mobilephone cellphone telephone tel fax faxnumber",
    Kind.CARD: "cardnumber creditcardnumber debitcardnumber pan",
    Kind.IBAN: "iban bankaccount bankaccountnumber",
    Kind.SSN: "ssn socialsecuritynumber",
    Kind.IP: "ip ipaddress clientip remoteaddr",
    Kind.DOCUMENT: "passport passportnumber driverslicense driverlicense licensenumber",
}
_KINDS: Final = {name: kind for kind, names in _BY_NAME.items() for name in names.split()}
_OF_ADDRESS: Final = frozenset({"state", "province", "county", "region"})
_PEOPLE: Final = frozenset(
    {"user", "customer", "client", "profile", "contact", "recipient", "beneficiary", "passenger", "guest"}
    | {"patient", "person", "member", "buyer"}
)
_PLAIN: Final = frozenset(
    {"id", "ids", "tool", "type", "status", "currency", "version", "sku", "category", "event", "role"}
    | {"country", "language", "locale", "timezone", "url"}
)
"""Fields whose values are words of shops and programs, never of people."""


def kind_of_field(path: tuple[str, ...]) -> Kind | None:
    """What the value of a field is, by its name and the names above it; None where they do not tell."""
    if not path:
        return None
    name = _folded(path[-1])
    above = {_folded(each) for each in path[:-1]}
    if name in _KINDS:
        return _KINDS[name]
    if name in _OF_ADDRESS and any("address" in each for each in above):
        return Kind.ADDRESS
    of_person = bool(above & _PEOPLE) or "name" in above
    return Kind.NAME if of_person and name in {"name", "first", "last", "middle"} else None


def is_plain_field(path: tuple[str, ...]) -> bool:
    """Whether a field holds ids, kinds and the like, whatever its value looks like."""
    if not path:
        return False
    name = path[-1].rsplit(".", 1)[-1].lower()
    return name in _PLAIN or name.endswith(("_id", "_ids", "_type", "_version", "_status", "_at", "_ns"))


def _folded(name: str) -> str:
    return "".join(c for c in name.rsplit(".", 1)[-1].lower() if c.isalnum())
